import { describe, expect, it } from 'vitest'
import { AppError } from '../../../shared/base/app-error.ts'
import { exportOnnx } from '../../../electron/engine/export-onnx.ts'
import { onnxRuntimeExecutor, OnnxSession } from '../../../electron/engine/executors/onnxruntime-executor.ts'
import { fit, type FitState } from '../../../electron/engine/fit.ts'
import { dense } from '../../../electron/engine/layers/dense.ts'
import { batchNormalisation } from '../../../electron/engine/layers/normalisation.ts'
import { gru, lstm } from '../../../electron/engine/layers/recurrent.ts'
import type { ModelFunction } from '../../../electron/engine/model-function.ts'
import { optimiserSchema } from '../../../electron/engine/optimisers.ts'
import { learningRateAt, scheduleSchema } from '../../../electron/engine/schedules.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { TrainingProgram, type Batch } from '../../../electron/engine/training-program.ts'
import { SeededRandom } from '../../../shared/base/seeded-random.ts'

const [time, features, classes, batch, samples] = [6, 3, 2, 8, 20]

const model: ModelFunction = (scope, { x }) => {
  const states = lstm(scope.child('first'), x as tf.Tensor3D, { units: 5, returnSequences: true })
  const normal = batchNormalisation(scope.child('norm'), states) as tf.Tensor3D
  const last = gru(scope.child('second'), normal, { units: 4, returnSequences: false })
  return { logits: dense(scope.child('classifier'), scope.dropout('dropout', last, 0.3), classes) }
}

/** Series whose class is the sign of the difference between their two halves: the order of steps matters. */
function makeData(): { x: Float32Array; y: Float32Array } {
  const random = new SeededRandom(5)
  const x = Float32Array.from({ length: samples * time * features }, () => random.normal())
  const y = new Float32Array(samples * classes)
  for (let i = 0; i < samples; i++) {
    const at = (t: number): number => x[(i * time + t) * features] ?? 0
    y[i * classes + (at(0) + at(1) > at(4) + at(5) ? 1 : 0)] = 1
  }
  return { x, y }
}
const data = makeData()

function makeBatch(rows: readonly number[]): Batch {
  const [x, y] = [new Float32Array(batch * time * features), new Float32Array(batch * classes)]
  rows.forEach((row, i) => {
    x.set(data.x.subarray(row * time * features, (row + 1) * time * features), i * time * features)
    y.set(data.y.subarray(row * classes, (row + 1) * classes), i * classes)
  })
  return {
    features: { x: { shape: [batch, time, features], dtype: 'float32', values: x } },
    targets: { y: { shape: [batch, classes], dtype: 'float32', values: y } },
    weights: Float32Array.from({ length: batch }, (_, i) => (i < rows.length ? 1 : 0)),
  }
}

const create = (
  options: { clipNorm?: number | null; availableBytes?: number; stepNorms?: boolean } = {},
): Promise<TrainingProgram> =>
  TrainingProgram.create({
    model,
    features: { x: { shape: [time, features], dtype: 'float32' } },
    targets: { y: { shape: [classes], dtype: 'float32' } },
    loss: ({ logits }, { y }) => tf.neg(tf.sum(tf.mul(y as tf.Tensor, tf.logSoftmax(logits as tf.Tensor)), -1)),
    batch,
    availableBytes: options.availableBytes,
    optimiser: optimiserSchema.parse({ kind: 'adamw' }),
    clipNorm: options.clipNorm === undefined ? 1 : options.clipNorm,
    seed: 3,
    executor: onnxRuntimeExecutor('cpu'),
    stepNorms: options.stepNorms,
  })

const schedule = scheduleSchema.parse({ kind: 'cosine', learningRate: 0.02, totalSteps: 90, warmUpSteps: 3 })
const train = async (
  program: TrainingProgram,
  options: {
    signal?: AbortSignal
    resume?: FitState
    saveCheckpoint?: (state: FitState) => Promise<void>
    onEpoch?: () => Promise<void>
  } = {},
) => fit({ program, samples, batch, epochs: 30, seed: 3, schedule, makeBatch, patience: null, ...options })

describe('a training program', () => {
  it('learns a task in which the order of steps matters', async () => {
    const program = await create()
    const { history } = await train(program)
    await program.dispose()
    expect(history[0]?.loss).toBeGreaterThan(0.5)
    expect(history.at(-1)?.loss).toBeLessThan(0.3)
  })

  it('ends with the same weights, bit for bit, for the same seed', async () => {
    const runs = []
    for (let i = 0; i < 2; i++) {
      const program = await create()
      runs.push((await train(program)).numbers.weights)
      await program.dispose()
    }
    expect(runs[0]).toEqual(runs[1])
  })

  it('goes on from a checkpoint in the middle of an epoch as if it had not been stopped', async () => {
    const whole = await create()
    const expected = (await train(whole)).numbers
    await whole.dispose()

    const controller = new AbortController()
    let saved: FitState | undefined
    let steps = 0
    const stopped = await create()
    const step = stopped.step.bind(stopped)
    stopped.step = async (...args) => {
      if (++steps === 40) controller.abort()
      return step(...args)
    }
    const cancelled = train(stopped, {
      signal: controller.signal,
      saveCheckpoint: (state) => {
        saved = structuredClone(state)
        return Promise.resolve()
      },
    })
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' })
    await stopped.dispose()
    expect(saved?.position).toBe(1)

    const resumed = await create()
    const actual = (await train(resumed, { resume: saved })).numbers
    await resumed.dispose()
    expect(actual.weights).toEqual(expected.weights)
    expect(actual.states).toEqual(expected.states)
  })

  it('leaves padding out of the loss, the metrics and the batch statistics', async () => {
    const [first, second] = [await create(), await create()]
    const padded = makeBatch([0, 1, 2])
    const spoiled = makeBatch([0, 1, 2])
    ;(spoiled.features.x?.values as Float32Array).fill(1e3, 3 * time * features)
    const a = await first.step(padded, 0.01)
    const b = await second.step(spoiled, 0.01)
    expect(b.loss).toBe(a.loss)
    expect(second.snapshot().states).toEqual(first.snapshot().states)
    await first.dispose()
    await second.dispose()
  })

  it('reports the gradient norm of every weight, of every time step, and of all', async () => {
    const program = await create({ stepNorms: true })
    const result = await program.step(makeBatch([0, 1, 2, 3, 4, 5, 6, 7]), 0.01)
    await program.dispose()
    const norms = Object.values(result.parameterNorms)
    expect(result.gradientNorm).toBeCloseTo(Math.hypot(...norms), 5)
    expect(Object.keys(result.parameterNorms)).toContain('second/recurrent_kernel')
    expect(result.timeStepNorms.first).toHaveLength(time)
    expect(result.timeStepNorms.second?.every((norm) => norm > 0)).toBe(true)
  })

  it('stops at a loss that is not a number, names the step and a layer, and keeps the weights', async () => {
    const program = await create()
    const before = program.snapshot().weights
    const broken = makeBatch([0, 1, 2, 3])
    ;(broken.features.x?.values as Float32Array)[4] = NaN
    const failure = await program.step(broken, 0.01).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(AppError)
    expect(failure).toMatchObject({ code: 'training/not-finite', details: { step: 1, loss: 'NaN' } })
    expect((failure as AppError).details.layer).toMatch(/kernel|bias/)
    expect(program.snapshot().weights).toEqual(before)
    await program.dispose()
  })

  it('refuses a batch that cannot fit into memory and says which would', async () => {
    const failure = await create({ availableBytes: 12_000 }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'compute/out-of-memory', details: { batch } })
    const { batchThatFits } = (failure as AppError).details as { batchThatFits: number }
    expect(batchThatFits).toBeGreaterThanOrEqual(1)
    expect(batchThatFits).toBeLessThan(batch)
  })

  it('refuses a state that belongs to another model', async () => {
    const program = await create()
    const state = { ...program.snapshot(), weights: new Float32Array(3) }
    expect(() => program.restore(state)).toThrow(expect.objectContaining({ code: 'engine/state-mismatch' }) as Error)
    await program.dispose()
  })

  it('leaves no TF.js tensor behind', async () => {
    await tf.setBackend('cpu')
    const before = tf.memory().numTensors
    const program = await create({ stepNorms: true })
    await program.step(makeBatch([0, 1]), 0.01)
    await program.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('an exported model', () => {
  it('gives the same numbers at any batch size (1e-6), with standard operators only', async () => {
    const program = await create()
    await program.step(makeBatch([0, 1, 2, 3]), 0.01)
    const { weights, states } = program.snapshot()
    await program.dispose()
    const bytes = await exportOnnx(model, { x: { shape: [time, features], dtype: 'float32' } }, { weights, states })
    const session = await OnnxSession.load(bytes, 'cpu')
    const run = async (rows: number): Promise<Float32Array> => {
      const values = data.x.slice(0, rows * time * features)
      const result = await session.run({ x: { shape: [rows, time, features], dtype: 'float32', values } })
      return result.logits?.values as Float32Array
    }
    const [one, many] = [await run(1), await run(13)]
    await session.dispose()
    one.forEach((value, i) => expect(value).toBeCloseTo(many[i] ?? NaN, 6))
  })
})

describe('a learning-rate schedule', () => {
  it.each(['constant', 'step', 'cosine'] as const)('%s rises over the warm-up and never grows after it', (kind) => {
    const given = scheduleSchema.parse({ kind, learningRate: 0.1, warmUpSteps: 5, totalSteps: 50, every: 10 })
    const rates = Array.from({ length: 60 }, (_, step) => learningRateAt(given, step))
    expect(rates[0]).toBeCloseTo(0.02)
    expect(rates[4]).toBeCloseTo(0.1)
    rates.slice(5).forEach((rate, i) => expect(rate).toBeLessThanOrEqual((rates[4 + i] ?? 0) + 1e-12))
  })
})
