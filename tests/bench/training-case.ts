import { onnxRuntimeExecutor, type OnnxDevice } from '../../electron/engine/executors/onnxruntime-executor.ts'
import type { FeatureSpecs, ModelFunction } from '../../electron/engine/model-function.ts'
import { tf } from '../../electron/engine/tensorflow-js.ts'
import { TrainingProgram, type PerSample } from '../../electron/engine/training-program.ts'
import type { TensorData } from '../../electron/engine/graph.ts'
import { SeededRandom } from '../../shared/base/seeded-random.ts'
import type { BenchCase, BenchSize, CaseName } from './bench-case.ts'
import { randomFloats, randomOneHot } from './random-floats.ts'

/** A model to be trained, its data and its loss. */
export interface TrainingSetup {
  readonly model: ModelFunction
  readonly features: FeatureSpecs
  readonly targets: FeatureSpecs
  readonly loss: PerSample
  /** One batch of targets; inputs are uniform numbers. */
  readonly drawTargets: (random: SeededRandom) => TensorData
}

/** Softmax cross-entropy of output `logits` and one-hot target `classes`. */
export const crossEntropy: PerSample = (outputs, targets) =>
  tf.neg(tf.sum(tf.mul(targets['classes']!, tf.logSoftmax(outputs['logits']!)), -1))

/** Specs and values of one-hot targets. */
export function classTargets(size: BenchSize, classes: number): Pick<TrainingSetup, 'targets' | 'drawTargets'> {
  return {
    targets: { classes: { shape: [classes], dtype: 'float32' } },
    drawTargets: (random) => randomOneHot(size.batch, classes, random),
  }
}

/** A training step as PyTorch's side takes it: forward, backward, clipping at norm 1, Adam. */
export function trainingCase(name: CaseName, setup: (size: BenchSize) => TrainingSetup): BenchCase {
  return {
    name,
    async prepare(size, { device, threads }) {
      const { drawTargets, ...program } = setup(size)
      const training = await TrainingProgram.create({
        ...program,
        batch: size.batch,
        optimiser: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
        clipNorm: 1,
        seed: 7,
        executor: onnxRuntimeExecutor(device as OnnxDevice, { threads }),
      })
      const random = new SeededRandom(7)
      const [target] = Object.keys(program.targets)
      const batch = {
        features: { x: randomFloats([size.batch, ...(program.features['x']?.shape ?? [])], random) },
        targets: { [target ?? '']: drawTargets(random) },
        weights: new Float32Array(size.batch).fill(1),
      }
      return {
        step: async () => void (await training.step(batch, 1e-3)),
        close: () => training.dispose(),
      }
    },
  }
}
