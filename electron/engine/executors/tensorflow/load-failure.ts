/** Why there is no binding at all, and the remedy. */
export function notInstalled(directory: string): string {
  return `TensorFlow is not installed in ${directory}. Run "npm run setup:tensorflow" to fetch it, or choose another device.`
}

const setUpAgain = 'Run "npm run setup:tensorflow" again.'

/** What to install for a shared library that the dynamic loader did not find. */
function remedyForLibrary(library: string): string {
  if (/^lib(cudart|cublas|cublasLt|cufft|curand|cusolver|cusparse)\b|^cu(dart|blas|fft)/.test(library))
    return 'Install CUDA 11.x (11.2 is what it was built for), or choose device "cpu".'
  if (/^libcudnn|^cudnn/.test(library)) return 'Install cuDNN 8 for CUDA 11, or choose device "cpu".'
  if (/^(libcuda\.|nvcuda)/.test(library)) return 'Install NVIDIA\'s driver, or choose device "cpu".'
  if (/^libtensorflow|^tensorflow/.test(library)) return setUpAgain
  return `Install the system package that holds ${library}.`
}

/**
 * Turns the exception of a binding that did not load into one sentence of cause and remedy.
 * @param packageName which binding was tried
 * @param error       what `require` threw
 */
export function explainLoadFailure(packageName: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const missing = /([\w.+-]+\.(?:so|dylib|dll)[\w.]*): cannot open shared object file/.exec(text)?.[1]
  if (missing) return `${packageName} cannot be loaded: ${missing} not found. ${remedyForLibrary(missing)}`
  const notLoaded = /Library not loaded: (?:.*\/)?([\w.+-]+)/.exec(text)?.[1]
  if (notLoaded) return `${packageName} cannot be loaded: ${notLoaded} not found. ${remedyForLibrary(notLoaded)}`
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
  const first = unique[0]
  if (first) return `${unique.join(', ')} not found. ${remedyForLibrary(first)}`
  if (/no NVIDIA GPU device is present|CUDA_ERROR_NO_DEVICE|no CUDA-capable device/.test(log))
    return 'No NVIDIA GPU was found, or its driver is not running.'
  const failed = /failed call to cuInit: (.+)/.exec(log)?.[1]
  return failed ? `NVIDIA's driver refused: ${failed.trim()}.` : 'TensorFlow found no usable GPU and gave no reason.'
}
