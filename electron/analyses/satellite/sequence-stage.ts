import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { FrameBlock, FrameRequest, PixelWindow, SequenceReader } from '../../formats/sequence-reader.ts'

/**
 * A reader whose frames are computed from another reader when they are asked for. It owns the inner reader:
 * closing it closes the inner one.
 * @param read gets requests that are already known to lie within `info`
 */
export function stageReader(
  inner: SequenceReader,
  info: SequenceInfo,
  read: (request: FrameRequest, signal: AbortSignal | undefined) => Promise<FrameBlock>,
): SequenceReader {
  // the grid says more than `info` where the projection has no code
  const place = 'grid' in inner ? { grid: inner.grid } : {}
  return {
    ...place,
    info,
    read: async (request, signal) => {
      throwIfAborted(signal)
      checkRequest(info, request)
      return read(request, signal)
    },
    close: () => inner.close(),
  }
}

/** Refuses a request that reaches beyond the sequence. @throws `satellite/request-outside` */
export function checkRequest(info: SequenceInfo, request: FrameRequest): void {
  const { row, column, height, width } = request.window
  const isWindowInside = row >= 0 && column >= 0 && row + height <= info.height && column + width <= info.width
  const areFramesInside = request.frames.every((frame) => Number.isInteger(frame) && frame >= 0 && frame < info.frames)
  const areBandsInside = request.bands.every((band) => Number.isInteger(band) && band >= 0 && band < info.bands.length)
  if (isWindowInside && areFramesInside && areBandsInside) return
  throw new AppError(
    'satellite/request-outside',
    `The sequence has ${info.frames} frames, ${info.bands.length} bands and ${info.height} x ${info.width} pixels; the request reaches beyond.`,
    { window: { row, column, height, width }, frames: [...request.frames], bands: [...request.bands] },
  )
}

/** A block of NaN for a request; the caller owns it. */
export function emptyBlock(request: FrameRequest): FrameBlock {
  const { height, width } = request.window
  const [frames, bands] = [request.frames.length, request.bands.length]
  return { values: new Float32Array(frames * bands * height * width).fill(NaN), frames, bands, height, width }
}

/** The values of one band of one frame in a block, as a view [height · width] that shares its memory. */
export function blockPlane(block: FrameBlock, frame: number, band: number): Float32Array {
  const size = block.height * block.width
  const start = (frame * block.bands + band) * size
  return block.values.subarray(start, start + size)
}

/** How many values a stage may hold at once while it works on a window (32 MiB as float32). */
const workingValues = 8 * 1024 * 1024

/**
 * Answers a request in strips of rows, so that what a stage holds in memory does not grow with the window.
 * @param valuesPerPixel how many values the stage holds for each pixel while it works
 * @param readStrip answers the same request for a part of the rows
 */
export async function readInStrips(
  request: FrameRequest,
  valuesPerPixel: number,
  signal: AbortSignal | undefined,
  readStrip: (request: FrameRequest) => Promise<FrameBlock>,
): Promise<FrameBlock> {
  const { window } = request
  const rowsAtOnce = Math.max(1, Math.floor(workingValues / Math.max(1, valuesPerPixel * window.width)))
  if (rowsAtOnce >= window.height) return readStrip(request)
  const result = emptyBlock(request)
  for (let row = 0; row < window.height; row += rowsAtOnce) {
    throwIfAborted(signal)
    const height = Math.min(rowsAtOnce, window.height - row)
    const strip = await readStrip({ ...request, window: { ...window, row: window.row + row, height } })
    for (let frame = 0; frame < result.frames; frame++)
      for (let band = 0; band < result.bands; band++)
        blockPlane(result, frame, band).set(blockPlane(strip, frame, band), row * window.width)
  }
  return result
}

/** All pixels of a sequence. */
export function wholeWindow(info: SequenceInfo): PixelWindow {
  return { row: 0, column: 0, height: info.height, width: info.width }
}

/** The dates of a sequence's frames. @throws `satellite/no-dates` when its frames have none */
export function requireTimes(info: SequenceInfo, purpose: string): readonly string[] {
  if (info.times !== null) return info.times
  throw new AppError(
    'satellite/no-dates',
    `The frames of "${info.name}" have no dates, which ${purpose} needs; put a date into the file names or give a list of dates.`,
    { sequence: info.id },
  )
}

/** The index of a band, whatever the case of its name. @throws `satellite/unknown-band` that lists what there is */
export function requireBand(info: SequenceInfo, name: string, purpose: string): number {
  const exact = info.bands.indexOf(name)
  if (exact >= 0) return exact
  const index = info.bands.findIndex((band) => band.toLowerCase() === name.toLowerCase())
  if (index >= 0) return index
  throw new AppError(
    'satellite/unknown-band',
    `${purpose} needs the band "${name}", which "${info.name}" does not have; its bands are ${info.bands.join(', ')}.`,
    { band: name, bands: info.bands },
  )
}
