import { AppError } from '../../shared/base/app-error.ts'
import { defined } from '../../shared/base/assert.ts'
import { SeededRandom } from '../../shared/base/seeded-random.ts'
import type { Executable, Executor, NamedTensors } from './executors/executor.ts'
import { sizeOf, type TensorData } from './graph.ts'
import { estimatePeakBytes, requireMemory } from './memory-estimate.ts'
import { discover, inputSpecs, type FeatureSpecs, type ModelFunction, type TensorMap } from './model-function.ts'
import { optimiserSlots, updateWeights, type Optimiser } from './optimisers.ts'
import { ParameterVector } from './parameter-vector.ts'
import { Scope, tensorsFrom, type MaskSpec, type ModelSpecs, type StateSpec } from './scope.ts'
import { tf } from './tensorflow-js.ts'
import { trace, type InputSpec } from './trace/trace.ts'

/** A loss or metric for each sample, [batch]. */
export type PerSample = (outputs: TensorMap, targets: TensorMap, inputs: TensorMap) => tf.Tensor1D

/** What a training program is made of. */
export interface TrainingProgramOptions {
  readonly model: ModelFunction
  readonly features: FeatureSpecs
  readonly targets: FeatureSpecs
  readonly loss: PerSample
  readonly metrics?: { readonly [name: string]: PerSample }
  readonly batch: number
  readonly optimiser: Optimiser
  /** Gradients longer than this are scaled down to it; null lets them be. */
  readonly clipNorm: number | null
  readonly seed: number
  readonly executor: Executor
  /** Also report the norm of the hidden state's gradient at every time step of every recurrent layer. */
  readonly stepNorms?: boolean
  /** Memory the program may take; by default what the machine has free. */
  readonly availableBytes?: number
}

/** One batch: features and targets by name, batch first and full; `weights` is 0 for padding, else the sample's weight. */
export interface Batch {
  readonly features: { readonly [name: string]: TensorData }
  readonly targets: { readonly [name: string]: TensorData }
  readonly weights: Float32Array
}

/** Figures of one step. */
export interface StepResult {
  readonly loss: number
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number
  readonly metrics: { readonly [name: string]: number }
  /** Norm of the gradient of each weight. */
  readonly parameterNorms: { readonly [name: string]: number }
  /** For each recurrent layer, the norm of the gradient at each time step, first step first. */
  readonly timeStepNorms: { readonly [layer: string]: readonly number[] }
}

/** Everything that a training needs to go on where it stopped. */
export interface TrainingState {
  readonly step: number
  readonly weights: Float32Array
  readonly slots: { readonly [name: string]: Float32Array }
  readonly states: { readonly [name: string]: Float32Array }
}

const floats = (values: Float32Array, shape: readonly number[] = [values.length]): TensorData => ({
  shape,
  dtype: 'float32',
  values,
})
const norm = (x: tf.Tensor): tf.Tensor => tf.sqrt(tf.sum(tf.square(x)))

/**
 * A whole training step as one compiled program: forward pass, back-propagation through time, clipping and the
 * optimiser's update. Weights and optimiser state live here between steps.
 */
export class TrainingProgram {
  readonly vector: ParameterVector
  private readonly options: TrainingProgramOptions
  private readonly specs: ModelSpecs
  private readonly executable: Executable
  private readonly layers: readonly string[]
  private state: TrainingState

  private constructor(
    options: TrainingProgramOptions,
    specs: ModelSpecs,
    vector: ParameterVector,
    executable: Executable,
    layers: readonly string[],
  ) {
    this.options = options
    this.specs = specs
    this.vector = vector
    this.executable = executable
    this.layers = layers
    const random = new SeededRandom(options.seed)
    const slots = Object.fromEntries(
      optimiserSlots(options.optimiser).map((name) => [name, new Float32Array(vector.size)]),
    )
    const states = Object.fromEntries(
      specs.states.map((spec) => [spec.name, spec.initialiser(spec.shape, random.fork(spec.name))]),
    )
    this.state = { step: 0, weights: vector.initialise(random), slots, states }
  }

  /** Traces, compiles and loads the program on the executor's device. */
  static async create(options: TrainingProgramOptions): Promise<TrainingProgram> {
    const specs = discover(options.model, options.features, options.batch, 'train')
    const vector = new ParameterVector(specs.parameters)
    if (vector.size === 0)
      throw new AppError('engine/no-weights', 'The model has no weights, so there is nothing to train.')
    const { graph, layers } = traceStep(options, specs, vector)
    requireMemory(graph, options.batch, options.availableBytes)
    return new TrainingProgram(options, specs, vector, await options.executor.prepare(graph), layers)
  }

  /** Trains on one batch. Weights stay as they were when the loss or a gradient is not a finite number. */
  async step(batch: Batch, learningRate: number): Promise<StepResult> {
    const { step, weights, slots, states } = this.state
    const number = step + 1
    const results = await this.runStep({
      ...prefixed('x:', batch.features),
      ...prefixed('y:', batch.targets),
      ...Object.fromEntries(Object.entries(slots).map(([name, values]) => [`slot:${name}`, floats(values)])),
      ...Object.fromEntries(
        this.specs.states.map((spec) => [
          `state:${spec.name}`,
          floats(defined(states[spec.name], 'every state has a value'), spec.shape),
        ]),
      ),
      ...drawMasks(this.specs.masks, this.options.seed, number),
      sampleWeights: floats(batch.weights),
      weights: floats(weights),
      learningRate: floats(new Float32Array([learningRate]), []),
      step: floats(new Float32Array([number]), []),
    })
    const read = (name: string): Float32Array =>
      defined(results[name], `the program yields ${name}`).values as Float32Array
    const parameterNorms = read('parameterNorms')
    const result: StepResult = {
      loss: read('loss')[0] ?? NaN,
      gradientNorm: read('gradientNorm')[0] ?? NaN,
      metrics: Object.fromEntries(
        Object.keys(this.options.metrics ?? {}).map((name) => [name, read(`metric:${name}`)[0] ?? NaN]),
      ),
      parameterNorms: Object.fromEntries(this.vector.slices.map((slice, i) => [slice.name, parameterNorms[i] ?? NaN])),
      timeStepNorms: Object.fromEntries(this.layers.map((layer) => [layer, [...read(`stepNorms:${layer}`)]])),
    }
    if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) throw notFinite(number, result)
    this.state = {
      step: number,
      weights: read('next:weights'),
      slots: Object.fromEntries(Object.keys(slots).map((name) => [name, read(`next:slot:${name}`)])),
      states: Object.fromEntries(
        this.specs.states.map(({ name }) => [
          name,
          results[`next:state:${name}`] ? read(`next:state:${name}`) : defined(states[name], 'every state has a value'),
        ]),
      ),
    }
    return result
  }

  private async runStep(feeds: NamedTensors): Promise<NamedTensors> {
    try {
      return await this.executable.run(feeds)
    } catch (error) {
      // ONNX Runtime reports a full memory only in words.
      if (!/allocat|out of memory|bad_alloc/i.test(error instanceof Error ? error.message : '')) throw error
      const { batch } = this.options
      throw new AppError(
        'compute/out-of-memory',
        `Memory ran out at a batch of ${batch}. Try ${Math.max(1, Math.floor(batch / 2))}, or close other programs.`,
        { batch, batchThatFits: Math.max(1, Math.floor(batch / 2)) },
        { cause: error },
      )
    }
  }

  /** A copy of all that changes from step to step. */
  snapshot(): TrainingState {
    const copy = (named: { readonly [name: string]: Float32Array }): { [name: string]: Float32Array } =>
      Object.fromEntries(Object.entries(named).map(([name, values]) => [name, values.slice()]))
    const { step, weights, slots, states } = this.state
    return { step, weights: weights.slice(), slots: copy(slots), states: copy(states) }
  }

  /** Goes on from a snapshot. @throws `engine/state-mismatch` when it belongs to another model or optimiser */
  restore(state: TrainingState): void {
    const fits =
      state.weights.length === this.vector.size &&
      optimiserSlots(this.options.optimiser).every((name) => state.slots[name]?.length === this.vector.size) &&
      this.specs.states.every((spec) => state.states[spec.name]?.length === sizeOf(spec.shape))
    if (!fits)
      throw new AppError(
        'engine/state-mismatch',
        'The saved training state belongs to another model or optimiser; start a new run, or resume with the options it was started with.',
      )
    this.state = state
  }

  /** Frees the device memory of the program. */
  async dispose(): Promise<void> {
    await this.executable.dispose()
  }
}

/** Weights of a program, and the memory one of its steps needs at its peak in bytes (an estimate); nothing is compiled. */
export function programCost(options: Omit<TrainingProgramOptions, 'executor'>): {
  parameters: number
  stepBytes: number
} {
  const specs = discover(options.model, options.features, options.batch, 'train')
  const vector = new ParameterVector(specs.parameters)
  return { parameters: vector.size, stepBytes: estimatePeakBytes(traceStep(options, specs, vector).graph) }
}

function traceStep(
  options: Omit<TrainingProgramOptions, 'executor'>,
  specs: ModelSpecs,
  vector: ParameterVector,
): { graph: ReturnType<typeof trace>; layers: string[] } {
  const { batch, model, optimiser } = options
  const scalar: Omit<InputSpec, 'name'> = { shape: [], dtype: 'float32' }
  const whole: Omit<InputSpec, 'name'> = { shape: [vector.size], dtype: 'float32' }
  const named = (prefix: string, list: readonly (MaskSpec | StateSpec)[]): InputSpec[] =>
    list.map(({ name, shape }) => ({ name: prefix + name, shape, dtype: 'float32' }))
  const inputs: InputSpec[] = [
    ...inputSpecs(options.features, batch, 'x:'),
    ...inputSpecs(options.targets, batch, 'y:'),
    { name: 'sampleWeights', shape: [batch], dtype: 'float32' },
    { name: 'weights', ...whole },
    ...optimiserSlots(optimiser).map((name) => ({ name: `slot:${name}`, ...whole })),
    ...named('state:', specs.states),
    ...named('mask:', specs.masks),
    { name: 'learningRate', ...scalar },
    { name: 'step', ...scalar },
  ]
  let layers: string[] = []
  const graph = trace((feeds) => {
    const feed = (name: string): tf.Tensor => defined(feeds[name], `${name} is among the inputs`)
    const features = unprefixed('x:', feeds)
    const targets = unprefixed('y:', feeds)
    const sampleWeights = feed('sampleWeights') as tf.Tensor1D
    const realSamples = tf.cast(tf.greater(sampleWeights, 0), 'float32') as tf.Tensor1D
    const leaves = vector.split(feed('weights') as tf.Tensor1D)
    const position = new Map(vector.slices.map((slice, i) => [slice.name, i]))
    const byName = (name: string): tf.Tensor | undefined =>
      name.startsWith('parameter:') ? leaves[position.get(name.slice(10)) ?? -1] : feeds[name]
    const scope = Scope.create('train', tensorsFrom(byName), realSamples)
    const kept: { [name: string]: tf.Tensor } = {}
    const weighted = (perSample: tf.Tensor1D): tf.Scalar =>
      tf.div(tf.sum(tf.mul(perSample, sampleWeights)), tf.maximum(tf.sum(sampleWeights), 1e-12))
    const { value: loss, grads } = tf.valueAndGrads(() => {
      const outputs = model(scope, features)
      for (const [name, metric] of Object.entries(options.metrics ?? {}))
        kept[`metric:${name}`] = tf.keep(weighted(metric(outputs, targets, features)))
      return weighted(options.loss(outputs, targets, features))
    })(leaves)
    const parameterNorms = tf.stack(grads.map(norm))
    const gradientNorm = norm(parameterNorms)
    const flat = tf.concat(grads.map((gradient) => tf.reshape(gradient, [-1]))) as tf.Tensor1D
    const clip = options.clipNorm
    const gradient =
      clip === null ? flat : (tf.mul(flat, tf.minimum(1, tf.div(clip, tf.add(gradientNorm, 1e-6)))) as tf.Tensor1D)
    const slots = Object.fromEntries(
      optimiserSlots(optimiser).map((name) => [name, feed(`slot:${name}`) as tf.Tensor1D]),
    )
    const updated = updateWeights(optimiser, {
      weights: feed('weights') as tf.Tensor1D,
      gradient,
      slots,
      decays: tf.tensor1d(vector.decays()),
      learningRate: feed('learningRate') as tf.Scalar,
      step: feed('step') as tf.Scalar,
    })
    layers = options.stepNorms ? [...scope.stepGradients.keys()] : []
    const stepNorms = layers.map((layer): [string, tf.Tensor] => [
      `stepNorms:${layer}`,
      tf.stack((scope.stepGradients.get(layer) ?? []).map(norm)),
    ])
    const nextStates = [...scope.nextStates].map(([name, tensor]): [string, tf.Tensor] => [
      `next:state:${name}`,
      tf.clone(tensor),
    ])
    const nextSlots = Object.entries(updated.slots).map(([name, tensor]): [string, tf.Tensor] => [
      `next:slot:${name}`,
      tensor,
    ])
    const metrics = Object.entries(kept).map(([name, tensor]): [string, tf.Tensor] => [name, tf.clone(tensor)])
    scope.disposeKept()
    for (const tensor of Object.values(kept)) tensor.dispose()
    return {
      loss,
      gradientNorm,
      parameterNorms,
      'next:weights': updated.weights,
      ...Object.fromEntries([...nextSlots, ...nextStates, ...metrics, ...stepNorms]),
    }
  }, inputs)
  return { graph, layers }
}

function prefixed(prefix: string, named: { readonly [name: string]: TensorData }): { [name: string]: TensorData } {
  return Object.fromEntries(Object.entries(named).map(([name, data]) => [prefix + name, data]))
}

function unprefixed(prefix: string, feeds: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(feeds)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  )
}

/** Dropout masks of one step: a stream of their own per step, so a resumed run draws the same ones. */
function drawMasks(masks: readonly MaskSpec[], seed: number, step: number): { [name: string]: TensorData } {
  const random = new SeededRandom(seed)
  return Object.fromEntries(
    masks.map(({ name, shape, rate }) => {
      const stream = random.fork(`${name}@${step}`)
      const [limit, scale] = [rate * 4294967296, 1 / (1 - rate)]
      const values = new Float32Array(sizeOf(shape))
      for (let i = 0; i < values.length; i++) values[i] = stream.nextUint32() < limit ? 0 : scale
      return [`mask:${name}`, floats(values, shape)]
    }),
  )
}

function notFinite(step: number, result: StepResult): AppError {
  const bad = Object.entries(result.parameterNorms).find(([, value]) => !Number.isFinite(value))?.[0]
  const where = bad ? `, first seen in the gradient of "${bad}"` : ''
  return new AppError(
    'training/not-finite',
    `The loss is no longer a finite number at step ${step}${where}. Lower the learning rate, clip gradients more strongly, or look for extreme input values.`,
    {
      step,
      loss: String(result.loss),
      layer: bad ?? null,
      gradientNorms: Object.fromEntries(
        Object.entries(result.parameterNorms).map(([name, value]) => [name, String(value)]),
      ),
    },
  )
}
