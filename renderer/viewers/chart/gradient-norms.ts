import { z } from 'zod'
import type { EpochRecord } from '../../../shared/domain/run.ts'

const normsSchema = z.record(z.string(), z.number())
const stepsSchema = z.record(z.string(), z.array(z.number()))

/** The gradient at every step of one layer, first step first, at the end of one epoch. */
export interface StepNorms {
  readonly epoch: number
  readonly norms: readonly number[]
}

/** Size of the gradient of each layer's weights over the epochs, `[epoch, norm]`, by layer in the order of the network. */
export function layerNorms(epochs: readonly EpochRecord[]): Map<string, [number, number][]> {
  const layers = new Map<string, [number, number][]>()
  for (const record of epochs) {
    const squares = new Map<string, number>()
    for (const [name, norm] of Object.entries(normsSchema.safeParse(record['parameterNorms']).data ?? {})) {
      const layer = name.split('/').slice(0, -1).join('/') || name
      squares.set(layer, (squares.get(layer) ?? 0) + norm ** 2)
    }
    // A logarithmic axis has no zero.
    for (const [layer, square] of squares)
      if (square > 0) layers.set(layer, [...(layers.get(layer) ?? []), [record.epoch, Math.sqrt(square)]])
  }
  return layers
}

/** The gradient at every step of every recurrent layer, over the epochs; empty when it was not recorded. */
export function stepNorms(epochs: readonly EpochRecord[]): Map<string, StepNorms[]> {
  const layers = new Map<string, StepNorms[]>()
  for (const record of epochs)
    for (const [layer, norms] of Object.entries(stepsSchema.safeParse(record['timeStepNorms']).data ?? {}))
      layers.set(layer, [...(layers.get(layer) ?? []), { epoch: record.epoch, norms }])
  // Gradients come from the classes back to the input; people count layers the other way.
  return new Map([...layers].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })))
}

/** Shares of the last step's signal below which it counts as vanished on its way to the first, and above which as exploded. */
const [vanished, exploded] = [0.01, 10]

/** How much of the signal at the last step reaches the first, after the latest epoch; null where nothing was recorded. */
export function gradientReach(
  steps: readonly StepNorms[],
): { readonly share: number; readonly kind: 'vanishing' | 'exploding' | 'healthy' } | null {
  const norms = steps.at(-1)?.norms ?? []
  const [first, last] = [norms[0], norms.at(-1)]
  if (first === undefined || last === undefined || norms.length < 2 || !(last > 0)) return null
  const share = first / last
  return { share, kind: share < vanished ? 'vanishing' : share > exploded ? 'exploding' : 'healthy' }
}
