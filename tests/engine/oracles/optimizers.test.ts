import { describe, expect, it } from 'vitest'
import { onnxRuntimeExecutor } from '../../../electron/engine/executors/onnxruntime-executor.ts'
import type { TensorData } from '../../../electron/engine/graph.ts'
import type { Initialiser } from '../../../electron/engine/initialisers.ts'
import { optimiserSchema } from '../../../electron/engine/optimisers.ts'
import { learningRateAt, scheduleSchema } from '../../../electron/engine/schedules.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { TrainingProgram } from '../../../electron/engine/training-program.ts'
import { readOracle, type OptimizerCase, type OracleArray } from './read-oracle.ts'

// Adam divides by the root of small squares, which float32 knows to about 1e-5 after five steps.
const TOLERANCE = 2e-5

const tensor = (array: OracleArray): TensorData => ({
  shape: array.shape,
  dtype: 'float32',
  values: Float32Array.from(array.data),
})
const from =
  (array: OracleArray): Initialiser =>
  () =>
    Float32Array.from(array.data)

/** The oracle's problem as a training program on the CPU: mean((tanh(x · kernel + bias) - target)²). */
async function programOf({ config, inputs, weights }: OptimizerCase): Promise<TrainingProgram> {
  const { optimizer, ...options } = config
  return TrainingProgram.create({
    model: (scope, { x }) => {
      const kernel = scope.parameter('kernel', weights['kernel']!.shape, from(weights['kernel']!)) as tf.Tensor2D
      // PyTorch decays every parameter, ours by default matrices only
      const bias = scope.parameter('bias', weights['bias']!.shape, from(weights['bias']!), { decays: true })
      return { y: tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, kernel), bias)) }
    },
    features: { x: { shape: [inputs['x']!.shape[1]!], dtype: 'float32' } },
    targets: { y: { shape: [inputs['target']!.shape[1]!], dtype: 'float32' } },
    loss: (outputs, targets) => tf.mean(tf.squaredDifference(outputs['y']!, targets['y']!), -1),
    batch: inputs['x']!.shape[0]!,
    optimiser: optimiserSchema.parse({ momentum: 0, ...options, kind: optimizer }),
    clipNorm: typeof config['clipNorm'] === 'number' ? config['clipNorm'] : null,
    seed: 1,
    executor: onnxRuntimeExecutor('cpu', { threads: 1 }),
  })
}

describe('training program', () => {
  for (const oracle of readOracle<OptimizerCase>('optimizers')) {
    it(`follows PyTorch through five steps of ${oracle.name} (relative ${TOLERANCE})`, async () => {
      const program = await programOf(oracle)
      const { x, target } = oracle.inputs
      const batch = {
        features: { x: tensor(x!) },
        targets: { y: tensor(target!) },
        weights: new Float32Array(x!.shape[0]!).fill(1),
      }
      for (const [number, step] of oracle.steps.entries()) {
        const result = await program.step(batch, step.learningRate)
        expect(Math.abs(result.loss / step.loss - 1), `loss of step ${number}`).toBeLessThan(TOLERANCE)
        expect(Math.abs(result.gradientNorm / step.globalNorm - 1), `norm of step ${number}`).toBeLessThan(TOLERANCE)
        const expected = [...step.weightsAfter['kernel']!.data, ...step.weightsAfter['bias']!.data]
        const { weights } = program.snapshot()
        const largest = Math.max(...expected.map((value, index) => Math.abs(value - weights[index]!)))
        expect(largest, `weights after step ${number}`).toBeLessThan(TOLERANCE)
      }
      await program.dispose()
    })
  }
})

describe('learning-rate schedule', () => {
  const ours: Readonly<Record<string, object>> = {
    constant: { kind: 'constant' },
    step: { kind: 'step', every: 4, factor: 0.5 },
    cosine: { kind: 'cosine', totalSteps: 12, floor: 0.1 },
    'warm-up, then constant': { kind: 'constant', warmUpSteps: 4 },
    'warm-up, then cosine': { kind: 'cosine', warmUpSteps: 4, totalSteps: 20, floor: 0.1 },
  }
  for (const oracle of readOracle('schedules')) {
    it(`gives PyTorch's rate at every step: ${oracle.name}`, () => {
      const schedule = scheduleSchema.parse({ ...ours[oracle.name], learningRate: oracle.config['learningRate'] })
      const expected = oracle.outputs['learningRate']!.data
      expected.forEach((rate, step) => expect(learningRateAt(schedule, step), `step ${step}`).toBeCloseTo(rate, 8))
    })
  }
})
