// Fetches TensorFlow's Node binding into the user's data folder, or builds it from a TensorFlow wheel, and checks
// that it calculates. The application works without it; docs/tensorflow.md says when it is worth having.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const version = '4.22.0'
const neededNapi = 8
const binaryHost = 'https://storage.googleapis.com'
const library = '_pywrap_tensorflow_internal.so'
const framework = 'libtensorflow_framework.so.2'

/** A failure that the user can do something about: one or two sentences, no stack. */
class SetupError extends Error {}

/** Same rule as electron/engine/executors/tensorflow/tensorflow-directory.ts, which needs the built program. */
function defaultDirectory() {
  const given = process.env.CHRONOLENS_TENSORFLOW_DIR
  if (given) return given
  if (process.platform === 'win32')
    return join(process.env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'chronolens', 'tensorflow')
  if (process.platform === 'darwin')
    return join(homedir(), 'Library', 'Application Support', 'chronolens', 'tensorflow')
  return join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'chronolens', 'tensorflow')
}

const help = `Usage: npm run setup:tensorflow -- [--gpu | --cpu] [--dir DIR] [--from-source WHEEL]

Installs @tensorflow/tfjs-node ${version} (or tfjs-node-gpu) for the device "tensorflow".

  --gpu, --cpu         which package (default: gpu where NVIDIA's driver is found, else cpu)
  --dir DIR            where to put it (default: ${defaultDirectory()})
  --from-source WHEEL  build the native part from the TensorFlow inside a Python wheel, which needs nothing but the
                       npm and PyPI registries: a .whl file, or a folder with one or with an unpacked one. 2.9 fits:
                       pip download tensorflow-cpu==2.9.3 --python-version 310 --only-binary=:all: --no-deps
                       (for --gpu the wheel "tensorflow" of the same version). Linux; needs g++, make and python3.

What it needs: a 64-bit system; Node with Node-API ${neededNapi} or newer (this one, ${process.version}, has ${process.versions.napi});
about 1 GB of disk; without --from-source a connection to ${binaryHost}.
For the GPU besides: Linux or Windows, an NVIDIA card and driver, CUDA 11.x (built for 11.2) and cuDNN 8.`

function say(text) {
  process.stdout.write(`${text}\n`)
}

/** Runs a program, its output shown; `remedy` completes the sentence when it fails. */
function runProgram(command, args, cwd, remedy, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd, env, stdio: 'inherit' })
  if (error) throw new SetupError(`${command} cannot be started (${error.message}). ${remedy}`)
  if (status !== 0) throw new SetupError(`${command} ${args.join(' ')} failed. ${remedy}`)
}

/** Path of npm's own JavaScript, so that no shell is needed to start it. */
function npmPath() {
  const candidates = [
    process.env.npm_execpath,
    join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ]
  const found = candidates.find((path) => path?.endsWith('.js') && existsSync(path))
  if (!found) throw new SetupError('npm was not found beside Node. Start this as "npm run setup:tensorflow".')
  return found
}

function hasNvidiaDriver() {
  return spawnSync('nvidia-smi', ['-L'], { stdio: 'ignore' }).status === 0
}

/** The wheel, or the folder of an unpacked one. */
function findWheel(given) {
  const path = resolve(given)
  if (!existsSync(path)) throw new SetupError(`${path} does not exist. Give a TensorFlow wheel (.whl) or its folder.`)
  if (statSync(path).isFile()) {
    if (path.endsWith('.whl')) return { wheel: path }
    throw new SetupError(`${path} is not a Python wheel (.whl).`)
  }
  if (existsSync(join(path, 'tensorflow', 'python', library))) return { unpacked: path }
  const wheels = readdirSync(path).filter((name) => /^tensorflow(_cpu|_gpu)?-.*\.whl$/.test(name))
  if (wheels.length === 1) return { wheel: join(path, wheels[0]) }
  throw new SetupError(`${path} holds ${wheels.length} TensorFlow wheels and no unpacked one; exactly one is needed.`)
}

/** Installs the package's JavaScript; no package runs code of its own here. */
function installPackage(directory, packageName) {
  mkdirSync(directory, { recursive: true })
  const present = join(directory, 'package.json')
  if (existsSync(present) && JSON.parse(readFileSync(present, 'utf8')).name !== 'chronolens-tensorflow')
    throw new SetupError(`${directory} holds a project of its own (package.json). Choose another --dir.`)
  const description = { name: 'chronolens-tensorflow', private: true, description: 'Optional TensorFlow binding.' }
  writeFileSync(present, `${JSON.stringify(description, null, 2)}\n`)
  // The other flavour would win or lose by its name; exactly one is kept.
  rmSync(join(directory, 'node_modules', '@tensorflow'), { recursive: true, force: true })
  rmSync(join(directory, 'package-lock.json'), { force: true })
  const args = [npmPath(), 'install', '--ignore-scripts', '--no-audit', '--no-fund', `${packageName}@${version}`]
  runProgram(process.execPath, args, directory, 'Check the connection to the npm registry.')
}

/** Fails early where the binaries cannot be reached: the package's own script would print a stack trace, or hang. */
async function requireBinaryHost() {
  const remedy = `Allow access to ${binaryHost}, or use --from-source with a TensorFlow wheel (--help says how).`
  if (process.env.HTTPS_PROXY ?? process.env.https_proxy) return // fetch() knows no proxies; the script does.
  const url = `${binaryHost}/tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz`
  try {
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(20_000) })
    if (answer.ok) return
    throw new SetupError(`${binaryHost} answers ${answer.status}, so the native part cannot be fetched. ${remedy}`)
  } catch (error) {
    if (error instanceof SetupError) throw error
    const cause = error.cause?.code ?? error.cause?.message ?? error.message
    throw new SetupError(`${binaryHost} cannot be reached (${cause}), so the native part cannot be fetched. ${remedy}`)
  }
}

/** Lets this one package run its install script, which fetches TensorFlow and the addon. */
function fetchBinaries(directory, packageName) {
  const args = [npmPath(), 'rebuild', packageName, '--ignore-scripts=false', '--foreground-scripts']
  runProgram(process.execPath, args, directory, 'The native part could not be fetched; --from-source avoids that.')
  if (process.platform !== 'win32') return
  // The package puts the library beside the addon of this Node's Node-API, but the addon's own version is loaded.
  const packageFolder = join(directory, 'node_modules', packageName)
  const dll = join(packageFolder, 'deps', 'lib', 'tensorflow.dll')
  const beside = join(packageFolder, 'lib', `napi-v${neededNapi}`, 'tensorflow.dll')
  if (existsSync(dll) && existsSync(dirname(beside)) && !existsSync(beside)) cpSync(dll, beside)
}

/** Puts library and headers of the wheel into the package's `deps`, under the names its build expects. */
function unpackWheel({ wheel, unpacked }, directory, deps) {
  const lib = join(deps, 'lib')
  mkdirSync(lib, { recursive: true })
  const wanted = [
    [`tensorflow/python/${library}`, join(lib, library)],
    [`tensorflow/${framework}`, join(lib, framework)],
  ]
  const isHeader = (name) => /^tensorflow\/include\/tensorflow\/(c|core\/platform)\/.*\.h$/.test(name)
  if (unpacked) {
    for (const [name, target] of wanted) cpSync(join(unpacked, name), target)
    cpSync(join(unpacked, 'tensorflow', 'include'), join(deps, 'include'), { recursive: true })
  } else {
    const AdmZip = createRequire(join(directory, 'package.json'))('adm-zip')
    const zip = new AdmZip(wheel)
    for (const [name, target] of wanted) {
      const entry = zip.getEntry(name)
      if (!entry) throw new SetupError(`${wheel} lacks ${name}; wheels of TensorFlow 2.9 for Linux have it.`)
      writeFileSync(target, entry.getData())
    }
    for (const entry of zip.getEntries()) {
      if (!isHeader(entry.entryName)) continue
      const target = join(deps, entry.entryName.slice('tensorflow/'.length))
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, entry.getData())
    }
  }
  symlinkSync(framework, join(lib, 'libtensorflow_framework.so'))
}

/**
 * The wheel's library also holds the Python extension, so the loader wants Python's functions and objects. They are
 * never called by the C interface; a small library stands in for them and ends the process if one is.
 */
function buildPythonStandIn(lib) {
  const { stdout, status } = spawnSync('nm', ['-D', '--undefined-only', join(lib, library)], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  if (status !== 0) throw new SetupError('nm cannot be run. Install binutils (it comes with g++).')
  const names = [...stdout.matchAll(/ U (_?Py\w+)/g)].map((match) => match[1])
  const isObject = (name) => /(_Type|Struct)$|^PyExc_/.test(name)
  const source = [
    '#include <stdio.h>\n#include <stdlib.h>',
    'static void absent(const char* name) { fprintf(stderr, "%s called without Python\\n", name); abort(); }',
    ...names.map((name) => {
      if (name === 'Py_IsInitialized') return 'int Py_IsInitialized(void) { return 0; }'
      if (isObject(name)) return `char ${name}[1024] __attribute__((aligned(16)));`
      return `void ${name}(void) { absent("${name}"); }`
    }),
  ]
  const standIn = 'libpython_stand_in.so'
  writeFileSync(join(lib, 'python_stand_in.c'), `${source.join('\n')}\n`)
  const args = ['-shared', '-fPIC', '-w', '-o', standIn, 'python_stand_in.c', `-Wl,-soname,${standIn}`]
  runProgram('gcc', args, lib, 'Install g++ and make.')
  // The package links with -ltensorflow; a linker script of that name leads it to both.
  writeFileSync(join(lib, 'libtensorflow.so'), `INPUT(${library} ${standIn})\n`)
}

/** Compiles the addon with the node-gyp that npm carries, and the headers that lie beside this Node if any. */
function compileAddon(packageFolder) {
  const nodeGyp = join(dirname(npmPath()), '..', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js')
  const prefix = join(dirname(process.execPath), '..')
  const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : []
  const module = `lib/napi-v${neededNapi}`
  const defines = ['module_name=tfjs_binding', `module_path=${module}`, `napi_build_version=${neededNapi}`]
  const args = [nodeGyp, 'rebuild', ...headers, '--', ...defines.map((define) => `-D${define}`)]
  const env = { ...process.env, LDFLAGS: `${process.env.LDFLAGS ?? ''} -Wl,--no-as-needed` }
  runProgram(process.execPath, args, packageFolder, 'Install g++, make and python3, and see the messages above.', env)
}

function buildFromWheel(source, directory, packageName) {
  const packageFolder = join(directory, 'node_modules', packageName)
  const deps = join(packageFolder, 'deps')
  rmSync(deps, { recursive: true, force: true })
  say('Unpacking TensorFlow from the wheel ...')
  unpackWheel(source, directory, deps)
  buildPythonStandIn(join(deps, 'lib'))
  say('Compiling the addon ...')
  compileAddon(packageFolder)
}

/** Loads the binding in a process of its own and lets it multiply two matrices. */
function check(directory, packageName) {
  const program = `
    const util = require('util')
    util.isArray ??= Array.isArray
    util.isNullOrUndefined ??= (value) => value === null || value === undefined
    const tf = require('${packageName}')
    const y = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 9]])).dataSync()
    if (y.join() !== '19,24,43,54') throw new Error('wrong product ' + y.join())
    console.log('RESULT ' + (tf.backend().isUsingGpuDevice ? 'gpu' : 'cpu'))`
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, ['-e', program], {
    cwd: directory,
    encoding: 'utf8',
  })
  const device = /^RESULT (\w+)$/m.exec(stdout)?.[1]
  if (status === 0 && device) return { device, log: stderr }
  const lines = stderr.trim().split('\n')
  const reason = lines.find((line) => /Error: |cannot open shared object/.test(line)) ?? lines.at(-1)
  throw new SetupError(`${packageName} was installed, but does not load: ${reason || signal}`)
}

async function main() {
  const options = {
    gpu: { type: 'boolean' },
    cpu: { type: 'boolean' },
    dir: { type: 'string' },
    'from-source': { type: 'string' },
    help: { type: 'boolean' },
  }
  let values
  try {
    values = parseArgs({ options }).values
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${help}\n`)
    return 2
  }
  if (values.help) {
    say(help)
    return 0
  }
  if (values.gpu && values.cpu) {
    process.stderr.write('Give --gpu or --cpu, not both.\n')
    return 2
  }
  if (Number(process.versions.napi) < neededNapi)
    throw new SetupError(`Node ${process.version} is too old for the binding: it needs Node-API ${neededNapi}.`)
  if (values.gpu && process.platform === 'darwin')
    throw new SetupError('There is no GPU package for macOS. Use --cpu, or the device "webgpu" without TensorFlow.')
  const fromSource = values['from-source']
  if (fromSource && process.platform !== 'linux')
    throw new SetupError('--from-source works on Linux only; elsewhere the wheel has no library to link with.')
  const source = fromSource ? findWheel(fromSource) : undefined
  const isGpu = values.gpu ?? (!values.cpu && process.platform !== 'darwin' && hasNvidiaDriver())
  const packageName = isGpu ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node'
  const directory = resolve(values.dir ?? defaultDirectory())
  say(`Installing ${packageName} ${version} in ${directory} ...`)
  if (!source) await requireBinaryHost()
  installPackage(directory, packageName)
  if (source) buildFromWheel(source, directory, packageName)
  else fetchBinaries(directory, packageName)
  const { device, log } = check(directory, packageName)
  if (isGpu && device === 'cpu') {
    const missing = [...new Set([...log.matchAll(/Could not load dynamic library '([^']+)'/g)].map((m) => m[1]))]
    const why = missing.length > 0 ? `${missing.join(', ')} not found; install CUDA 11.x and cuDNN 8` : 'no usable GPU'
    say(`TensorFlow works, but on the CPU: ${why}.`)
  } else {
    say(`TensorFlow works, on the ${device.toUpperCase()}.`)
  }
  const isDefault = directory === resolve(defaultDirectory())
  if (!isDefault) say(`Set CHRONOLENS_TENSORFLOW_DIR=${directory} so that it is found.`)
  say('"chronolens devices" now offers the device "tensorflow".')
  return 0
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    process.stderr.write(`${error instanceof SetupError ? error.message : error.stack}\n`)
    process.exitCode = 1
  },
)
