// Results and step times of TensorFlow's Node binding, run eagerly, beside TF.js's own CPU kernels.
//   CHRONOLENS_TENSORFLOW_DIR=DIR node tests/bench/tensorflow-binding.mjs [--steps N] [--json]
// Needs only the folder that "npm run setup:tensorflow" makes. Ends with code 1 when results differ.
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import util, { parseArgs } from 'node:util'

const { values: options } = parseArgs({ options: { steps: { type: 'string' }, json: { type: 'boolean' } } })
const timedSteps = Number(options.steps ?? 7)
const tolerance = 1e-4

process.env.TF_CPP_MIN_LOG_LEVEL ??= '1'
util.isArray ??= Array.isArray
util.isNullOrUndefined ??= (value) => value === null || value === undefined

const directory = process.env.CHRONOLENS_TENSORFLOW_DIR
if (!directory) throw new Error('Set CHRONOLENS_TENSORFLOW_DIR to the folder of "npm run setup:tensorflow".')
const require = createRequire(join(resolve(directory), 'from-here.js'))

function loadBinding() {
  try {
    return require('@tensorflow/tfjs-node-gpu')
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    return require('@tensorflow/tfjs-node')
  }
}
const tf = loadBinding()
tf.enableProdMode()
const { layers } = tf

/** Park and Miller's generator: the same numbers for both backends. */
function randomValues(size, seed, scale) {
  let state = seed * 7919 + 1
  return Float32Array.from({ length: size }, () => {
    state = (state * 16807) % 2147483647
    return (state / 1073741823 - 1) * scale
  })
}

const randomTensor = (shape, seed, scale = 1) =>
  tf.tensor(randomValues(shape.reduce((product, length) => product * length, 1), seed, scale), shape) // prettier-ignore

const glorot = { kernelInitializer: 'glorotUniform', recurrentInitializer: 'glorotUniform' }
const lstm = (shape) => [
  layers.lstm({ units: 64, inputShape: shape, returnSequences: true, ...glorot }),
  layers.lstm({ units: 64, ...glorot }),
  layers.dense({ units: 5 }),
]
const gru = (shape) => [
  layers.gru({ units: 64, inputShape: shape, returnSequences: true, ...glorot }),
  layers.gru({ units: 64, ...glorot }),
  layers.dense({ units: 5 }),
]
const convLstm = (filters, shape) => [
  layers.convLstm2d({ filters, kernelSize: 3, padding: 'same', inputShape: shape, returnSequences: true, ...glorot }),
  layers.timeDistributed({ layer: layers.conv2d({ filters: 1, kernelSize: 1 }) }),
]
const crnn = (filters, units, shape) => [
  ...filters.flatMap((count, index) => [
    layers.timeDistributed({
      layer: layers.conv2d({ filters: count, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
      ...(index === 0 ? { inputShape: shape } : {}),
    }),
  ]),
  layers.timeDistributed({ layer: layers.globalAveragePooling2d({}) }),
  layers.lstm({ units, ...glorot }),
  layers.dense({ units: 7 }),
]

const compared = [
  { name: 'LSTM 2x64, batch 64, 23x6', make: () => lstm([23, 6]), shape: [64, 23, 6] },
  { name: 'GRU 2x64, batch 32, 23x6', make: () => gru([23, 6]), shape: [32, 23, 6] },
  { name: 'ConvLSTM 3 filters, batch 2, 4x9x8x2', make: () => convLstm(3, [4, 9, 8, 2]), shape: [2, 4, 9, 8, 2] },
  { name: 'CRNN 4-6-8 + LSTM 9, batch 2, 5x16x14x3', make: () => crnn([4, 6, 8], 9, [5, 16, 14, 3]), shape: [2, 5, 16, 14, 3] }, // prettier-ignore
]
const timed = [
  { name: 'LSTM 2x64, batch 256, 23x6', make: () => lstm([23, 6]), shape: [256, 23, 6] },
  { name: 'GRU 2x64, batch 256, 23x6', make: () => gru([23, 6]), shape: [256, 23, 6] },
  { name: 'ConvLSTM 32 filters, batch 8, 10x64x64x1', make: () => convLstm(32, [10, 64, 64, 1]), shape: [8, 10, 64, 64, 1] }, // prettier-ignore
  { name: 'CRNN 16-32-64 + LSTM 128, batch 4, 16x112x112x3', make: () => crnn([16, 32, 64], 128, [16, 112, 112, 3]), shape: [4, 16, 112, 112, 3] }, // prettier-ignore
]

/** A model on one backend with fixed weights, and its training step: loss and all gradients. */
function prepare({ make, shape }, backend) {
  tf.setBackend(backend)
  const model = tf.sequential({ layers: make() })
  const variables = model.trainableWeights.map((weight) => weight.read())
  variables.forEach((variable, index) => variable.assign(randomTensor(variable.shape, index + 11, 0.15)))
  const x = randomTensor(shape, 1)
  const target = randomTensor([shape[0], ...model.outputShape.slice(1)], 2)
  const loss = () => tf.losses.meanSquaredError(target, model.apply(x, { training: true }))
  return () => {
    const { value, grads } = tf.variableGrads(loss, variables)
    const tensors = [value, ...variables.map((variable) => grads[variable.name])]
    // Reading forces everything that a GPU still has to do.
    const results = tensors.map((tensor) => tensor.dataSync())
    tf.dispose(tensors)
    return results
  }
}

function largestRelativeDifference(found, expected) {
  let worst = 0
  expected.forEach((values, index) => {
    const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6)
    values.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - found[index][i]) / scale)))
  })
  return worst
}

function median(times) {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]
}

const results = { compared: [], timed: [] }
for (const program of compared) {
  const expected = prepare(program, 'cpu')()
  const difference = largestRelativeDifference(prepare(program, 'tensorflow')(), expected)
  results.compared.push({ name: program.name, tensors: expected.length, difference })
}
for (const program of timed) {
  const step = prepare(program, 'tensorflow')
  step()
  step()
  const times = Array.from({ length: timedSteps }, () => {
    const start = performance.now()
    step()
    return performance.now() - start
  })
  results.timed.push({ name: program.name, medianMs: median(times), fastestMs: Math.min(...times) })
}

tf.setBackend('tensorflow')
const machine = {
  node: process.version,
  binding: tf.version['tfjs-node'],
  gpu: tf.backend().isUsingGpuDevice === true,
  processor: cpus()[0]?.model,
  cores: cpus().length,
}
if (options.json) {
  process.stdout.write(`${JSON.stringify({ machine, ...results }, null, 2)}\n`)
} else {
  process.stdout.write(`${Object.values(machine).join(', ')}\n`)
  for (const { name, tensors, difference } of results.compared)
    process.stdout.write(`${name}: ${tensors} tensors, largest relative difference ${difference.toExponential(1)}\n`)
  for (const { name, medianMs, fastestMs } of results.timed)
    process.stdout.write(`${name}: median ${medianMs.toFixed(0)} ms, fastest ${fastestMs.toFixed(0)} ms\n`)
}
if (results.compared.some(({ difference }) => !(difference < tolerance))) process.exitCode = 1
