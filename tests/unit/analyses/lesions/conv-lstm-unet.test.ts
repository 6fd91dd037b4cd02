import { beforeAll, describe, expect, it } from 'vitest'
import { diceFocalLoss } from '../../../../electron/analyses/lesions/segmentation-loss.ts'
import { ApplyProgram } from '../../../../electron/engine/apply-program.ts'
import { optimiserSchema } from '../../../../electron/engine/optimisers.ts'
import { tf } from '../../../../electron/engine/tensorflow-js.ts'
import { type Batch, TrainingProgram } from '../../../../electron/engine/training-program.ts'
import { convLstmUnet, segmenterChannels } from '../../../../electron/models/conv-lstm-unet.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'
import { executorFor } from '../../../engine/devices-under-test.ts'

const [batch, slices, height, width] = [4, 3, 16, 12]
const features = { x: { shape: [slices, height, width, segmenterChannels], dtype: 'float32' as const } }
const targets = { y: { shape: [slices, height, width], dtype: 'float32' as const } }
const model = convLstmUnet({ filters: 4, levels: 2 })

/** Bright balls in noise; of two equally bright ones the one that was there at the earlier date is no lesion. */
function makeBatch(random: SeededRandom): Batch {
  const [x, y] = [
    new Float32Array(batch * slices * height * width * 4),
    new Float32Array(batch * slices * height * width),
  ]
  for (let b = 0; b < batch; b++) {
    const place = (): [number, number] => [3 + random.integer(height - 6), 2 + random.integer(width - 4)]
    const [fresh, old] = [place(), place()]
    for (let s = 0, i = b * slices * height * width; s < slices; s++)
      for (let r = 0; r < height; r++)
        for (let c = 0; c < width; c++, i++) {
          const near = ([row, column]: [number, number]): boolean => Math.hypot(r - row, c - column, 2 * (s - 1)) < 2.6
          const isNew = near(fresh) && !near(old)
          x[4 * i] = (near(fresh) || near(old) ? 2 : 0) + 0.3 * random.normal()
          x[4 * i + 1] = (near(old) ? 2 : 0) + 0.3 * random.normal()
          x[4 * i + 3] = 1
          y[i] = isNew ? 1 : 0
        }
  }
  return {
    features: { x: { ...features.x, shape: [batch, ...features.x.shape], values: x } },
    targets: { y: { ...targets.y, shape: [batch, ...targets.y.shape], values: y } },
    weights: new Float32Array(batch).fill(1),
  }
}

beforeAll(() => tf.setBackend('cpu'))

describe('conv-lstm-unet', () => {
  it('learns to mark what is new since the earlier date, and not what was there', async () => {
    const program = await TrainingProgram.create({
      model,
      features,
      targets,
      loss: diceFocalLoss(),
      batch,
      optimiser: optimiserSchema.parse({ kind: 'adam' }),
      clipNorm: 1,
      seed: 1,
      executor: executorFor('cpu'),
    })
    const random = new SeededRandom(4)
    const losses: number[] = []
    for (let step = 0; step < 150; step++) losses.push((await program.step(makeBatch(random), 0.01)).loss)
    const { weights, states } = program.snapshot()
    const applied = await ApplyProgram.create(model, features, batch, executorFor('cpu'))
    const fresh = makeBatch(new SeededRandom(99))
    const { logits } = await applied.run({ weights, states }, { x: fresh.features['x']!.values as Float32Array }, batch)
    let [both, found, truth] = [0, 0, 0]
    fresh.targets['y']!.values.forEach((value, i) => {
      const isFound = (logits![i] ?? 0) > 0
      if (isFound) found++
      if (value) truth++
      if (isFound && value) both++
    })
    await program.dispose()
    await applied.dispose()
    const mean = (some: readonly number[]): number => some.reduce((sum, value) => sum + value, 0) / some.length
    expect(mean(losses.slice(-10))).toBeLessThan(0.5 * mean(losses.slice(0, 5)))
    expect((2 * both) / (found + truth)).toBeGreaterThan(0.6)
  })
})

describe('Dice and focal loss', () => {
  const lossOf = (logits: number[], y: number[]): number =>
    tf.tidy(() => {
      const tensor = (values: number[]): tf.Tensor => tf.tensor(values, [1, 1, 2, 2])
      return diceFocalLoss()({ logits: tensor(logits) }, { y: tensor(y) }, {}).dataSync()[0] ?? NaN
    })

  it('is what the formulas give', () => {
    const [logits, y] = [
      [2, -1, 0.5, -3],
      [1, 0, 0, 1],
    ]
    const p = logits.map((z) => 1 / (1 + Math.exp(-z)))
    const common = p[0]! + p[3]!
    const dice = (2 * common + 1) / (p.reduce((a, b) => a + b) + 2 + 1)
    const focal =
      -(
        0.75 * ((1 - p[0]!) ** 2 * Math.log(p[0]!) + (1 - p[3]!) ** 2 * Math.log(p[3]!)) +
        0.25 * (p[1]! ** 2 * Math.log(1 - p[1]!) + p[2]! ** 2 * Math.log(1 - p[2]!))
      ) / 4
    expect(lossOf(logits, y)).toBeCloseTo(1 - dice + focal, 5)
  })

  it('is near 0 when right, also for an empty mask, and large when wrong', () => {
    expect(lossOf([9, -9, -9, -9], [1, 0, 0, 0])).toBeLessThan(0.01)
    expect(lossOf([-9, -9, -9, -9], [0, 0, 0, 0])).toBeLessThan(0.01)
    expect(lossOf([-9, 9, 9, 9], [1, 0, 0, 0])).toBeGreaterThan(1)
  })
})
