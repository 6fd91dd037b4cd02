/** Why there is no binding at all, and the remedy. */
export function notInstalled(directory: string): string {
  return `TensorFlow is not installed in ${directory}. Run "npm run setup:tensorflow" to fetch it, or choose another device.`
}

/**
 * Why the binding cannot be used by the kind of program that runs this process; null under plain Node. Under Electron its
 * process cannot be started (a packaged program is no Node for anybody), nor could it hand over memory that V8's sandbox
 * does not own.
 */
export function unsuitableHost(
  versions: Readonly<Record<string, string | undefined>> = process.versions,
): string | null {
  if (versions['electron'] === undefined) return null
  return 'TensorFlow needs plain Node, and the window runs in Electron. Use "chronolens serve" or the command line for it, or choose another device.'
}

const setUpAgain = 'Run "npm run setup:tensorflow" again.'

/** What holds a shared library that the dynamic loader did not find; `undefined` for TensorFlow's own. */
function holderOf(library: string): string | undefined {
  if (/^lib(cudart|cublas|cublasLt|cufft|curand|cusolver|cusparse)\b|^cu(dart|blas|fft)/.test(library))
    return 'CUDA 11.x (it was built for 11.2)'
  if (/^libcudnn|^cudnn/.test(library)) return 'cuDNN 8 for CUDA 11'
  if (/^(libcuda\.|nvcuda)/.test(library)) return "NVIDIA's driver"
  return /^libtensorflow|^tensorflow|^_pywrap_tensorflow/.test(library)
    ? undefined
    : `the system package that holds ${library}`
}

function remedyFor(libraries: readonly string[]): string {
  const holders = [...new Set(libraries.map(holderOf))].filter((holder) => holder !== undefined)
  return holders.length === 0 ? setUpAgain : `Install ${holders.join(' and ')}, or choose device "cpu".`
}

/**
 * Turns the exception of a binding that did not load into one sentence of cause and remedy.
 * @param packageName which binding was tried
 * @param error       what `require` threw
 */
export function explainLoadFailure(packageName: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const missing = /([\w.+-]+\.(?:so|dylib|dll)[\w.]*): cannot open shared object file/.exec(text)?.[1]
  if (missing) return `${packageName} cannot be loaded: ${missing} not found. ${remedyFor([missing])}`
  const notLoaded = /Library not loaded: (?:.*\/)?([\w.+-]+)/.exec(text)?.[1]
  if (notLoaded) return `${packageName} cannot be loaded: ${notLoaded} not found. ${remedyFor([notLoaded])}`
  if (/The specified module could not be found/.test(text))
    return `${packageName} cannot be loaded: a library beside tfjs_binding.node is missing (tensorflow.dll, or the Microsoft Visual C++ redistributable). ${setUpAgain}`
  if (/native addon module \(tfjs_binding\.node\) can not/.test(text))
    return `${packageName} is installed without its native part (tfjs_binding.node), as happens when its download failed. ${setUpAgain}`
  const systemVersion = /version `((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)' not found/.exec(text)?.[1]
  if (systemVersion) return `${packageName} cannot be loaded: this system is too old, it lacks ${systemVersion}.`
  if (/NODE_MODULE_VERSION|compiled against a different Node|napi_\w+|Module version mismatch/.test(text))
    return `${packageName} was built for another Node than this one (${process.version}). ${setUpAgain}`
  if (
    /invalid ELF header|file too short|slice is not valid mach-o|wrong ELF class|not a valid Win32|incompatible architecture/.test(
      text,
    )
  )
    return `${packageName} is damaged or was built for another kind of machine than this ${process.platform} ${process.arch}. ${setUpAgain}`
  if (/Cannot find module '([^']+)'/.test(text))
    return `${packageName} is incomplete: ${text.split('\n')[0]}. ${setUpAgain}`
  return `${packageName} cannot be loaded: ${text.split('\n')[0]}`
}

/** The GPU's name, from the line that TensorFlow logs when it creates the device; `undefined` without one. */
export function gpuNameFromLog(log: string): string | undefined {
  return /Created device .*device:GPU:\d+ .*?name: ([^,]+),/.exec(log)?.[1]
}

/**
 * Why TensorFlow's GPU build runs on the CPU, from its log. It does not fail when CUDA is absent: it says so on
 * stderr and goes on, so without this the change of device would be silent.
 */
export function gpuProblemFromLog(log: string): string {
  const libraries = [...log.matchAll(/Could not load dynamic library '([^']+)'/g)].map((match) => match[1] ?? '')
  const unique = [...new Set(libraries)]
  if (unique.length > 0) return `${unique.join(', ')} not found. ${remedyFor(unique)}`
  if (/no NVIDIA GPU device is present|CUDA_ERROR_NO_DEVICE|no CUDA-capable device/.test(log))
    return 'No NVIDIA GPU was found, or its driver is not running.'
  const failed = /failed call to cuInit: (.+)/.exec(log)?.[1]
  return failed ? `NVIDIA's driver refused: ${failed.trim()}.` : 'TensorFlow found no usable GPU and gave no reason.'
}
