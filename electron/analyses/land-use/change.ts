import { throwIfAborted } from '../../../shared/base/abort.ts'
import { assert } from '../../../shared/base/assert.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import type { PixelWindow } from '../../formats/sequence-reader.ts'
import { createPixelArea, squareMetresPerHectare } from './pixel-area.ts'
import { windowsOf } from './windows.ts'

/** A class map read by window: 0 is "no data", k is the class `classes[k - 1]`. */
export interface ClassMap {
  /** Name of the season or date, for tables. */
  readonly label: string
  /** Class values of a window, [row, column]. */
  readWindow(window: PixelWindow, signal?: AbortSignal): Promise<ArrayLike<number>>
}

/** How much of each class there is on one map. */
export interface MapSummary {
  readonly map: string
  readonly perClass: Readonly<Record<string, { readonly pixels: number; readonly hectares: number | null }>>
  /** Pixels without data. */
  readonly nodataPixels: number
}

/** What was which class on one map and is which on another; `pixels[from][to]`, both in the order of `classes`. */
export interface ChangeTable {
  readonly from: string
  readonly to: string
  readonly classes: readonly string[]
  readonly pixels: readonly (readonly number[])[]
  /** By true pixel area; null when the maps are not georeferenced. */
  readonly hectares: readonly (readonly number[])[] | null
  /** Pixels without data on either map, which the tables leave out. */
  readonly nodataPixels: number
}

/**
 * Areas of the pixels of a window in hectares, [row, column]; null for a grid without a projection.
 * @throws `geo/unknown-crs`, `geo/no-area`
 */
export function areaReader(grid: GeoGrid): (window: PixelWindow) => Float64Array | null {
  if (grid.crs === null && !grid.projection) return () => null
  const pixelArea = createPixelArea(grid)
  return ({ row, column, height, width }) => {
    const areas = new Float64Array(height * width)
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c++) areas[r * width + c] = pixelArea(column + c, row + r) / squareMetresPerHectare
    return areas
  }
}

/** Collects a change table window by window. */
export class ChangeCounter {
  readonly from: string
  readonly to: string
  private readonly classes: readonly string[]
  private readonly pixels: Float64Array
  private readonly hectares: Float64Array
  private hasAreas = true
  private nodata = 0

  constructor(from: string, to: string, classes: readonly string[]) {
    this.from = from
    this.to = to
    this.classes = classes
    this.pixels = new Float64Array((classes.length + 1) ** 2)
    this.hectares = new Float64Array((classes.length + 1) ** 2)
  }

  /** Counts the pixels of one window; `areas` in hectares, or null when unknown. */
  add(before: ArrayLike<number>, after: ArrayLike<number>, areas: Float64Array | null): void {
    const side = this.classes.length + 1
    if (areas === null) this.hasAreas = false
    for (let i = 0; i < before.length; i++) {
      const [a, b] = [before[i] ?? -1, after[i] ?? -1]
      assert(a >= 0 && a < side && b >= 0 && b < side, 'map values are 0 or a class number')
      if (a === 0 || b === 0) {
        this.nodata++
        continue
      }
      const cell = a * side + b
      this.pixels[cell] = (this.pixels[cell] ?? 0) + 1
      this.hectares[cell] = (this.hectares[cell] ?? 0) + (areas?.[i] ?? 0)
    }
  }

  /** The table of all that was added. */
  table(): ChangeTable {
    const side = this.classes.length + 1
    const square = (values: Float64Array): number[][] =>
      this.classes.map((_, a) => this.classes.map((_, b) => values[(a + 1) * side + b + 1] ?? 0))
    return {
      from: this.from,
      to: this.to,
      classes: this.classes,
      pixels: square(this.pixels),
      hectares: this.hasAreas ? square(this.hectares) : null,
      nodataPixels: this.nodata,
    }
  }
}

/** Collects how much of each class a map holds, window by window. */
export class SummaryCounter {
  private readonly diagonal: ChangeCounter

  constructor(map: string, classes: readonly string[]) {
    this.diagonal = new ChangeCounter(map, map, classes)
  }

  /** Counts the pixels of one window; `areas` in hectares, or null when unknown. */
  add(values: ArrayLike<number>, areas: Float64Array | null): void {
    this.diagonal.add(values, values, areas)
  }

  /** The summary of all that was added. */
  summary(): MapSummary {
    const { from, classes, pixels, hectares, nodataPixels } = this.diagonal.table()
    const entry = (i: number): { pixels: number; hectares: number | null } => ({
      pixels: pixels[i]?.[i] ?? 0,
      hectares: hectares === null ? null : (hectares[i]?.[i] ?? 0),
    })
    return { map: from, perClass: Object.fromEntries(classes.map((label, i) => [label, entry(i)])), nodataPixels }
  }
}

/**
 * Compares two class maps on the same grid, window by window.
 * @throws the readers' codes, `geo/unknown-crs`, `AbortError`
 */
export async function changeBetween(
  before: ClassMap,
  after: ClassMap,
  classes: readonly string[],
  grid: GeoGrid,
  signal?: AbortSignal,
): Promise<ChangeTable> {
  const counter = new ChangeCounter(before.label, after.label, classes)
  const areasOf = areaReader(grid)
  for (const window of windowsOf(grid.width, grid.height, 1024 * 1024)) {
    throwIfAborted(signal)
    const [a, b] = [await before.readWindow(window, signal), await after.readWindow(window, signal)]
    counter.add(a, b, areasOf(window))
  }
  return counter.table()
}

/** A change table as CSV, one line for each pair of classes: `from_map,to_map,from_class,to_class,pixels,hectares`. */
export function changeCsv(table: ChangeTable): string {
  const lines = table.classes.flatMap((before, a) =>
    table.classes.map((after, b) => {
      const area = table.hectares === null ? '' : formatHectares(table.hectares[a]?.[b] ?? 0)
      return [table.from, table.to, before, after, String(table.pixels[a]?.[b] ?? 0), area].map(quote).join(',')
    }),
  )
  return ['from_map,to_map,from_class,to_class,pixels,hectares', ...lines, ''].join('\r\n')
}

/** Summaries of several maps as CSV: `map,class,pixels,hectares`. */
export function summaryCsv(summaries: readonly MapSummary[]): string {
  const lines = summaries.flatMap(({ map, perClass }) =>
    Object.entries(perClass).map(([label, { pixels, hectares }]) =>
      [map, label, String(pixels), hectares === null ? '' : formatHectares(hectares)].map(quote).join(','),
    ),
  )
  return ['map,class,pixels,hectares', ...lines, ''].join('\r\n')
}

/** Four decimals are a square metre. */
function formatHectares(hectares: number): string {
  return hectares.toFixed(4)
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
