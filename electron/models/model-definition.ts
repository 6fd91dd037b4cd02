import type { z } from 'zod'
import type { ModelFunction } from '../engine/model-function.ts'

/** What a model must produce. */
export interface ModelTarget {
  /** Number of classes; the model's output is named `logits`. */
  readonly classes: number
}

/**
 * One model of the zoo. `build` returns a function of a scope and of the input `x`; its output `logits` holds
 * unnormalised class scores. `options` are read from `--set` and from the application's forms by `optionsSchema`.
 */
export interface ModelDefinition<Options = unknown, Target = ModelTarget> {
  readonly id: string
  /** One plain sentence that tells a person when to choose this model. */
  readonly summary: string
  readonly optionsSchema: z.ZodType<Options>
  /** Training settings that suit this model better than the task's own defaults. */
  readonly training?: { readonly learningRate?: number; readonly labelSmoothing?: number }
  build(options: Options, target: Target): ModelFunction
}

/** How far a predictor of frames looks ahead. */
export interface FrameTarget {
  /** Number of frames to predict. */
  readonly horizon: number
}

/**
 * A model that continues a sequence of frames: from `x` [batch, time, height, width, channels] in [0, 1] to `frames`
 * [batch, horizon, height, width, channels]. While it is trained it may be given `truth` and `teach` (`predictor-program.ts`)
 * and also yields `known`, its predictions of the second and later frames of `x`.
 */
export type FramePredictor = ModelDefinition<unknown, FrameTarget>

/** A model that gives a clip `x` [batch, time, height, width, channels] one class: unnormalised scores `logits` [batch, classes]. */
export type ClipClassifier = ModelDefinition

/** Keeps the options' type between a definition's schema and its `build`. */
export function defineModel<Options, Target = ModelTarget>(
  definition: ModelDefinition<Options, Target>,
): ModelDefinition<Options, Target> {
  return definition
}
