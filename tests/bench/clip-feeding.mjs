// How much of a training step of the video tasks is spent on making its batch from stored clips: node tests/bench/clip-feeding.mjs [STEPS]
// Needs `npm run build`. Frames are decoded once, before the first step; a step then only copies and changes them.
import { fileURLToPath } from 'node:url'
import { readActionDataset } from '../../dist/electron/analyses/action-recognition/action-dataset.js'
import { actionOptions } from '../../dist/electron/analyses/action-recognition/action-options.js'
import { actionBatchMaker, classifierProgram } from '../../dist/electron/analyses/action-recognition/action-program.js'
import { clipBatchMaker } from '../../dist/electron/analyses/frame-prediction/clip-batches.js'
import { readFramePredictionDataset } from '../../dist/electron/analyses/frame-prediction/frame-prediction-dataset.js'
import { framePredictionOptions } from '../../dist/electron/analyses/frame-prediction/frame-prediction-options.js'
import { clipShape, predictorProgram } from '../../dist/electron/analyses/frame-prediction/train-frame-prediction.js'
import { onnxRuntimeExecutor } from '../../dist/electron/engine/executors/onnxruntime-executor.js'
import { TrainingProgram } from '../../dist/electron/engine/training-program.js'
import { SeededRandom } from '../../dist/shared/base/seeded-random.js'

const steps = Number(process.argv[2] ?? 20)
const data = fileURLToPath(new URL('../../resources/samples/actions', import.meta.url))
const context = { signal: new AbortController().signal, report: () => undefined }
const executor = onnxRuntimeExecutor('cpu', { threads: 2 })

async function measure(name, { store, decodeMs, program, makeBatch, samples, batch }) {
  const training = await TrainingProgram.create({ ...program, seed: 1, executor })
  const random = new SeededRandom(1)
  const draw = () => Array.from({ length: batch }, () => random.integer(samples))
  for (let i = 0; i < 2; i++) await training.step(makeBatch(draw(), random, i), 1e-3)
  const [feeding, stepping] = [[], []]
  for (let i = 0; i < steps; i++) {
    const start = performance.now()
    const made = makeBatch(draw(), random, i)
    const middle = performance.now()
    await training.step(made, 1e-3)
    feeding.push(middle - start)
    stepping.push(performance.now() - middle)
  }
  await training.dispose()
  store.close()
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
  const [feed, step] = [median(feeding), median(stepping)]
  const perSecond = 1000 / (feed + step)
  console.log(
    `${name}: ${perSecond.toFixed(2)} steps/s, ${step.toFixed(1)} ms computing, ${feed.toFixed(2)} ms (${((100 * feed) / (feed + step)).toFixed(1)} %) making the batch; reading all clips once took ${(decodeMs / 1000).toFixed(1)} s`,
  )
}

async function crnn() {
  const set = { size: '48', frames: '10', filters: '8,16,32', sampling: 'dense' }
  const { data: options, training, definition, modelOptions } = actionOptions('crnn', set, {})
  const started = performance.now()
  const { encoding, store, labels, samples } = await readActionDataset(data, options, context, null)
  const decodeMs = performance.now() - started
  const form = encoding.kept
  const contract = {
    frames: options.frames,
    size: [48, 48],
    bands: form.bands,
    normalisation: { mean: form.bands.map(() => 100), deviation: form.bands.map(() => 50) },
  }
  const batch = training.batch
  const model = definition.build(modelOptions, { classes: labels.length })
  const common = { store, form, contract, samples, classes: labels.length, data: options, training, batch }
  const program = classifierProgram(model, contract, labels.length, training, batch)
  const makeBatch = actionBatchMaker(common)
  await measure('crnn, 8 clips of 10 frames 48x48', {
    store,
    decodeMs,
    program,
    makeBatch,
    samples: samples.length,
    batch,
  })
}

async function convLstm() {
  const set = { size: '64', inputFrames: '10', horizon: '10', filters: '32,32', hop: '2' }
  const options = framePredictionOptions('conv-lstm', set, {})
  const started = performance.now()
  const { form, store, clips } = await readFramePredictionDataset(data, options.data, 1, context)
  const decodeMs = performance.now() - started
  const shape = clipShape(options, form)
  const batch = options.training.batch
  const model = options.definition.build(options.modelOptions, { horizon: shape.horizon })
  const program = predictorProgram(model, shape, options.training, batch)
  const makeBatch = clipBatchMaker({ store, clips: clips.train, shape, batch, teachingSteps: 10 })
  const samples = clips.train.length
  await measure('conv-lstm, 8 clips of 10 + 10 frames 64x64', { store, decodeMs, program, makeBatch, samples, batch })
}

await crnn()
await convLstm()
