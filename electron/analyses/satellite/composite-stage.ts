import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { FrameBlock, SequenceReader } from '../../formats/sequence-reader.ts'
import { detectSensor, findBandRole, isCategoricalBand, type Sensor } from '../../../shared/imaging/band-roles.ts'
import { dayNumber } from './calendar.ts'
import { compositeMethodSchema, greatestDates, pickDates, reducePlanes } from './composite-reduction.ts'
import { type CompositeWindow, compositeWindows, windowOptionsSchema } from './composite-windows.ts'
import { blockPlane, emptyBlock, readInStrips, requireTimes, stageReader } from './sequence-stage.ts'

/** One frame per regular window of time, made from the observations that fall into it. */
export const compositeOptionsSchema = windowOptionsSchema
  .extend({
    method: compositeMethodSchema,
    /** Adds a band `observations`: how many dates of the window have a value in this band. */
    countOf: z.string().nullable().default(null),
  })
  .strict()
/** One frame per regular window of time; see `compositeOptionsSchema`. */
export type CompositeOptions = z.infer<typeof compositeOptionsSchema>

/**
 * Puts a sequence on a regular time step. A frame carries the date on which its window starts, and is NaN where nothing
 * valid fell into the window. Bands of flags or classes are left out of `median` and `mean`, and the warnings say so.
 * @param sensor whose band names these are; found from the sequence's names when left out
 * @throws `satellite/no-dates`, `satellite/window-range`, `satellite/no-ndvi` for `max-ndvi`, `satellite/band-missing`
 */
export function compositeSequence(
  inner: SequenceReader,
  options: CompositeOptions,
  sensor: Sensor | null = detectSensor(inner.info.bands, [inner.info.name, inner.info.id]),
): SequenceReader {
  const times = requireTimes(inner.info, 'a composite')
  const windows = compositeWindows(times, options)
  const bands = compositedBands(inner.info, options)
  const greenness = options.method === 'max-ndvi' ? greennessBands(inner.info, sensor) : null
  const counted = countedBand(inner.info, options)
  const orders = windows.map((window) => preferenceOrder(window, times, options.method))
  const info = compositeInfo(inner.info, bands, windows, options)
  return stageReader(inner, info, (request, signal) => {
    const wantsCount = request.bands.some((band) => band >= bands.length)
    const wanted = request.bands.flatMap((band) => (band < bands.length ? [bands[band] as number] : []))
    const extra = [
      ...(wanted.length > 0 ? (greenness ?? []) : []),
      ...(wantsCount && counted !== null ? [counted] : []),
    ]
    const sourceBands = [...new Set([...wanted, ...extra])].sort((a, b) => a - b)
    const asked = request.frames.map((frame) => windows[frame] as CompositeWindow)
    const sourceFrames = [...new Set(asked.flatMap((window) => window.frames))].sort((a, b) => a - b)
    const valuesPerPixel = sourceFrames.length * sourceBands.length + request.frames.length * request.bands.length
    return readInStrips(request, valuesPerPixel, signal, async (strip) => {
      const result = emptyBlock(strip)
      const source =
        sourceFrames.length === 0
          ? null
          : await inner.read({ frames: sourceFrames, bands: sourceBands, window: strip.window }, signal)
      strip.frames.forEach((frame, place) => {
        const window = windows[frame] as CompositeWindow
        const planesOf = (band: number): Float32Array[] =>
          window.frames.map((date) =>
            blockPlane(
              defined(source, 'a window with frames has been read'),
              sourceFrames.indexOf(date),
              sourceBands.indexOf(band),
            ),
          )
        const dates = greenness && wanted.length > 0 ? greenestDates(greenness.map(planesOf), result) : null
        strip.bands.forEach((band, bandPlace) => {
          const target = blockPlane(result, place, bandPlace)
          if (band >= bands.length) reducePlanes(planesOf(counted as number), 'count', [], target)
          else if (dates) pickDates(planesOf(bands[band] as number), dates, target)
          else if (options.method !== 'max-ndvi')
            reducePlanes(planesOf(bands[band] as number), options.method, orders[frame] as readonly number[], target)
        })
      })
      return result
    })
  })
}

/** @param planes of NDVI alone, or of red and near infrared: [band][date][pixel] */
function greenestDates(planes: readonly (readonly Float32Array[])[], block: FrameBlock): Int32Array {
  const [first = [], nir] = planes
  const ndvi =
    nir === undefined
      ? first
      : first.map((red, date) => {
          const values = new Float32Array(red.length)
          for (let i = 0; i < values.length; i++) {
            const [a, b] = [(nir[date] as Float32Array)[i] as number, red[i] as number]
            const ratio = (a - b) / (a + b)
            values[i] = Number.isFinite(ratio) ? ratio : NaN
          }
          return values
        })
  return greatestDates(ndvi, block.height * block.width)
}

/** The NDVI band, or red and near infrared. */
function greennessBands(info: SequenceInfo, sensor: Sensor | null): readonly number[] {
  const ndvi = info.bands.findIndex((band) => band.toLowerCase() === 'ndvi')
  if (ndvi >= 0) return [ndvi]
  const [red, nir] = [findBandRole(info.bands, 'red', sensor), findBandRole(info.bands, 'nir', sensor)]
  if (red !== null && nir !== null) return [red, nir]
  throw new AppError(
    'satellite/no-ndvi',
    `The composite "max-ndvi" needs a band "ndvi" or red and near infrared, which "${info.name}" does not show; add the index "ndvi" before.`,
    { bands: info.bands },
  )
}

function compositedBands(info: SequenceInfo, options: CompositeOptions): number[] {
  const all = info.bands.map((_, band) => band)
  const isBlended = options.method === 'median' || options.method === 'mean'
  return isBlended ? all.filter((band) => !isCategoricalBand(info.bands[band] as string)) : all
}

function countedBand(info: SequenceInfo, options: CompositeOptions): number | null {
  if (options.countOf === null) return null
  const name = options.countOf.toLowerCase()
  const band = info.bands.findIndex((item) => item.toLowerCase() === name)
  if (band >= 0 && !info.bands.some((item) => item.toLowerCase() === 'observations')) return band
  throw new AppError(
    band < 0 ? 'satellite/band-missing' : 'satellite/band-exists',
    band < 0
      ? `Observations are to be counted in the band "${options.countOf}", but the bands are ${info.bands.join(', ')}.`
      : 'A band named "observations" exists already, so the count cannot be added.',
    { band: options.countOf, bands: info.bands },
  )
}

/** Positions within the window's frames: by distance from the middle (the earlier first), or by date. */
function preferenceOrder(window: CompositeWindow, times: readonly string[], method: string): number[] {
  const order = window.frames.map((_, position) => position)
  if (method !== 'nearest') return order
  const middle = (window.from + window.to) / 2
  const distance = (position: number): number =>
    Math.abs(dayNumber(times[window.frames[position] as number] as string) - middle)
  return order.sort((a, b) => distance(a) - distance(b) || a - b)
}

function compositeInfo(
  info: SequenceInfo,
  bands: readonly number[],
  windows: readonly CompositeWindow[],
  options: CompositeOptions,
): SequenceInfo {
  const empty = windows.filter((window) => window.frames.length === 0).length
  const dropped = info.bands.filter((_, band) => !bands.includes(band))
  const step = `${options.step.value} ${options.step.unit}${options.step.value === 1 ? '' : 's'}`
  const anchor = options.anchor === 'year' ? 'counted anew from each 1 January' : `counted from ${options.anchor}`
  const warnings = [...info.warnings]
  if (empty > 0) warnings.push(`${empty} of ${windows.length} windows of ${step} contain no date at all and are empty.`)
  if (dropped.length > 0)
    warnings.push(
      `${dropped.join(', ')} left out of the composite: a ${options.method} of flags or classes means nothing.`,
    )
  return {
    ...info,
    dtype: 'float32',
    frames: windows.length,
    bands: [...bands.map((band) => info.bands[band] as string), ...(options.countOf === null ? [] : ['observations'])],
    times: windows.map((window) => window.start),
    orderedBy: `${options.method} of windows of ${step}, ${anchor}; each frame carries its window's first day. Before that: ${info.orderedBy}`,
    warnings,
  }
}
