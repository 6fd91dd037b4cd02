import { defined } from '../../../shared/base/assert.ts'
import type { TrainedNumbers } from '../../engine/apply-program.ts'
import type { FitResult } from '../../engine/fit.ts'
import type { StoredTensor, TensorGroups } from '../../store/tensor-container.ts'

const vector = (values: Float32Array): StoredTensor => ({ shape: [values.length], dtype: 'float32', values })
const named = (group: { readonly [name: string]: Float32Array }): { [name: string]: StoredTensor } =>
  Object.fromEntries(Object.entries(group).map(([name, values]) => [name, vector(values)]))

/** The numbers of a finished training in the form the store keeps. */
export function toModelTensors(result: FitResult): TensorGroups {
  return {
    parameters: { weights: vector(result.numbers.weights) },
    states: named(result.numbers.states),
    optimiser: named(result.training.slots),
  }
}

/** The numbers of a stored model, for building it anew from the zoo. */
export function fromModelTensors(tensors: TensorGroups): TrainedNumbers {
  return {
    weights: Float32Array.from(defined(tensors.parameters?.weights, 'a finished model has weights').values),
    states: Object.fromEntries(
      Object.entries(tensors.states ?? {}).map(([name, tensor]) => [name, Float32Array.from(tensor.values)]),
    ),
  }
}
