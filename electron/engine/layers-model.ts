import type * as tfl from '@tensorflow/tfjs-layers'
import { AppError } from '../../shared/base/app-error.ts'
import { defined } from '../../shared/base/assert.ts'
import type { TensorData } from './graph.ts'
import { layersOf, patchLayers } from './layers-model-patches.ts'
import type { ModelFunction } from './model-function.ts'
import type { Mode } from './scope.ts'
import { tf } from './tensorflow-js.ts'
import { trace, type InputSpec } from './trace/trace.ts'

/** Random numbers that a layer needs in one training step; they are drawn outside and fed. */
export interface RandomSpec {
  readonly name: string
  readonly shape: readonly number[]
  /** `dropout`: 0 with probability `rate`, else 1 / (1 - rate). `normal`: standard normal numbers. */
  readonly distribution: 'dropout' | 'normal'
  readonly rate?: number
}

/** A weight of a tf.layers model, or a number it keeps from step to step, with its present values. */
export interface LayersValue extends TensorData {
  readonly name: string
}

/** What stands for the weights, states and random numbers of a tf.layers model while it is applied. */
export interface LayersContext {
  readonly mode: Mode
  /** A trainable weight. */
  weight(name: string, shape: readonly number[]): tf.Tensor
  /** A moving average, a frozen weight, or the state of a stateful recurrent layer. */
  state(name: string, shape: readonly number[]): tf.Tensor
  /** The value of a state for the next step. */
  setState(name: string, value: tf.Tensor): void
  random(spec: RandomSpec): tf.Tensor
}

/** Everything a tf.layers model has to be fed with besides its inputs, in a fixed order. */
export interface LayersModelSpecs {
  readonly weights: readonly LayersValue[]
  readonly states: readonly LayersValue[]
  readonly randoms: readonly RandomSpec[]
}

/**
 * Applies a tf.layers model without touching its own variables: weights and states are what the context gives, changes
 * of states go back to it, and random numbers come from it. It can be traced and differentiated, and has no side effect.
 * @returns the model's outputs, in the model's order
 */
export function applyLayersModel(
  model: tfl.LayersModel,
  context: LayersContext,
  inputs: readonly tf.Tensor[],
): tf.Tensor[] {
  const restore = patchLayers(model, context)
  try {
    const training = context.mode === 'train'
    const given = inputs.length === 1 ? defined(inputs[0], 'there is one input') : [...inputs]
    return [model.apply(given, { training }) as tf.Tensor | tf.Tensor[]].flat()
  } finally {
    restore()
  }
}

/**
 * Weights, states and random numbers of a tf.layers model for inputs of these shapes, found by applying it once to
 * symbols; names depend only on the model's structure.
 */
export function layersModelSpecs(model: tfl.LayersModel, inputs: readonly InputSpec[], mode: Mode): LayersModelSpecs {
  const values = new Map(layersOf(model).flatMap(({ values: own }) => [...own]))
  const read = (name: string, shape: readonly number[]): LayersValue => {
    const tensor = defined(values.get(name), `${name} is a value of the model`)
    return { name, shape, dtype: 'float32', values: Float32Array.from(tensor.dataSync()) }
  }
  const weights: LayersValue[] = []
  const states: LayersValue[] = []
  const randoms: RandomSpec[] = []
  trace((feeds) => {
    const empty = (shape: readonly number[]): tf.Tensor => tf.zeros([...shape])
    const context: LayersContext = {
      mode,
      weight: (name, shape) => (weights.push(read(name, shape)), empty(shape)),
      state: (name, shape) => (states.push(read(name, shape)), empty(shape)),
      setState: () => undefined,
      random: (spec) => (randoms.push(spec), empty(spec.shape)),
    }
    const outputs = applyLayersModel(model, context, Object.values(feeds))
    return Object.fromEntries(outputs.map((output, i) => [`output${i}`, output]))
  }, inputs)
  return { weights, states, randoms }
}

/**
 * A tf.layers model as a model function of the engine, so that the training program can train it. Its inputs are taken
 * in the order given; the outputs are named `output`, or `output0`, `output1`, ... when there are several. The first
 * weights are the model's present ones.
 * @throws `engine/unsupported` while it is traced, for layers that need normally distributed noise (GaussianNoise,
 *   GaussianDropout), which training programs do not feed
 */
export function layersModelFunction(model: tfl.LayersModel): ModelFunction {
  return (scope, inputs) => {
    const values = new Map(layersOf(model).flatMap(({ values: own }) => [...own]))
    const present = (name: string) => (): Float32Array =>
      Float32Array.from(defined(values.get(name), `${name} is a value of the model`).dataSync())
    const outputs = applyLayersModel(
      model,
      {
        mode: scope.mode,
        weight: (name, shape) => scope.parameter(name, shape, present(name)),
        state: (name, shape) => scope.state(name, shape, present(name)),
        setState: (name, value) => scope.setState(name, value),
        random: ({ name, shape, distribution, rate }) => {
          if (distribution === 'dropout') return scope.dropout(name, tf.ones([...shape]), rate ?? 0)
          throw new AppError(
            'engine/unsupported',
            `The layer of "${name}" adds normally distributed noise, which training programs do not feed; use dropout.`,
            { name },
          )
        },
      },
      Object.values(inputs),
    )
    return Object.fromEntries(outputs.map((output, i) => [outputs.length === 1 ? 'output' : `output${i}`, output]))
  }
}
