// The same training programs on TensorFlow (eager, kernel by kernel, in its process) and compiled on ONNX Runtime's
// CPU provider, alternating in one run; losses must agree.
//   npm run build && CHRONOLENS_TENSORFLOW_DIR=DIR node tests/bench/tensorflow-beside-compiled.mjs [--rounds N] [--json]
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'

const engine = new URL('../../dist/electron/engine/', import.meta.url)
const load = (path) => import(new URL(path, engine).href)
const { tf } = await load('tensorflow-js.js')
const { TrainingProgram } = await load('training-program.js')
const { onnxRuntimeExecutor } = await load('executors/onnxruntime-executor.js')
const { startTensorFlow } = await load('executors/tensorflow/tensorflow-executor.js')
const { gru, lstm } = await load('layers/recurrent.js')
const { dense } = await load('layers/dense.js')
const { convolution2d } = await load('layers/convolution.js')
const { glorotUniform, unitForgetBias } = await load('initialisers.js')
const { SeededRandom } = await import(new URL('../../dist/shared/base/seeded-random.js', import.meta.url).href)

const { values: options } = parseArgs({ options: { rounds: { type: 'string' }, json: { type: 'boolean' } } })
const rounds = Number(options.rounds ?? 7)
const threads = 2

const squaredError = (outputs, targets) => {
  const squared = tf.squaredDifference(outputs.y, targets.target)
  return tf.mean(tf.reshape(squared, [squared.shape[0], -1]), 1)
}
const stacked = (layer) => (scope, inputs) => {
  const lower = layer(scope.child('lower'), inputs.x, { units: 64, returnSequences: true })
  const upper = layer(scope.child('upper'), lower, { units: 64, returnSequences: false })
  return { y: dense(scope.child('head'), upper, 5) }
}

/** A ConvLSTM with one convolution of [frame, state] for all gates; a 1x1 convolution of each state is the output. */
const convLstm = (filters) => (scope, inputs) => {
  const [batch, time, height, width, inner] = inputs.x.shape
  const kernel = scope.parameter('kernel', [3, 3, inner + filters, 4 * filters], glorotUniform)
  const bias = scope.parameter('bias', [4 * filters], unitForgetBias)
  let hidden = tf.zeros([batch, height, width, filters])
  let cell = hidden
  const states = tf.unstack(inputs.x, 1).map((frame) => {
    const gates = tf.add(tf.conv2d(tf.concat([frame, hidden], 3), kernel, 1, 'same'), bias)
    const [input, forget, candidate, output] = tf.split(gates, 4, 3)
    cell = tf.add(tf.mul(tf.sigmoid(forget), cell), tf.mul(tf.sigmoid(input), tf.tanh(candidate)))
    hidden = tf.mul(tf.sigmoid(output), tf.tanh(cell))
    return hidden
  })
  const frames = convolution2d(scope.child('head'), tf.concat(states), { filters: 1, kernelSize: 1 })
  return { y: tf.reshape(frames, [time, batch, height, width]).transpose([1, 0, 2, 3]) }
}

const programs = [
  { name: 'LSTM 2x64, batch 256, 23x6', model: stacked(lstm), batch: 256, x: [23, 6], target: [5] },
  { name: 'GRU 2x64, batch 256, 23x6', model: stacked(gru), batch: 256, x: [23, 6], target: [5] },
  { name: 'ConvLSTM 32, batch 8, 10x64x64', model: convLstm(32), batch: 8, x: [10, 64, 64, 1], target: [10, 64, 64] },
]

function random(shape, seed) {
  const source = new SeededRandom(seed)
  const size = shape.reduce((product, length) => product * length, 1)
  return { shape, dtype: 'float32', values: Float32Array.from({ length: size }, () => source.normal()) }
}

async function prepare({ model, batch, x, target }, executor) {
  const training = await TrainingProgram.create({
    model,
    features: { x: { shape: x, dtype: 'float32' } },
    targets: { target: { shape: target, dtype: 'float32' } },
    loss: squaredError,
    batch,
    optimiser: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    clipNorm: 1,
    seed: 7,
    executor,
  })
  const data = {
    features: { x: random([batch, ...x], 1) },
    targets: { target: random([batch, ...target], 2) },
    weights: new Float32Array(batch).fill(1),
  }
  const side = { losses: [], times: [], dispose: () => training.dispose() }
  side.step = async () => {
    const start = performance.now()
    const { loss } = await training.step(data, 1e-3)
    side.times.push(performance.now() - start)
    side.losses.push(loss)
  }
  return side
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
const warmUps = 2
const results = []
const tensorflow = await startTensorFlow({ threads })
try {
  for (const program of programs) {
    const sides = [await prepare(program, tensorflow), await prepare(program, onnxRuntimeExecutor('cpu', { threads }))]
    for (let round = 0; round < rounds + warmUps; round++) for (const side of sides) await side.step()
    const [eager, compiled] = sides.map(({ times }) => times.slice(warmUps))
    const differences = sides[0].losses.map((loss, i) => Math.abs(loss - sides[1].losses[i]) / Math.abs(loss))
    results.push({
      name: program.name,
      tensorflowMs: median(eager),
      compiledMs: median(compiled),
      fastestTensorflowMs: Math.min(...eager),
      fastestCompiledMs: Math.min(...compiled),
      ratio: median(eager.map((time, i) => compiled[i] / time)),
      largestLossDifference: Math.max(...differences),
    })
    for (const side of sides) await side.dispose()
  }
} finally {
  await tensorflow.close()
}
if (options.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
else
  for (const result of results)
    process.stdout.write(
      `${result.name}: TensorFlow ${result.tensorflowMs.toFixed(0)} ms (fastest ${result.fastestTensorflowMs.toFixed(0)}), ` +
        `compiled ${result.compiledMs.toFixed(0)} ms (fastest ${result.fastestCompiledMs.toFixed(0)}), ` +
        `ratio ${result.ratio.toFixed(2)}, losses differ by ${result.largestLossDifference.toExponential(1)}\n`,
    )
if (results.some(({ largestLossDifference }) => !(largestLossDifference < 1e-4))) process.exitCode = 1
