import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import type { FitState } from '../../engine/fit.ts'
import type { Checkpoint } from '../../store/checkpoint.ts'
import type { StoredTensor, TensorGroups } from '../../store/tensor-container.ts'

const numbers = z.record(z.string(), z.number())
const epochSchema = z.object({
  epoch: z.number(),
  loss: z.number(),
  metrics: numbers,
  validation: z.object({ loss: z.number(), metrics: numbers }).nullable(),
  learningRate: z.number(),
  gradientNorm: z.number(),
  parameterNorms: numbers,
  timeStepNorms: z.record(z.string(), z.array(z.number())),
  seconds: z.number(),
})
const fitSchema = z.object({
  epoch: z.number(),
  position: z.number(),
  sums: numbers,
  step: z.number(),
  best: z.object({ epoch: z.number(), loss: z.number() }).nullable(),
  history: z.array(epochSchema),
  secondsBefore: z.number(),
})
const stateSchema = z.object({
  /** What must be the same for the run to go on: request, data and versions, as one text. */
  fingerprint: z.string(),
  /** Which of several trainings is under way (`fold 2`, `final`). */
  stage: z.string(),
  /** Results of the trainings that are done. */
  done: z.record(z.string(), z.unknown()),
  fit: fitSchema.nullable(),
})

/** A run of one or more trainings, as it is kept in a checkpoint. */
export interface RunState {
  readonly fingerprint: string
  readonly stage: string
  readonly done: { readonly [stage: string]: unknown }
  readonly fit: FitState | null
}

const vector = (values: Float32Array): StoredTensor => ({ shape: [values.length], dtype: 'float32', values })
const group = (named: { readonly [name: string]: Float32Array }): { [name: string]: StoredTensor } =>
  Object.fromEntries(Object.entries(named).map(([name, values]) => [name, vector(values)]))
const ungroup = (tensors: { readonly [name: string]: StoredTensor } | undefined): { [name: string]: Float32Array } =>
  Object.fromEntries(Object.entries(tensors ?? {}).map(([name, tensor]) => [name, Float32Array.from(tensor.values)]))

/** A run in the form the store keeps. */
export function toCheckpoint(run: RunState): Checkpoint {
  const { fit } = run
  const tensors: { [name: string]: TensorGroups[string] } = {}
  if (fit) {
    tensors.weights = { now: vector(fit.training.weights), ...(fit.best ? { best: vector(fit.best.weights) } : {}) }
    tensors.slots = group(fit.training.slots)
    tensors.states = group(fit.training.states)
    if (fit.best) tensors.bestStates = group(fit.best.states)
  }
  const plain = fit && {
    epoch: fit.epoch,
    position: fit.position,
    sums: fit.sums,
    step: fit.training.step,
    best: fit.best && { epoch: fit.best.epoch, loss: fit.best.loss },
    history: fit.history,
    secondsBefore: fit.secondsBefore,
  }
  return { state: { fingerprint: run.fingerprint, stage: run.stage, done: run.done, fit: plain }, tensors }
}

/**
 * The run in a checkpoint.
 * @throws `training/resume-differs` when it was started with other options or data, `model/damaged`
 */
export function fromCheckpoint(checkpoint: Checkpoint, fingerprint: string): RunState {
  const parsed = stateSchema.safeParse(checkpoint.state)
  if (!parsed.success)
    throw new AppError(
      'model/damaged',
      'The checkpoint does not hold the state of a training; start the run anew in an empty folder.',
    )
  const { fit, ...run } = parsed.data
  if (run.fingerprint !== fingerprint)
    throw new AppError(
      'training/resume-differs',
      'The run in this folder was started with other data, options, seed or program version; resume it with the same ones, or train into a new folder.',
    )
  const { weights, slots, states, bestStates } = checkpoint.tensors
  const now = weights?.now
  if (!fit || !now) return { ...run, fit: null }
  const best =
    fit.best && weights.best
      ? { ...fit.best, weights: Float32Array.from(weights.best.values), states: ungroup(bestStates) }
      : null
  const training = {
    step: fit.step,
    weights: Float32Array.from(now.values),
    slots: ungroup(slots),
    states: ungroup(states),
  }
  return {
    ...run,
    fit: {
      epoch: fit.epoch,
      position: fit.position,
      sums: fit.sums,
      history: fit.history,
      secondsBefore: fit.secondsBefore,
      training,
      best,
    },
  }
}
