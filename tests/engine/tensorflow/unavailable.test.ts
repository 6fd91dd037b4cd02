import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { supplyRemovedUtilFunctions } from '../../../electron/engine/executors/tensorflow/load-binding.ts'
import {
  explainLoadFailure,
  gpuNameFromLog,
  gpuProblemFromLog,
  unsuitableHost,
} from '../../../electron/engine/executors/tensorflow/load-failure.ts'
import { tensorFlowDirectory } from '../../../electron/engine/executors/tensorflow/tensorflow-directory.ts'
import { probeTensorFlow, startTensorFlow } from '../../../electron/engine/executors/tensorflow/tensorflow-executor.ts'

describe('TensorFlow that cannot be used', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'chronolens-tensorflow-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  /** Puts a package in the place of the binding, with this as its main file. */
  function install(source: string): void {
    const folder = join(directory, 'node_modules/@tensorflow/tfjs-node')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"name": "@tensorflow/tfjs-node", "main": "index.js"}')
    writeFileSync(join(folder, 'index.js'), source)
    writeFileSync(join(folder, 'garbage.node'), 'this is no library')
  }

  it('is reported as not installed, with the folder and the command that fetches it', async () => {
    const probe = await probeTensorFlow({ directory })
    expect(probe).toMatchObject({ available: false })
    expect(probe).toHaveProperty('reason', expect.stringContaining(directory))
    expect(probe).toHaveProperty('reason', expect.stringContaining('npm run setup:tensorflow'))
  })

  it('cannot be started: device/not-available', async () => {
    await expect(startTensorFlow({ directory })).rejects.toMatchObject({
      code: 'device/not-available',
      message: expect.stringContaining('Cannot use device "tensorflow"') as string,
    })
  })

  it('says that a native part which is no library was built for another machine or is broken', async () => {
    install(`require('./garbage.node')`)
    const probe = await probeTensorFlow({ directory })
    expect(probe).toMatchObject({ available: false })
    expect(probe).toHaveProperty('reason', expect.stringContaining('@tensorflow/tfjs-node'))
    expect(probe).toHaveProperty('reason', expect.stringContaining('npm run setup:tensorflow'))
  })

  it('is not tried under Electron, whose packaged program is no Node for child processes', () => {
    expect(unsuitableHost({ node: '22.0.0', electron: '40.0.0' })).toMatch(/plain Node.*chronolens serve/)
    expect(unsuitableHost()).toBeNull()
  })

  it('is unavailable when the library ends the process while loading', async () => {
    install(`process.stderr.write('illegal instruction, it seems'); process.kill(process.pid, 'SIGILL')`)
    const probe = await probeTensorFlow({ directory })
    expect(probe).toMatchObject({ available: false })
    expect(probe).toHaveProperty('reason', expect.stringMatching(/SIGILL.*illegal instruction, it seems/))
  })

  it('is unavailable when loading takes longer than the deadline', async () => {
    install('for (;;);')
    const probe = await probeTensorFlow({ directory, startDeadlineMs: 300 })
    expect(probe).toMatchObject({ available: false, reason: expect.stringContaining('300 ms') as string })
  })

  it('stops probing when cancelled', async () => {
    install('for (;;);')
    const controller = new AbortController()
    const probing = probeTensorFlow({ directory, signal: controller.signal })
    controller.abort()
    await expect(probing).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('explainLoadFailure', () => {
  const cases: [string, string, RegExp][] = [
    ['a missing CUDA runtime', 'libcudart.so.11.0: cannot open shared object file: No such file or directory', /libcudart\.so\.11\.0 not found\. Install CUDA 11\.x/],
    ['a missing cuDNN', 'libcudnn.so.8: cannot open shared object file: No such file or directory', /Install cuDNN 8/],
    ['a missing TensorFlow library', 'libtensorflow.so.2: cannot open shared object file: No such file or directory', /libtensorflow\.so\.2 not found\. Run "npm run setup:tensorflow"/],
    ['some other missing library', 'libgomp.so.1: cannot open shared object file: No such file or directory', /package that holds libgomp\.so\.1/],
    ['an addon that was never fetched', 'The Node.js native addon module (tfjs_binding.node) can not be found at path: /x', /without its native part/],
    ['an addon for another Node', "was compiled against a different Node.js version using NODE_MODULE_VERSION 83", /another Node than this one \(v\d+/],
    ['a system library that is too old', "/lib/libc.so.6: version `GLIBC_2.38' not found (required by x)", /too old, it lacks GLIBC_2\.38/],
    ['an addon for another machine', 'tfjs_binding.node: invalid ELF header', /another kind of machine/],
    ['a missing library on Windows', 'The specified module could not be found. \\\\?\\C:\\x\\tfjs_binding.node', /tensorflow\.dll/],
    ['a missing JavaScript dependency', "Cannot find module 'long'\nRequire stack:", /is incomplete: Cannot find module 'long'\./],
    ['anything else', 'first line\nsecond line', /cannot be loaded: first line$/],
  ] // prettier-ignore
  it.each(cases)('names cause and remedy of %s', (_name, message, expected) => {
    expect(explainLoadFailure('@tensorflow/tfjs-node-gpu', new Error(message))).toMatch(expected)
  })
})

describe('the log of TensorFlow', () => {
  it('yields the name of the GPU', () => {
    const log =
      'I tensorflow/core/common_runtime/gpu/gpu_device.cc:1532] Created device /job:localhost/replica:0/task:0/device:GPU:0 ' +
      'with 10074 MB memory:  -> device: 0, name: NVIDIA GeForce RTX 3060, pci bus id: 0000:01:00.0, compute capability: 8.6'
    expect(gpuNameFromLog(log)).toBe('NVIDIA GeForce RTX 3060')
    expect(gpuNameFromLog('nothing of the kind')).toBeUndefined()
  })

  it('says which CUDA library keeps the GPU build on the CPU', () => {
    const log =
      "W tensorflow/stream_executor/platform/default/dso_loader.cc:64] Could not load dynamic library 'libcudart.so.11.0'; " +
      "dlerror: libcudart.so.11.0: cannot open shared object file\nW x] Could not load dynamic library 'libcudnn.so.8'; dlerror"
    expect(gpuProblemFromLog(log)).toMatch(
      /^libcudart\.so\.11\.0, libcudnn\.so\.8 not found\. Install CUDA 11.* and cuDNN 8.*, or choose device "cpu"\.$/,
    )
    expect(
      gpuProblemFromLog('failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected'),
    ).toMatch(/No NVIDIA GPU/)
  })
})

describe('tensorFlowDirectory', () => {
  it('is what CHRONOLENS_TENSORFLOW_DIR says, else a folder in the user data of each platform', () => {
    expect(tensorFlowDirectory({ CHRONOLENS_TENSORFLOW_DIR: '/given' }, 'linux')).toBe('/given')
    expect(tensorFlowDirectory({ XDG_CONFIG_HOME: '/c' }, 'linux')).toBe('/c/chronolens/tensorflow')
    expect(tensorFlowDirectory({}, 'linux')).toMatch(/\/\.config\/chronolens\/tensorflow$/)
    expect(tensorFlowDirectory({}, 'darwin')).toMatch(/Application Support\/chronolens\/tensorflow$/)
    expect(tensorFlowDirectory({ APPDATA: '/roaming' }, 'win32')).toBe('/roaming/chronolens/tensorflow')
  })
})

describe('supplyRemovedUtilFunctions', () => {
  it('adds the is-functions that are missing and leaves the others alone', () => {
    const isArray = (): string => 'own'
    const util: { [name: string]: unknown } = { isArray }
    supplyRemovedUtilFunctions(util)
    expect(util['isArray']).toBe(isArray)
    const isNullOrUndefined = util['isNullOrUndefined'] as (value: unknown) => boolean
    expect([null, undefined, 0, ''].map(isNullOrUndefined)).toEqual([true, true, false, false])
  })
})
