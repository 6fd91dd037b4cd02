import * as tfl from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layersModelFunction } from '../../../electron/engine/layers-model.ts'
import { optimiserSchema } from '../../../electron/engine/optimisers.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { TrainingProgram } from '../../../electron/engine/training-program.ts'
import { executorFor, testDevices } from '../devices-under-test.ts'
import { randomNumbers } from '../random-tensor.ts'

const [batch, time, bands, targets] = [6, 5, 3, 2]
const learningRate = 0.05

/** A model of tf.layers with recurrent layers, normalisation (which has states) and a head. */
function makeModel(): tfl.LayersModel {
  const uniform = (seed: number): ReturnType<typeof tfl.initializers.randomUniform> =>
    tfl.initializers.randomUniform({ minval: -0.6, maxval: 0.6, seed })
  return tfl.sequential({
    layers: [
      tfl.layers.lstm({
        units: 4,
        returnSequences: true,
        inputShape: [time, bands],
        kernelInitializer: uniform(1),
        recurrentInitializer: uniform(2),
      }),
      tfl.layers.batchNormalization(),
      tfl.layers.gru({ units: 3, kernelInitializer: uniform(3), recurrentInitializer: uniform(4) }),
      tfl.layers.dense({ units: targets, kernelInitializer: uniform(5) }),
    ],
  })
}

const next = randomNumbers(11)
const draw = (length: number): Float32Array => Float32Array.from({ length }, () => 2 * next() - 1)

beforeAll(() => tf.setBackend('cpu'))
afterAll(() => tf.disposeVariables())

describe.each(testDevices)('a tf.layers model in a training program on %s', (device) => {
  it('learns as TF.js itself lets it learn', async () => {
    const model = makeModel()
    const [x, y] = [draw(batch * time * bands), draw(batch * targets)]
    const program = await TrainingProgram.create({
      model: layersModelFunction(model),
      features: { x: { shape: [time, bands], dtype: 'float32' } },
      targets: { y: { shape: [targets], dtype: 'float32' } },
      loss: ({ output }, { y: wanted }) => tf.mean(tf.squaredDifference(output as tf.Tensor, wanted as tf.Tensor), -1),
      batch,
      optimiser: optimiserSchema.parse({ kind: 'sgd', momentum: 0 }),
      clipNorm: null,
      seed: 0,
      executor: executorFor(device),
    })
    const ours: number[] = []
    for (let step = 0; step < 8; step++) {
      const result = await program.step(
        {
          features: { x: { shape: [batch, time, bands], dtype: 'float32', values: x } },
          targets: { y: { shape: [batch, targets], dtype: 'float32', values: y } },
          weights: new Float32Array(batch).fill(1),
        },
        learningRate,
      )
      ours.push(result.loss)
    }
    await program.dispose()

    model.compile({ optimizer: tf.train.sgd(learningRate), loss: 'meanSquaredError' })
    const theirs: number[] = []
    const [inputs, wanted] = [tf.tensor(x, [batch, time, bands]), tf.tensor(y, [batch, targets])]
    for (let step = 0; step < 8; step++) theirs.push(Number(await model.trainOnBatch(inputs, wanted)))
    tf.dispose([inputs, wanted])
    model.dispose()

    expect(theirs[7]).toBeLessThan((theirs[0] ?? 0) * 0.95) // It does learn, so that equal losses mean equal updates.
    ours.forEach((loss, step) => expect(loss).toBeCloseTo(theirs[step] ?? NaN, 5))
  })
})
