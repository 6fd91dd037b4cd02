import { describe, expect, it } from 'vitest'
import {
  predictionLoss,
  predictorFeatures,
  predictorTargets,
  trainingFeatures,
} from '../../../electron/analyses/frame-prediction/predictor-program.ts'
import { clipBatchMaker } from '../../../electron/analyses/frame-prediction/clip-batches.ts'
import { FrameStore } from '../../../electron/analyses/frames/frame-store.ts'
import { ApplyProgram } from '../../../electron/engine/apply-program.ts'
import { onnxRuntimeExecutor } from '../../../electron/engine/executors/onnxruntime-executor.ts'
import { discover, type ModelFunction } from '../../../electron/engine/model-function.ts'
import { optimiserSchema } from '../../../electron/engine/optimisers.ts'
import { ParameterVector } from '../../../electron/engine/parameter-vector.ts'
import { TrainingProgram } from '../../../electron/engine/training-program.ts'
import { framePredictors } from '../../../electron/models/frame-predictors.ts'
import { SeededRandom } from '../../../shared/base/seeded-random.ts'
import { errorOf } from '../analyses/land-use/error-code.ts'

const executor = onnxRuntimeExecutor('cpu', { threads: 1 })
const [height, width] = [8, 12]
const options = { filters: [6, 5], kernelSize: 3, patch: 2, residual: true }
const shape = { inputFrames: 3, horizon: 3, size: [height, width] as const, channels: 1 }

/** A bright bar that moves one column to the right with every frame, and comes in again on the left. */
function movingBars(): FrameStore {
  const store = new FrameStore(height * width)
  for (let frame = 0; frame < 40; frame++)
    store.add(
      Float32Array.from({ length: height * width }, (_, i) => (((i % width) - frame + 480) % width < 3 ? 0.9 : 0.1)),
    )
  return store
}

describe.each(framePredictors.map((model) => [model.id, model] as const))('%s', (_id, predictor) => {
  const build = (given: typeof options, target: { horizon: number }): ModelFunction => predictor.build(given, target)

  it('gives the same first frames however many are asked for, and takes any number of known ones', async () => {
    const random = new SeededRandom(1)
    const specs = discover(build(options, { horizon: 3 }), predictorFeatures(shape), 1, 'predict')
    const numbers = { weights: new ParameterVector(specs.parameters).initialise(random), states: {} }
    const run = async (inputFrames: number, horizon: number, x: Float32Array): Promise<Float32Array> => {
      const features = predictorFeatures({ ...shape, inputFrames, horizon })
      const program = await ApplyProgram.create(build(options, { horizon }), features, 1, executor)
      const { frames } = await program.run(numbers, { x }, 1)
      await program.dispose()
      return frames ?? new Float32Array()
    }
    const x = Float32Array.from({ length: 5 * height * width }, () => random.next())
    const [short, long] = [await run(5, 1, x), await run(5, 4, x)]
    expect(long.length).toBe(4 * height * width)
    expect(largest(short, long.subarray(0, height * width))).toBeLessThan(1e-5)
    expect((await run(1, 2, x.subarray(0, height * width))).length).toBe(2 * height * width)
  })

  it('learns to carry a movement on: a quarter of its first error after 60 steps', async () => {
    const store = movingBars()
    const model = build(options, { horizon: 3 })
    const program = await TrainingProgram.create({
      model,
      features: trainingFeatures(shape),
      targets: predictorTargets(shape),
      loss: predictionLoss({ l1: 0.1, ssim: 0.05 }),
      batch: 4,
      optimiser: optimiserSchema.parse({ kind: 'adam' }),
      clipNorm: 1,
      seed: 3,
      executor,
    })
    const clips = Array.from({ length: 30 }, (_, first) => ({ first, sequence: 0 }))
    const makeBatch = clipBatchMaker({ store, clips, shape, batch: 4, teachingSteps: 30 })
    const random = new SeededRandom(5)
    const losses: number[] = []
    for (let step = 0; step < 60; step++) {
      const rows = Array.from({ length: 4 }, () => random.integer(30))
      losses.push((await program.step(makeBatch(rows, random.fork(`${step}`), step), 0.01)).loss)
    }
    await program.dispose()
    const mean = (list: number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length
    expect(mean(losses.slice(-5))).toBeLessThan(mean(losses.slice(0, 3)) / 4)
  })

  it('refuses frames that its squares do not divide', async () => {
    const odd = { ...shape, size: [9, 12] as const }
    expect(
      (await errorOf(() => discover(build(options, { horizon: 2 }), predictorFeatures(odd), 1, 'predict'))).code,
    ).toBe('usage/bad-setting')
  })
})

function largest(a: Float32Array, b: Float32Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? NaN))), 0)
}
