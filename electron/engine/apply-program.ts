import { defined } from '../../shared/base/assert.ts'
import type { Executable, Executor } from './executors/executor.ts'
import { sizeOf, type Graph, type TensorData } from './graph.ts'
import { discover, inputSpecs, type FeatureSpecs, type ModelFunction } from './model-function.ts'
import { ParameterVector } from './parameter-vector.ts'
import { Scope, tensorsFrom } from './scope.ts'
import { tf } from './tensorflow-js.ts'
import { trace } from './trace/trace.ts'

/** The trained numbers of a model: all weights in one vector, and its states by name. */
export interface TrainedNumbers {
  readonly weights: Float32Array
  readonly states: { readonly [name: string]: Float32Array }
}

/** A model as it is applied while it is being trained: its numbers are fed, so it is compiled once per run. */
export class ApplyProgram {
  readonly batch: number
  private readonly executable: Executable
  private readonly features: FeatureSpecs
  private readonly stateShapes: ReadonlyMap<string, readonly number[]>

  private constructor(
    batch: number,
    features: FeatureSpecs,
    executable: Executable,
    stateShapes: ReadonlyMap<string, readonly number[]>,
  ) {
    this.batch = batch
    this.features = features
    this.executable = executable
    this.stateShapes = stateShapes
  }

  /** Compiles the model for batches of one size. */
  static async create(
    model: ModelFunction,
    features: FeatureSpecs,
    batch: number,
    executor: Executor,
  ): Promise<ApplyProgram> {
    const specs = discover(model, features, batch, 'predict')
    const vector = new ParameterVector(specs.parameters)
    const inputs = [
      ...inputSpecs(features, batch),
      { name: 'weights', shape: [vector.size], dtype: 'float32' as const },
      ...specs.states.map(({ name, shape }) => ({ name: `state:${name}`, shape, dtype: 'float32' as const })),
    ]
    const graph = trace((feeds) => {
      const leaves = vector.split(defined(feeds.weights, 'among the inputs') as tf.Tensor1D)
      const byName = new Map(vector.slices.map((slice, i) => [`parameter:${slice.name}`, leaves[i]]))
      return model(
        Scope.create(
          'predict',
          tensorsFrom((name) => byName.get(name) ?? feeds[name]),
        ),
        feeds,
      )
    }, inputs)
    const stateShapes = new Map(specs.states.map(({ name, shape }) => [name, shape]))
    return new ApplyProgram(batch, features, await executor.prepare(graph), stateShapes)
  }

  /**
   * Applies the model to any number of samples, batch by batch; the last one is padded and the padding cut off again.
   * @param inputs features by name, [count, ...]
   * @returns outputs by name, [count, ...]
   */
  async run(
    numbers: TrainedNumbers,
    inputs: { readonly [name: string]: Float32Array },
    count: number,
  ): Promise<{ [name: string]: Float32Array }> {
    const states = Object.fromEntries(
      [...this.stateShapes].map(([name, shape]): [string, TensorData] => [
        `state:${name}`,
        { shape, dtype: 'float32', values: defined(numbers.states[name], 'every state has a value') },
      ]),
    )
    const weights: TensorData = { shape: [numbers.weights.length], dtype: 'float32', values: numbers.weights }
    const outputs: { [name: string]: Float32Array } = {}
    for (let start = 0; start < count; start += this.batch) {
      const rows = Math.min(this.batch, count - start)
      const feeds = Object.fromEntries(
        Object.entries(this.features).map(([name, { shape }]): [string, TensorData] => {
          const row = sizeOf(shape)
          const values = new Float32Array(this.batch * row)
          values.set(defined(inputs[name], `${name} is a feature`).subarray(start * row, (start + rows) * row))
          return [name, { shape: [this.batch, ...shape], dtype: 'float32', values }]
        }),
      )
      const results = await this.executable.run({ ...feeds, ...states, weights })
      for (const [name, { values }] of Object.entries(results)) {
        const row = values.length / this.batch
        outputs[name] ??= new Float32Array(count * row)
        outputs[name].set((values as Float32Array).subarray(0, rows * row), start * row)
      }
    }
    return outputs
  }

  /** Frees the program's memory. */
  async dispose(): Promise<void> {
    await this.executable.dispose()
  }
}

/** The graph of a model with its numbers built in, for one batch size. */
export function traceTrained(
  model: ModelFunction,
  features: FeatureSpecs,
  batch: number,
  numbers: TrainedNumbers,
): Graph {
  const specs = discover(model, features, batch, 'predict')
  const named = new ParameterVector(specs.parameters).toNamed(numbers.weights)
  const states = new Map(specs.states.map(({ name, shape }) => [name, shape]))
  return trace(
    (feeds) => {
      const constant = (name: string): tf.Tensor => {
        const kind = name.slice(0, name.indexOf(':'))
        const rest = name.slice(kind.length + 1)
        if (kind === 'state')
          return tf.tensor(defined(numbers.states[rest], 'every state has a value'), [...(states.get(rest) ?? [])])
        const data = defined(named.get(rest), 'every weight has a value')
        return tf.tensor(data.values, [...data.shape])
      }
      return model(Scope.create('predict', tensorsFrom(constant)), feeds)
    },
    inputSpecs(features, batch),
  )
}
