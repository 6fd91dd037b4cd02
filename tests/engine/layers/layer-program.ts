import * as tfl from '@tensorflow/tfjs-layers'
import type { NamedTensors } from '../../../electron/engine/executors/executor.ts'
import type { TensorData, TensorValues } from '../../../electron/engine/graph.ts'
import { applyLayersModel, layersModelSpecs, type LayersModelSpecs } from '../../../electron/engine/layers-model.ts'
import type { Mode } from '../../../electron/engine/scope.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import type { InputSpec } from '../../../electron/engine/trace/trace.ts'
import { floats, integers, randomNumbers } from '../random-tensor.ts'
import type { LayerModel } from './layer-models.ts'

type Tensors = { readonly [name: string]: tf.Tensor }

/** A model made of a table's layers, with weights that are the same in every run. */
export function buildModel(given: LayerModel, batchInputShape?: number[]): tfl.LayersModel {
  const [, ...shape] = given.input
  const input = tfl.input(batchInputShape ? { batchShape: batchInputShape } : { shape })
  const output = given.make().reduce<tfl.SymbolicTensor>((x, layer) => layer.apply(x) as tfl.SymbolicTensor, input)
  return seedWeights(tfl.model({ inputs: input, outputs: output }))
}

/** Sets all weights to numbers of a fixed sequence; variances stay positive. */
export function seedWeights(model: tfl.LayersModel): tfl.LayersModel {
  model.setWeights(
    model.weights.map((weight, i) => {
      const positive = /variance/.test(weight.name)
      return tf.tensor(
        floats(weight.shape as number[], positive ? 0.5 : -0.6, positive ? 1.5 : 0.7)(31 + i).values,
        weight.shape as number[],
      )
    }),
  )
  return model
}

/** A program that applies a model, with gradients of a weighted sum of its output when it trains. */
export interface LayerProgram {
  readonly specs: InputSpec[]
  readonly feeds: NamedTensors
  readonly modelSpecs: LayersModelSpecs
  readonly program: (inputs: Tensors) => Tensors
}

function randomFeed(spec: LayersModelSpecs['randoms'][number], seed: number): TensorData {
  const next = randomNumbers(seed)
  const rate = spec.rate ?? 0
  const draw = (): number =>
    spec.distribution === 'normal' ? next() + next() + next() - 1.5 : next() < rate ? 0 : 1 / (1 - rate)
  const length = spec.shape.reduce((a, b) => a * b, 1)
  return { shape: spec.shape, dtype: 'float32', values: Float32Array.from({ length }, draw) }
}

/** What the model is fed with: an input with one zero step (for masks), weights, states, and random numbers of a seed. */
function feedsOf(given: LayerModel, modelSpecs: LayersModelSpecs, randomSeed: number): { [name: string]: TensorData } {
  const x = given.vocabulary === undefined ? floats(given.input)(5) : integers(given.input, 0, given.vocabulary)(5)
  if (given.title.startsWith('masked')) x.values.fill(0, 6, 9)
  const named = [...modelSpecs.weights, ...modelSpecs.states].map((value): [string, TensorData] => [value.name, value])
  const random = modelSpecs.randoms.map((spec, i): [string, TensorData] => [
    spec.name,
    randomFeed(spec, randomSeed + i),
  ])
  return { x, ...Object.fromEntries([...named, ...random]) }
}

/** Prepares a model for one mode. */
export function layerProgram(given: LayerModel, model: tfl.LayersModel, mode: Mode, randomSeed = 200): LayerProgram {
  const dtype = given.vocabulary === undefined ? 'float32' : 'int32'
  const modelSpecs = layersModelSpecs(model, [{ name: 'x', shape: given.input, dtype }], mode)
  const feeds = feedsOf(given, modelSpecs, randomSeed)
  const outputShape = tf.tidy(() => run(model, mode, toTensors(feeds), new Map()).shape)
  feeds['outputWeights'] = floats(outputShape, -0.8, 1.2)(77)
  const names = [...modelSpecs.weights.map(({ name }) => name), ...(given.vocabulary === undefined ? ['x'] : [])]
  const program = (inputs: Tensors): Tensors => {
    const states = new Map<string, tf.Tensor>()
    const results: { [name: string]: tf.Tensor } = { output: run(model, mode, inputs, states) }
    for (const [name, value] of states) results[`next ${name}`] = value
    if (mode === 'predict') return results
    const loss = (...values: tf.Tensor[]): tf.Scalar => {
      const varied = { ...inputs, ...Object.fromEntries(names.map((name, i) => [name, values[i] as tf.Tensor])) }
      return tf.sum(tf.mul(run(model, mode, varied, new Map()), inputs['outputWeights'] as tf.Tensor))
    }
    const gradients = tf.grads(loss)(names.map((name) => inputs[name] as tf.Tensor))
    names.forEach((name, i) => (results[`gradient ${name}`] = gradients[i] as tf.Tensor))
    return results
  }
  const specs = Object.entries(feeds).map(([name, { shape, dtype: type }]): InputSpec => ({ name, shape, dtype: type }))
  return { specs, feeds, modelSpecs, program }
}

function run(model: tfl.LayersModel, mode: Mode, inputs: Tensors, states: Map<string, tf.Tensor>): tf.Tensor {
  const take = (name: string): tf.Tensor => inputs[name] as tf.Tensor
  const context = {
    mode,
    weight: take,
    state: take,
    setState: (name: string, value: tf.Tensor) => void states.set(name, value),
    random: ({ name }: { name: string }) => take(name),
  }
  return applyLayersModel(model, context, [take('x')])[0] as tf.Tensor
}

function toTensors(data: NamedTensors): Tensors {
  return Object.fromEntries(
    Object.entries(data).map(([name, { values, shape, dtype }]) => [name, tf.tensor(values, [...shape], dtype)]),
  )
}

/** The program's results when TF.js computes it directly. */
export function runEagerly(program: (inputs: Tensors) => Tensors, feeds: NamedTensors): NamedTensors {
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(program(toTensors(feeds))).map(([name, t]) => [
        name,
        { shape: t.shape, dtype: t.dtype as TensorData['dtype'], values: t.dataSync().slice() as TensorValues },
      ]),
    ),
  )
}
