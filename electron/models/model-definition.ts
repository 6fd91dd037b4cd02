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
export interface ModelDefinition<Options = unknown> {
  readonly id: string
  /** One plain sentence that tells a person when to choose this model. */
  readonly summary: string
  readonly optionsSchema: z.ZodType<Options>
  /** Training settings that suit this model better than the task's own defaults. */
  readonly training?: { readonly learningRate?: number; readonly labelSmoothing?: number }
  build(options: Options, target: ModelTarget): ModelFunction
}

/** Keeps the options' type between a definition's schema and its `build`. */
export function defineModel<Options>(definition: ModelDefinition<Options>): ModelDefinition<Options> {
  return definition
}
