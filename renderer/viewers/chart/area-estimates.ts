import { z } from 'zod'
import type { Prediction } from '../../../shared/contracts/inference.ts'

const estimateSchema = z.object({
  value: z.number().nullable(),
  standardError: z.number().nullable(),
  interval95: z.tuple([z.number(), z.number()]).nullable(),
})
const areaAccuracySchema = z.object({
  perClass: z.record(
    z.string(),
    z.object({
      adjustedArea: estimateSchema,
      // Absent from predictions of older versions.
      areaInterval95: z.tuple([z.number(), z.number()]).optional(),
    }),
  ),
})

/** One class of one map: what was counted, and what it says about the ground once the map's errors are taken into account. */
export interface AreaRow {
  readonly label: string
  readonly colour: string
  readonly pixels: number
  readonly hectares: number | null
  /** Area corrected for the errors the test samples show, and its 95 % interval; null where that cannot be said honestly. */
  readonly adjusted: number | null
  readonly interval: readonly [number, number] | null
}

/** The areas of one map of a prediction, in the order of its legend. */
export function areaRows(prediction: Prediction, map: string): AreaRow[] {
  const counted = prediction.areas.find((one) => one.map === map)?.perClass ?? {}
  const estimate = areaAccuracySchema.safeParse(prediction.estimatedAreas.find((one) => one.map === map)?.estimate).data
  return prediction.legend.map(({ label, colour }) => {
    const adjusted = estimate?.perClass[label]?.adjustedArea
    return {
      label,
      colour,
      pixels: counted[label]?.pixels ?? 0,
      hectares: counted[label]?.hectares ?? null,
      adjusted: adjusted?.value ?? null,
      interval: estimate?.perClass[label]?.areaInterval95 ?? plainInterval(adjusted?.interval95),
    }
  })
}

/** Value ± 1.96 standard errors; null where it has no width, which claims a certainty that no sample gives. */
function plainInterval(bounds: readonly [number, number] | null | undefined): [number, number] | null {
  return bounds && bounds[1] > bounds[0] ? [Math.max(0, bounds[0]), bounds[1]] : null
}

/** A Sankey diagram's nodes and links of one change table; the two dates are told apart by a prefix in the node's name. */
export function changeFlows(table: Prediction['changes'][number]): {
  readonly nodes: readonly { readonly name: string; readonly label: string; readonly side: 'from' | 'to' }[]
  readonly links: readonly { readonly source: string; readonly target: string; readonly value: number }[]
} {
  const values = table.hectares ?? table.pixels
  const links = table.classes.flatMap((from, a) =>
    table.classes.flatMap((to, b) => {
      const value = values[a]?.[b] ?? 0
      return value > 0 ? [{ source: `from:${from}`, target: `to:${to}`, value }] : []
    }),
  )
  const used = new Set(links.flatMap(({ source, target }) => [source, target]))
  const nodes = (['from', 'to'] as const).flatMap((side) =>
    table.classes.map((label) => ({ name: `${side}:${label}`, label, side })).filter(({ name }) => used.has(name)),
  )
  return { nodes, links }
}
