import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { assert } from '../../../shared/base/assert.ts'
import { type ReportProgress, ignoreProgress } from '../../../shared/base/progress.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import { argMaxRows } from '../../../shared/metrics/classification.ts'
import type { PixelWindow, SequenceReader } from '../../formats/sequence-reader.ts'
import { frameDays, parseDay } from './calendar.ts'
import { ChangeCounter, type ChangeTable, type MapSummary, SummaryCounter, areaReader } from './change.ts'
import { type SampleShape, bandIndices, checkContract, stepDaysOf } from './contract.ts'
import { normalisedEntropy } from './entropy.ts'
import { type ResamplingPlan, planResampling, resamplePixels } from './resampling.ts'
import type { Season } from './seasons.ts'
import { windowsOf } from './windows.ts'

/** Receives the maps of one season, window by window, from the top down. */
export interface SeasonWriter {
  /**
   * @param classes        [row, column]: 0 no data, else class number from 1
   * @param probabilities  [class, row, column], NaN where no data
   * @param entropy        [row, column] in [0, 1], NaN where no data
   */
  write(window: PixelWindow, maps: SeasonMaps): Promise<void>
  /** Completes the files. */
  finish(): Promise<void>
  /** Drops the files that are not complete; called after a failure or when cancelled. */
  discard(): Promise<void>
}

/** The maps of one window; see `SeasonWriter.write`. */
export interface SeasonMaps {
  readonly classes: Uint8Array
  readonly probabilities: Float32Array
  readonly entropy: Float32Array
}

/** What `predictMaps` needs; it knows nothing of networks. */
export interface PredictMapsOptions {
  readonly reader: SequenceReader
  readonly grid: GeoGrid
  readonly contract: SampleShape
  readonly classes: readonly string[]
  readonly seasons: readonly Season[]
  /**
   * Gives class probabilities [n, classes] for series [n, frames, bands] in physical units; the normalisation of the
   * contract is the callee's duty. `n` is at most `batch`.
   */
  readonly classify: (series: Float32Array, n: number) => Promise<Float32Array>
  readonly openSeason: (season: Season) => Promise<SeasonWriter>
  readonly batch?: number
  /** Most values held for one window, which sets its size; default 4 Mi (16 MB). */
  readonly maxValues?: number
  readonly signal?: AbortSignal
  readonly report?: ReportProgress
}

/** What came out: areas of each season, and changes between each two. */
export interface PredictMapsResult {
  readonly summaries: readonly MapSummary[]
  /** One for each pair of seasons, the earlier first: by first season, then by second. */
  readonly changes: readonly ChangeTable[]
}

const defaultMaxValues = 4 * 1024 * 1024
const defaultBatch = 4096
/** Height of the tiles that maps are written in. */
const stripHeight = 256
/** Class numbers must fit into a byte, with 0 for no data. */
const maxClasses = 255

/**
 * Classifies every pixel of a sequence for each season, by window: memory grows with the
 * raster's width (256 rows of one season's maps), not with its height. A pixel that
 * has no valid value in some band within a season becomes 0, "no data".
 * @throws `predict/no-season`, `predict/too-many-classes`, codes of `checkContract`, of the reader and of the writers; `AbortError`
 */
export async function predictMaps(options: PredictMapsOptions): Promise<PredictMapsResult> {
  const { reader, grid, contract, classes, seasons } = options
  const report = options.report ?? ignoreProgress
  checkContract(contract, reader.info)
  requirePossible(options)
  const days = frameDays(reader.info)
  const plans = seasons.map(({ from }) =>
    planResampling(days, parseDay(from) ?? NaN, contract.frames, stepDaysOf(contract)),
  )
  const bands = bandIndices(contract.bands, reader.info)
  const areasOf = areaReader(grid)
  const summaries = seasons.map(({ label }) => new SummaryCounter(label, classes))
  const changes = seasons.flatMap((a, i) =>
    seasons.slice(i + 1).map((b, j) => ({ i, j: i + 1 + j, counter: new ChangeCounter(a.label, b.label, classes) })),
  )
  const readFrames = Math.max(1, ...plans.map((plan) => plan.frames.length))
  const valuesPerPixel = (readFrames + contract.frames) * bands.length + 2 * classes.length
  const maxPixels = (options.maxValues ?? defaultMaxValues) / valuesPerPixel

  const writers: SeasonWriter[] = []
  try {
    for (const season of seasons) writers.push(await options.openSeason(season))
    let done = 0
    for (const strip of stripsOf(grid)) {
      const stripClasses = seasons.map(() => new Uint8Array(strip.height * strip.width))
      for (const [s, plan] of plans.entries())
        for (const within of windowsOf(strip.width, strip.height, maxPixels)) {
          throwIfAborted(options.signal)
          const window = { ...within, row: strip.row + within.row }
          const maps = await classifyWindow(window, plan, bands, options)
          await writers[s]?.write(window, maps)
          copyInto(stripClasses[s], strip.width, within, maps.classes)
          done += window.height * window.width
          report({ stage: 'Classifying pixels', done, total: grid.width * grid.height * seasons.length })
        }
      const areas = areasOf(strip)
      for (const [s, summary] of summaries.entries()) summary.add(stripClasses[s] ?? [], areas)
      for (const { i, j, counter } of changes) counter.add(stripClasses[i] ?? [], stripClasses[j] ?? [], areas)
    }
    for (const writer of writers) await writer.finish()
  } catch (error) {
    // The first failure is the one to report; a discard that fails too can only leave files behind.
    await Promise.allSettled(writers.map((writer) => writer.discard()))
    throw error
  }
  return {
    summaries: summaries.map((counter) => counter.summary()),
    changes: changes.map(({ counter }) => counter.table()),
  }
}

function requirePossible({ seasons, classes, reader }: PredictMapsOptions): void {
  if (seasons.length === 0)
    throw new AppError(
      'predict/no-season',
      `"${reader.info.name}" covers no whole season of the model; give a longer series.`,
      { sequence: reader.info.id },
    )
  if (classes.length > maxClasses)
    throw new AppError(
      'predict/too-many-classes',
      `A class map holds at most ${maxClasses} classes, the model has ${classes.length}.`,
      { classes: classes.length },
    )
}

/**
 * Strips of whole rows, one row of tiles high. Within a strip the seasons are done one after the other, so that only one
 * season's writer holds tiles that are not complete.
 */
function* stripsOf(grid: GeoGrid): Generator<PixelWindow> {
  for (let row = 0; row < grid.height; row += stripHeight)
    yield { row, column: 0, height: Math.min(stripHeight, grid.height - row), width: grid.width }
}

function copyInto(target: Uint8Array | undefined, width: number, window: PixelWindow, values: Uint8Array): void {
  for (let r = 0; r < window.height; r++)
    target?.set(values.subarray(r * window.width, (r + 1) * window.width), (window.row + r) * width + window.column)
}

async function classifyWindow(
  window: PixelWindow,
  plan: ResamplingPlan,
  bands: readonly number[],
  options: PredictMapsOptions,
): Promise<SeasonMaps> {
  const { reader, contract, signal } = options
  const pixels = window.height * window.width
  const classCount = options.classes.length
  const batch = options.batch ?? defaultBatch
  const rowLength = contract.frames * bands.length
  const maps: SeasonMaps = {
    classes: new Uint8Array(pixels),
    probabilities: new Float32Array(classCount * pixels).fill(NaN),
    entropy: new Float32Array(pixels).fill(NaN),
  }
  if (plan.frames.length === 0) return maps
  const block = await reader.read({ frames: plan.frames, bands, window }, signal)

  const series = new Float32Array(Math.min(batch, pixels) * rowLength)
  for (let start = 0; start < pixels; start += batch) {
    throwIfAborted(signal)
    const chunk = Int32Array.from({ length: Math.min(batch, pixels - start) }, (_, i) => start + i)
    const hasData = resamplePixels(plan, block.values, bands.length, pixels, chunk, series, 0)
    const kept = chunk.filter((_, i) => hasData[i] === 1)
    if (kept.length === 0) continue
    const probabilities = await options.classify(gatherRows(series, hasData, rowLength, kept.length), kept.length)
    assert(probabilities.length === kept.length * classCount, 'one row of probabilities for each series')
    storeMaps(maps, kept, probabilities, classCount)
  }
  return maps
}

/** A copy of the rows whose flag is 1, which the receiver may keep. */
function gatherRows(rows: Float32Array, flags: Uint8Array, rowLength: number, count: number): Float32Array {
  if (count === flags.length) return rows.slice(0, count * rowLength)
  const gathered = new Float32Array(count * rowLength)
  let next = 0
  for (let i = 0; i < flags.length; i++)
    if (flags[i] === 1) gathered.set(rows.subarray(i * rowLength, (i + 1) * rowLength), rowLength * next++)
  return gathered
}

function storeMaps(maps: SeasonMaps, pixels: Int32Array, probabilities: Float32Array, classCount: number): void {
  const best = argMaxRows(probabilities, classCount)
  const entropy = normalisedEntropy(probabilities, classCount)
  const stride = maps.classes.length
  for (const [i, pixel] of pixels.entries()) {
    maps.classes[pixel] = (best[i] ?? 0) + 1
    maps.entropy[pixel] = entropy[i] ?? NaN
    for (let c = 0; c < classCount; c++)
      maps.probabilities[c * stride + pixel] = probabilities[i * classCount + c] ?? NaN
  }
}
