import type { DataType } from './graph.ts'
import { Scope, type ModelSpecs, type Mode } from './scope.ts'
import { tf } from './tensorflow-js.ts'
import { trace, type InputSpec } from './trace/trace.ts'

/** Tensors by name. */
export type TensorMap = { readonly [name: string]: tf.Tensor }

/** Shape without the batch axis, and sample type, of something a model is fed with. */
export interface FeatureSpec {
  readonly shape: readonly number[]
  readonly dtype: DataType
}
/** What a model is fed with, by name. */
export type FeatureSpecs = { readonly [name: string]: FeatureSpec }

/** A model: a pure function of its weights (through the scope) and its inputs, batch first. */
export type ModelFunction = (scope: Scope, inputs: TensorMap) => TensorMap

/** Full specs of features at one batch size; names get a prefix so that inputs and targets may share names. */
export function inputSpecs(features: FeatureSpecs, batch: number, prefix = ''): InputSpec[] {
  return Object.entries(features).map(([name, spec]) => ({
    name: prefix + name,
    shape: [batch, ...spec.shape],
    dtype: spec.dtype,
  }))
}

/** Which weights, states and masks a model asks for, found by running it once on symbols. */
export function discover(model: ModelFunction, features: FeatureSpecs, batch: number, mode: Mode): ModelSpecs {
  let specs: ModelSpecs = { parameters: [], states: [], masks: [] }
  trace(
    (inputs) => {
      const empty = (spec: { shape: readonly number[] }): tf.Tensor => tf.zeros([...spec.shape])
      const scope = Scope.create(mode, { parameter: empty, state: empty, mask: empty })
      const outputs = model(scope, inputs)
      specs = scope.specs
      scope.disposeKept()
      return outputs
    },
    inputSpecs(features, batch),
  )
  return specs
}
