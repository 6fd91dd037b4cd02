import { listSupportedBackends } from 'onnxruntime-node'
import { AppError, toAppError } from '../../shared/base/app-error.ts'
import { SeededRandom } from '../../shared/base/seeded-random.ts'
import type { DeviceInfo } from '../../shared/domain/device.ts'
import { openExecutor } from './executors/executor-for.ts'
import { onnxProviders, type OnnxDevice } from './executors/onnxruntime-executor.ts'
import { referenceExecutor } from './executors/reference-executor.ts'
import { probeTensorFlow } from './executors/tensorflow/tensorflow-executor.ts'
import { sizeOf, type TensorData } from './graph.ts'
import { tf } from './tensorflow-js.ts'
import { trace, type InputSpec } from './trace/trace.ts'

const descriptions: { readonly [id in OnnxDevice]: { name: string; kind: DeviceInfo['kind'] } } = {
  cpu: { name: 'Processor (ONNX Runtime)', kind: 'cpu' },
  webgpu: { name: 'Graphics card through WebGPU (ONNX Runtime)', kind: 'gpu' },
  cuda: { name: 'NVIDIA graphics card through CUDA (ONNX Runtime)', kind: 'gpu' },
  directml: { name: 'Graphics card through DirectML (ONNX Runtime)', kind: 'gpu' },
  coreml: { name: 'Apple graphics and neural engine through Core ML (ONNX Runtime)', kind: 'gpu' },
}

/**
 * The devices tried, in this order, when none is named. WebGPU is not among them: it also runs on software drivers,
 * which are far slower than the processor, and the runtime does not say which driver it found.
 */
const automaticOrder: readonly OnnxDevice[] = ['cuda', 'directml', 'coreml', 'cpu']

const tolerance = 1e-4

/** A convolution and two steps of a gated recurrence: the operations that models are made of. */
function probeProgram(): { specs: InputSpec[]; graph: ReturnType<typeof trace> } {
  const specs: InputSpec[] = [
    { name: 'x', shape: [2, 6, 5, 3], dtype: 'float32' },
    { name: 'filter', shape: [3, 3, 3, 4], dtype: 'float32' },
    { name: 'kernel', shape: [4, 4], dtype: 'float32' },
  ]
  const graph = trace(({ x, filter, kernel }) => {
    const frames = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same') // [2, 6, 5, 4]
    const [first, second] = tf.unstack(tf.mean(frames, [1, 2])) as [tf.Tensor1D, tf.Tensor1D]
    const state = tf.tanh(tf.matMul(tf.expandDims(first) as tf.Tensor2D, kernel as tf.Tensor2D))
    const gate = tf.sigmoid(tf.add(tf.matMul(state, kernel as tf.Tensor2D), second))
    return { y: tf.mul(gate, state) }
  }, specs)
  return { specs, graph }
}

/** Runs a small program on a device and on TF.js itself. @throws `compute/device-failed`, `device/wrong-result` */
async function checkDevice(device: string): Promise<void> {
  const { specs, graph } = probeProgram()
  const random = new SeededRandom(3)
  const feeds = Object.fromEntries(
    specs.map((spec): [string, TensorData] => [
      spec.name,
      { ...spec, values: Float32Array.from({ length: sizeOf(spec.shape) }, () => random.normal()) },
    ]),
  )
  const expected = (await (await referenceExecutor.prepare(graph)).run(feeds)).y?.values ?? []
  const { executor, close } = await openExecutor(device)
  try {
    const program = await executor.prepare(graph)
    const actual = (await program.run(feeds)).y?.values
    await program.dispose()
    const isRight =
      actual !== undefined &&
      Array.from(expected).every((value, i) => Math.abs(value - (actual[i] ?? NaN)) <= tolerance)
    if (!isRight)
      throw new AppError(
        'device/wrong-result',
        `Device "${device}" computes wrong numbers on this machine; use another one, and update its driver.`,
        { device },
      )
  } finally {
    await close()
  }
}

/** Why an ONNX Runtime device cannot be used here; null when it works. */
async function reasonAgainst(device: OnnxDevice): Promise<string | null> {
  const provider = onnxProviders[device]
  const listed = listSupportedBackends().find((backend) => backend.name === provider)
  if (!listed) return 'ONNX Runtime does not offer it on this operating system.'
  try {
    await checkDevice(device)
    return null
  } catch (error) {
    const message = toAppError(error).message
    if (/shared library|libonnxruntime_providers/.test(message))
      return `Its library is not part of this installation; ${device === 'cuda' ? 'ONNX Runtime’s CUDA package and CUDA 12 must be installed' : 'it must be installed'}.`
    if (/adapter/i.test(message))
      return 'No graphics driver with Vulkan, Metal or Direct3D 12 was found; install the driver of the graphics card.'
    return message
  }
}

/** All devices, each checked by running a small program and comparing with TF.js; those that cannot be used say why. */
export async function listDevices(): Promise<DeviceInfo[]> {
  const found: Omit<DeviceInfo, 'isDefault'>[] = []
  for (const id of Object.keys(descriptions) as OnnxDevice[]) {
    const reason = await reasonAgainst(id)
    found.push({ id, ...descriptions[id], available: reason === null, reason })
  }
  const tensorflow = await probeTensorFlow()
  found.push({
    id: 'tensorflow',
    name: tensorflow.available ? `TensorFlow ${tensorflow.version}` : 'TensorFlow',
    kind: tensorflow.available && tensorflow.gpu ? 'gpu' : 'cpu',
    available: tensorflow.available,
    reason: tensorflow.available ? null : tensorflow.reason,
  })
  found.push({
    id: 'reference',
    name: 'TF.js on the processor (slow; for comparison)',
    kind: 'cpu',
    available: true,
    reason: null,
  })
  const chosen = automaticOrder.find((id) => found.some((device) => device.id === id && device.available))
  return found.map((device) => ({ ...device, isDefault: device.id === chosen }))
}

/**
 * The device to compute on: the one asked for, or the first of a stated order that works. It is checked first, and
 * never replaced by another one.
 * @throws `device/unknown`, `device/not-available` with the reason
 */
export async function chooseDevice(requested?: string): Promise<string> {
  if (requested === undefined) {
    for (const id of automaticOrder) if ((await reasonAgainst(id)) === null) return id
    throw new AppError(
      'device/not-available',
      'No device works on this machine, not even the processor; reinstall the program.',
    )
  }
  if (requested === referenceExecutor.device) return requested
  if (requested === 'tensorflow') {
    const probe = await probeTensorFlow()
    if (probe.available) return requested
    throw new AppError('device/not-available', `Device "tensorflow" cannot be used: ${probe.reason}`, {
      device: requested,
    })
  }
  if (!(requested in descriptions)) {
    const known = [...Object.keys(descriptions), 'tensorflow', 'reference']
    throw new AppError('device/unknown', `There is no device "${requested}"; devices are ${known.join(', ')}.`, {
      device: requested,
      known,
    })
  }
  const reason = await reasonAgainst(requested as OnnxDevice)
  if (reason === null) return requested
  throw new AppError(
    'device/not-available',
    `Device "${requested}" cannot be used: ${reason} Choose another one, for example "cpu".`,
    { device: requested },
  )
}
