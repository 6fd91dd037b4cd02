import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { FrameBlock, FrameRequest, SequenceReader } from '../../formats/sequence-reader.ts'
import { isCategoricalBand } from '../../../shared/imaging/band-roles.ts'
import { dayNumber } from './calendar.ts'
import { type SeriesFiller, seriesFiller } from './gap-fill.ts'
import type { GapFillOptions, GapStatistics } from './gap-fill-options.ts'
import { emptyBlock, readInStrips, requireTimes, stageReader, wholeWindow } from './sequence-stage.ts'

/** A sequence whose gaps are filled, which also knows how much it made up. */
export interface GapFilledReader extends SequenceReader {
  /** Over everything that was read so far; a value that was read twice counts twice. */
  gapStatistics(): GapStatistics
}

/**
 * Fills missing values along time when they are read. Bands of flags or classes, and `observations`, stay as they are.
 * Cost: any request reads all dates of its window, since a gap needs the values around it.
 * @throws `satellite/no-dates`
 */
export function fillGaps(inner: SequenceReader, options: GapFillOptions): GapFilledReader {
  const days = requireTimes(inner.info, 'filling gaps').map(dayNumber)
  const fill = seriesFiller(days, options)
  const isFilled = inner.info.bands.map((name) => !isCategoricalBand(name) && name !== 'observations')
  const allFrames = days.map((_, frame) => frame)
  const total = { values: 0, missingBefore: 0, missingAfter: 0 }
  const info: SequenceInfo = { ...inner.info, dtype: 'float32' }
  const stage = stageReader(inner, info, (request, signal) => {
    const valuesPerPixel = (allFrames.length + request.frames.length) * request.bands.length
    return readInStrips(request, valuesPerPixel, signal, async (strip) => {
      const source = await inner.read({ ...strip, frames: allFrames }, signal)
      const result = emptyBlock(strip)
      strip.bands.forEach((band, place) => {
        if (isFilled[band] === true) fillBand(source, result, place, strip, fill, total)
        else copyBand(source, result, place, strip)
      })
      return result
    })
  })
  return {
    ...stage,
    gapStatistics: () => ({
      ...total,
      filledShare: total.values === 0 ? 0 : (total.missingBefore - total.missingAfter) / total.values,
    }),
  }
}

/**
 * Reads the whole sequence once, in strips, to learn how much of it has to be made up. Costs a full read.
 * @throws as reading does, `AbortError`
 */
export async function surveyGaps(
  inner: SequenceReader,
  options: GapFillOptions,
  signal?: AbortSignal,
): Promise<GapStatistics> {
  const reader = fillGaps(inner, options)
  const { info } = reader
  const frames = Array.from({ length: info.frames }, (_, frame) => frame)
  const bands = info.bands.map((_, band) => band)
  const rows = Math.max(1, Math.floor(4e6 / Math.max(1, info.frames * bands.length * info.width)))
  for (let row = 0; row < info.height; row += rows) {
    const window = { ...wholeWindow(info), row, height: Math.min(rows, info.height - row) }
    await reader.read({ frames, bands, window }, signal)
  }
  return reader.gapStatistics()
}

function fillBand(
  source: FrameBlock,
  result: FrameBlock,
  band: number,
  request: FrameRequest,
  fill: SeriesFiller,
  total: { values: number; missingBefore: number; missingAfter: number },
): void {
  const pixels = source.height * source.width
  const series = new Float64Array(source.frames)
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let date = 0; date < source.frames; date++)
      series[date] = source.values[(date * source.bands + band) * pixels + pixel] as number
    for (const frame of request.frames) if (Number.isNaN(series[frame])) total.missingBefore++
    fill(series)
    request.frames.forEach((frame, place) => {
      const value = series[frame] as number
      if (Number.isNaN(value)) total.missingAfter++
      result.values[(place * result.bands + band) * pixels + pixel] = value
    })
    total.values += request.frames.length
  }
}

function copyBand(source: FrameBlock, result: FrameBlock, band: number, request: FrameRequest): void {
  const pixels = source.height * source.width
  request.frames.forEach((frame, place) => {
    const start = (frame * source.bands + band) * pixels
    result.values.set(source.values.subarray(start, start + pixels), (place * result.bands + band) * pixels)
  })
}
