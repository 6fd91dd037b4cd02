import { beforeAll, describe, expect, it } from 'vitest'
import { ApplyProgram } from '../../../electron/engine/apply-program.ts'
import { gradientFeatures, inputGradient } from '../../../electron/engine/input-gradient.ts'
import { discover, type ModelFunction } from '../../../electron/engine/model-function.ts'
import { ParameterVector } from '../../../electron/engine/parameter-vector.ts'
import { Scope, tensorsFrom } from '../../../electron/engine/scope.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { convLstmClassifier } from '../../../electron/models/conv-lstm-classifier.ts'
import { crnn } from '../../../electron/models/crnn.ts'
import { executorFor, testDevices } from '../devices-under-test.ts'
import { randomNumbers } from '../random-tensor.ts'

const [batch, time, edge, channels, classes] = [2, 4, 8, 2, 3]
const shape = [time, edge, edge, channels]
const features = { x: { shape, dtype: 'float32' as const } }
const row = shape.reduce((a, b) => a * b)

const models: readonly (readonly [string, ModelFunction])[] = [
  ['crnn', crnn.build(crnn.optionsSchema.parse({ filters: [3, 4], units: 5 }), { classes })],
  [
    'crnn without attention, both ways',
    crnn.build(crnn.optionsSchema.parse({ filters: [3], units: 4, cell: 'bi-lstm', attention: false }), { classes }),
  ],
  [
    'conv-lstm-classifier',
    convLstmClassifier.build(convLstmClassifier.optionsSchema.parse({ filters: [3], units: 4 }), { classes }),
  ],
]

beforeAll(() => tf.setBackend('cpu'))

/** The scores of clips, computed by TF.js itself without compiling anything. */
function eagerScores(model: ModelFunction, weights: Float32Array): (x: tf.Tensor) => tf.Tensor {
  const vector = new ParameterVector(discover(model, features, batch, 'predict').parameters)
  return (x) => {
    const leaves = vector.split(tf.tensor1d(weights))
    const byName = new Map(vector.slices.map((slice, i) => [`parameter:${slice.name}`, leaves[i]]))
    return model(
      Scope.create(
        'predict',
        tensorsFrom((name) => byName.get(name)),
      ),
      { x },
    ).logits as tf.Tensor
  }
}

describe.each(testDevices)('the compiled gradient of a score with respect to a clip on %s', (device) => {
  describe.each(models)('of %s', (_name, model) => {
    const next = randomNumbers(23)
    const draw = (length: number, scale: number): Float32Array =>
      Float32Array.from({ length }, () => scale * (2 * next() - 1))
    const size = new ParameterVector(discover(model, features, batch, 'predict').parameters).size
    const weights = draw(size, 0.5)
    const x = draw(batch * row, 1)
    // Another class for each clip.
    const chosen = Float32Array.from([0, 1, 0, 0, 0, 1])

    const compiled = async (): Promise<Float32Array> => {
      const program = await ApplyProgram.create(
        inputGradient(model, 'x', 'logits'),
        gradientFeatures(features, classes),
        batch,
        executorFor(device),
      )
      const { gradient } = await program.run({ weights, states: {} }, { x, chosen }, batch)
      await program.dispose()
      return gradient ?? new Float32Array()
    }

    it('equals the gradient of TF.js (rtol 1e-4), and its sum at each time step too', async () => {
      const ours = await compiled()
      const scores = eagerScores(model, weights)
      const theirs = tf.tidy(() =>
        tf
          .grad((input: tf.Tensor) => tf.sum(tf.mul(scores(input), tf.tensor2d(chosen, [batch, classes]))))(
            tf.tensor(x, [batch, ...shape]),
          )
          .dataSync(),
      )
      const largest = Math.max(...theirs.map(Math.abs))
      expect(largest).toBeGreaterThan(1e-3)
      ours.forEach((value, i) => expect(Math.abs(value - (theirs[i] ?? NaN))).toBeLessThan(1e-4 * largest))
      const sums = (values: ArrayLike<number>): number[] =>
        Array.from({ length: batch * time }, (_, step) => {
          let sum = 0
          for (let i = 0; i < row / time; i++) sum += Math.abs(values[(step * row) / time + i] ?? NaN)
          return sum
        })
      const expected = sums(theirs)
      sums(ours).forEach((sum, step) => expect(sum).toBeCloseTo(expected[step] ?? NaN, 3))
    })

    it('says how a score changes along any direction (central differences, within 2 %)', async () => {
      const ours = await compiled()
      const scores = eagerScores(model, weights)
      const direction = draw(batch * row, 1)
      const along = ours.reduce((sum, value, i) => sum + value * (direction[i] ?? 0), 0)
      const at = (step: number): number =>
        tf.tidy(() =>
          Number(
            tf
              .sum(
                tf.mul(
                  scores(
                    tf.tensor(
                      x.map((value, i) => value + step * (direction[i] ?? 0)),
                      [batch, ...shape],
                    ),
                  ),
                  tf.tensor2d(chosen, [batch, classes]),
                ),
              )
              .dataSync()[0],
          ),
        )
      const step = 2e-3
      const difference = (at(step) - at(-step)) / (2 * step)
      expect(Math.abs(difference - along)).toBeLessThan(0.02 * Math.abs(along) + 5e-3)
    })
  })
})
