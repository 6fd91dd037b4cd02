import { AppError } from '../../shared/base/app-error.ts'
import { defined } from '../../shared/base/assert.ts'
import type { Initialiser } from './initialisers.ts'
import { tf } from './tensorflow-js.ts'

/** A trainable weight. Weight decay applies to matrices and filters, not to biases and scales. */
export interface ParameterSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly initialiser: Initialiser
  readonly decays: boolean
}

/** Numbers a model keeps from step to step without gradients (moving averages). */
export interface StateSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly initialiser: Initialiser
}

/** A dropout mask that is drawn outside the program: 0 with probability `rate`, else 1 / (1 - rate). */
export interface MaskSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly rate: number
}

/** Everything a model asks of its scope, in the order of asking. */
export interface ModelSpecs {
  readonly parameters: readonly ParameterSpec[]
  readonly states: readonly StateSpec[]
  readonly masks: readonly MaskSpec[]
}

/** Whether a model is being trained (dropout acts, moving averages are updated) or only applied. */
export type Mode = 'train' | 'predict'

/** Gives the tensor that stands for a weight, state or mask while the model is traced. */
export interface ScopeTensors {
  parameter(spec: ParameterSpec): tf.Tensor
  state(spec: StateSpec): tf.Tensor
  mask(spec: MaskSpec): tf.Tensor
}

interface Shared {
  readonly mode: Mode
  readonly tensors: ScopeTensors
  readonly names: Set<string>
  readonly specs: { parameters: ParameterSpec[]; states: StateSpec[]; masks: MaskSpec[] }
  readonly nextStates: Map<string, tf.Tensor>
  readonly stepGradients: Map<string, readonly tf.Tensor[]>
  readonly batchMask: tf.Tensor1D | undefined
}

/**
 * Where a model gets its weights from. A model is one function of a scope and its inputs: it asks for each weight by
 * name, and the same function serves to list the weights, to train and to predict.
 */
export class Scope {
  private readonly prefix: string
  private readonly shared: Shared

  private constructor(prefix: string, shared: Shared) {
    this.prefix = prefix
    this.shared = shared
  }

  /**
   * A scope for one trace.
   * @param batchMask [batch], 1 for real samples and 0 for the padding of a short last batch
   */
  static create(mode: Mode, tensors: ScopeTensors, batchMask?: tf.Tensor1D): Scope {
    const specs = { parameters: [], states: [], masks: [] }
    return new Scope('', {
      mode,
      tensors,
      names: new Set(),
      specs,
      nextStates: new Map(),
      stepGradients: new Map(),
      batchMask,
    })
  }

  get mode(): Mode {
    return this.shared.mode
  }
  /** 1 for real samples, 0 for padding, [batch]; absent when every sample is real. */
  get batchMask(): tf.Tensor1D | undefined {
    return this.shared.batchMask
  }
  get specs(): ModelSpecs {
    return this.shared.specs
  }
  /** States with the values that training gave them in this step, by name. */
  get nextStates(): ReadonlyMap<string, tf.Tensor> {
    return this.shared.nextStates
  }
  /** Gradients with respect to the hidden state of each time step, by layer, when the model reported them. */
  get stepGradients(): ReadonlyMap<string, readonly tf.Tensor[]> {
    return this.shared.stepGradients
  }

  /** A scope whose names start with `name/`, for one layer or block. */
  child(name: string): Scope {
    return new Scope(`${this.prefix}${name}/`, this.shared)
  }

  /** A trainable weight. @throws `engine/duplicate-name` when the name is taken */
  parameter(
    name: string,
    shape: readonly number[],
    initialiser: Initialiser,
    options: { decays?: boolean } = {},
  ): tf.Tensor {
    const spec = { name: this.claim(name), shape, initialiser, decays: options.decays ?? shape.length > 1 }
    this.shared.specs.parameters.push(spec)
    return this.shared.tensors.parameter(spec)
  }

  /** A number the model keeps between steps. */
  state(name: string, shape: readonly number[], initialiser: Initialiser): tf.Tensor {
    const spec = { name: this.claim(name), shape, initialiser }
    this.shared.specs.states.push(spec)
    return this.shared.tensors.state(spec)
  }

  /** Gives a state its value for the next step; has no effect on this one. */
  setState(name: string, value: tf.Tensor): void {
    this.shared.nextStates.set(this.prefix + name, tf.keep(value))
  }

  /** Sets a random share of the elements to zero and scales the others up; does nothing when predicting. */
  dropout<T extends tf.Tensor>(name: string, x: T, rate: number): T {
    if (this.mode === 'predict' || rate === 0) return x
    const spec = { name: this.claim(name), shape: x.shape, rate }
    this.shared.specs.masks.push(spec)
    return tf.mul(x, this.shared.tensors.mask(spec))
  }

  /** Receives the gradients of a recurrent layer's hidden states, for the per-step norms. */
  observeSteps = (gradientPerStep: readonly tf.Tensor[]): void => {
    this.shared.stepGradients.set(
      this.prefix.replace(/\/$/, ''),
      gradientPerStep.map((gradient) => tf.keep(gradient)),
    )
  }

  /** Frees the tensors that outlived the trace's own scopes. */
  disposeKept(): void {
    for (const tensor of this.shared.nextStates.values()) tensor.dispose()
    for (const steps of this.shared.stepGradients.values()) for (const tensor of steps) tensor.dispose()
  }

  private claim(name: string): string {
    const full = this.prefix + name
    if (this.shared.names.has(full))
      throw new AppError(
        'engine/duplicate-name',
        `The model asks twice for "${full}"; each weight and each dropout needs a name of its own.`,
        { name: full },
      )
    this.shared.names.add(full)
    return full
  }
}

/** Tensors taken from what a trace was fed with, under `parameter:`, `state:` and `mask:` names. */
export function tensorsFrom(lookup: (name: string) => tf.Tensor | undefined): ScopeTensors {
  const take = (name: string): tf.Tensor => defined(lookup(name), `${name} was listed before the trace`)
  return {
    parameter: ({ name }) => take(`parameter:${name}`),
    state: ({ name }) => take(`state:${name}`),
    mask: ({ name }) => take(`mask:${name}`),
  }
}
