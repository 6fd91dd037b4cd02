import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { type DataArray, floatsOf, typeOf } from '../../../shared/contracts/data-array.ts'
import type { FrameRead, PictureRead } from '../../../shared/contracts/data-plane.ts'
import type { StoredNumbers } from '../../../shared/domain/stored-values.ts'
import { isSceneReader } from '../../formats/scene-collection.ts'
import type { PixelWindow, SequenceReader, StoredPart } from '../../formats/sequence-reader.ts'

/** Numbers read from the files at once (32 MiB as float32): a whole scene is shown without ever being in memory. */
const workingValues = 8 * 1024 * 1024

/** Reads [bands, rows, width] of a frame at some resolution. */
type ReadStrip = (window: PixelWindow, signal?: AbortSignal) => Promise<Float32Array>

interface Source {
  readonly read: ReadStrip
  /** The same numbers as they are stored, where they are whole. */
  readonly readStored?: ((window: PixelWindow, signal?: AbortSignal) => Promise<StoredPart | null>) | undefined
  /** The asked window in the source's own pixels. */
  readonly window: PixelWindow
}

/**
 * Reads a part of a frame at the size it is to be shown. Reduced copies in the files are used where there are some, and
 * what is larger than memory should hold is read strip by strip.
 * @returns [bands, outHeight, outWidth]: numbers as they are stored, with their rule, where nothing is to be made of them;
 *   else float32, NaN where there is no data
 * @throws `sequences/outside`, the reader's codes, `AbortError`
 */
export async function readFrame(reader: SequenceReader, request: FrameRead, signal?: AbortSignal): Promise<DataArray> {
  checkRead(reader, request)
  const { frame, bands, outHeight, outWidth } = request
  const shape = [bands.length, outHeight, outWidth]
  const remarks = { frame, bands: [...bands] }
  const stored = await readStored(reader, request, signal)
  if (stored) return { type: typeOf(stored.values), shape, ...stored, remarks }
  const source = (await overviewSource(reader, request)) ?? fullSource(reader, request)
  const { window } = source
  const isAverage = request.resampling === 'average' && (outHeight < window.height || outWidth < window.width)
  const values = new Float32Array(bands.length * outHeight * outWidth)
  const rowsAtOnce = Math.max(1, Math.floor(workingValues / (bands.length * window.width)))
  for (let first = 0; first < outHeight;) {
    throwIfAborted(signal)
    const start = sourceStart(first, outHeight, window.height)
    let last = first + 1
    while (last < outHeight && sourceEnd(last, outHeight, window.height) - start <= rowsAtOnce) last++
    const end = sourceEnd(last - 1, outHeight, window.height)
    const part = { ...window, row: window.row + start, height: end - start }
    const place = { rows: end - start, start, first, last }
    const whole = isAverage ? await source.readStored?.(part, signal) : null
    if (whole && canSum(whole, request, window)) averageStored(values, request, window, { ...place, ...whole })
    else {
      const strip = whole ? floatsOf(whole) : await source.read(part, signal)
      if (isAverage) averageInto(values, request, window, { ...place, strip })
      else nearestInto(values, request, window, { ...place, strip })
    }
    first = last
  }
  return { type: 'float32', shape, values, remarks }
}

/** The numbers as they are stored, where each of them is shown once. */
async function readStored(
  reader: SequenceReader,
  { frame, bands, window, outHeight, outWidth }: FrameRead,
  signal: AbortSignal | undefined,
): Promise<StoredPart | null> {
  if (!reader.readStored || outHeight !== window.height || outWidth !== window.width) return null
  return reader.readStored({ frame, bands, window }, signal)
}

/**
 * Reads a frame as colours.
 * @returns uint8 [outHeight, outWidth, 4], RGBA
 * @throws `data/wrong-kind` where a sequence has no colours of its own, `sequences/outside`, the reader's codes, `AbortError`
 */
export async function readPicture(
  reader: SequenceReader,
  { frame, outHeight, outWidth }: PictureRead,
  signal?: AbortSignal,
): Promise<DataArray> {
  if (!reader.readPicture)
    throw new AppError('data/wrong-kind', `"${reader.info.name}" has values, not colours; read it as a frame.`)
  if (frame >= reader.info.frames)
    throw new AppError('sequences/outside', `"${reader.info.name}" has ${reader.info.frames} frames.`, { frame })
  const { pixels, height, width } = await reader.readPicture(frame, outHeight, outWidth, signal)
  return { type: 'uint8', shape: [height, width, 4], values: pixels, remarks: { frame } }
}

interface Rows {
  readonly rows: number
  readonly start: number
  readonly first: number
  readonly last: number
}

interface Strip extends Rows {
  readonly strip: Float32Array
}

/** First source row or column that belongs to an output one. */
function sourceStart(index: number, outSize: number, size: number): number {
  return Math.min(size - 1, Math.floor((index * size) / outSize))
}

/** The one after the last. */
function sourceEnd(index: number, outSize: number, size: number): number {
  return Math.max(sourceStart(index, outSize, size) + 1, Math.ceil(((index + 1) * size) / outSize))
}

/** The source row or column under the middle of an output one. */
function sourceMiddle(index: number, outSize: number, size: number): number {
  return Math.min(size - 1, Math.floor(((index + 0.5) * size) / outSize))
}

function nearestInto(values: Float32Array, request: FrameRead, window: PixelWindow, place: Strip): void {
  const { bands, outHeight, outWidth } = request
  const columns = Int32Array.from({ length: outWidth }, (_, c) => sourceMiddle(c, outWidth, window.width))
  for (let b = 0; b < bands.length; b++)
    for (let r = place.first; r < place.last; r++) {
      const row = sourceMiddle(r, outHeight, window.height) - place.start
      const from = (b * place.rows + row) * window.width
      const to = (b * outHeight + r) * outWidth
      for (let c = 0; c < outWidth; c++) values[to + c] = place.strip[from + (columns[c] ?? 0)] ?? NaN
    }
}

/** Means of the valid pixels that an output pixel touches. */
function averageInto(values: Float32Array, request: FrameRead, window: PixelWindow, place: Strip): void {
  const { bands, outHeight, outWidth } = request
  for (let b = 0; b < bands.length; b++)
    for (let r = place.first; r < place.last; r++) {
      const [top, bottom] = [sourceStart(r, outHeight, window.height), sourceEnd(r, outHeight, window.height)]
      for (let c = 0; c < outWidth; c++) {
        const [left, right] = [sourceStart(c, outWidth, window.width), sourceEnd(c, outWidth, window.width)]
        let sum = 0
        let count = 0
        for (let y = top - place.start; y < bottom - place.start; y++)
          for (let x = left; x < right; x++) {
            const value = place.strip[(b * place.rows + y) * window.width + x] ?? NaN
            if (Number.isNaN(value)) continue
            sum += value
            count++
          }
        values[(b * outHeight + r) * outWidth + c] = count === 0 ? NaN : sum / count
      }
    }
}

/** Whether sums of what an output pixel touches stay whole and small: then they are exact in 32 bits. */
function canSum({ rule }: StoredPart, { outHeight, outWidth }: FrameRead, window: PixelWindow): boolean {
  const touched = Math.ceil(window.height / outHeight + 1) * Math.ceil(window.width / outWidth + 1)
  return rule.slope === 1 && rule.intercept === 0 && touched <= mostSummed
}

/** So many numbers of two bytes fit into 31 bits together. */
const mostSummed = 2 ** 15

/** What `averageInto` gives, of whole numbers: in half the time, because they need not become floating point. */
function averageStored(values: Float32Array, request: FrameRead, window: PixelWindow, place: Rows & StoredPart): void {
  const { bands, outHeight, outWidth } = request
  const { padding } = place.rule
  // No number lies between these.
  const [low, high] = padding ?? [Infinity, -Infinity]
  const starts = Int32Array.from({ length: outWidth }, (_, c) => sourceStart(c, outWidth, window.width))
  const ends = Int32Array.from({ length: outWidth }, (_, c) => sourceEnd(c, outWidth, window.width))
  const sums = new Int32Array(outWidth)
  const counts = new Int32Array(outWidth)
  for (let b = 0; b < bands.length; b++)
    for (let r = place.first; r < place.last; r++) {
      const [top, bottom] = [sourceStart(r, outHeight, window.height), sourceEnd(r, outHeight, window.height)]
      sums.fill(0)
      counts.fill(0)
      for (let y = top - place.start; y < bottom - place.start; y++) {
        const row = (b * place.rows + y) * window.width
        addRow(place.values.subarray(row, row + window.width), { starts, ends, low, high }, sums, counts)
      }
      const to = (b * outHeight + r) * outWidth
      for (let c = 0; c < outWidth; c++) {
        const count = counts[c] as number
        values[to + c] = count === 0 ? NaN : (sums[c] as number) / count
      }
    }
}

interface Columns {
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly low: number
  readonly high: number
}

/** Adds the numbers of a source row to the sums of the output columns they belong to, less those from `low` to `high`. */
function addRow(row: StoredNumbers, { starts, ends, low, high }: Columns, sums: Int32Array, counts: Int32Array): void {
  for (let c = 0; c < starts.length; c++) {
    let sum = sums[c] as number
    let count = counts[c] as number
    const end = ends[c] as number
    for (let x = starts[c] as number; x < end; x++) {
      const number = row[x] as number
      if (number >= low && number <= high) continue
      sum = (sum + number) | 0
      count = (count + 1) | 0
    }
    sums[c] = sum
    counts[c] = count
  }
}

function fullSource(reader: SequenceReader, { frame, bands, window }: FrameRead): Source {
  const read: ReadStrip = async (strip, signal) =>
    (await reader.read({ frames: [frame], bands, window: strip }, signal)).values
  const readStored =
    reader.readStored &&
    ((part: PixelWindow, signal?: AbortSignal) =>
      reader.readStored?.({ frame, bands, window: part }, signal) ?? Promise.resolve(null))
  return { read, readStored, window }
}

/** The smallest reduced copy that still has a pixel for every output pixel; null where files hold none that fits. */
async function overviewSource(reader: SequenceReader, request: FrameRead): Promise<Source | null> {
  const { frame, bands, window, outHeight, outWidth } = request
  const factor = Math.min(window.height / outHeight, window.width / outWidth)
  if (factor < 2 || !isSceneReader(reader)) return null
  const scene = reader.collection.scenes[frame]
  const assets = bands.map((band) => scene?.assets.find((asset) => asset.band === reader.collection.bands[band]))
  const path = assets[0]?.path
  // Bands in several files would need the same overviews in all of them; then full resolution is read.
  if (path === undefined || !assets.every((asset) => asset?.path === path)) return null
  const indices = assets.map((asset) => asset?.bandIndex ?? 0)
  const raster = await reader.openRaster(path)
  const scaleOf = (index: number): number => raster.grid.width / (raster.overviews[index]?.grid.width ?? Infinity)
  const fitting = raster.overviews.map((_, index) => index).filter((index) => scaleOf(index) <= factor)
  const overview = fitting.sort((a, b) => scaleOf(b) - scaleOf(a))[0]
  const grid = overview === undefined ? undefined : raster.overviews[overview]?.grid
  if (overview === undefined || !grid) return null
  const [byRow, byColumn] = [grid.height / raster.grid.height, grid.width / raster.grid.width]
  const row = Math.min(grid.height - 1, Math.floor(window.row * byRow))
  const column = Math.min(grid.width - 1, Math.floor(window.column * byColumn))
  const height = Math.max(1, Math.min(grid.height, Math.round((window.row + window.height) * byRow)) - row)
  const width = Math.max(1, Math.min(grid.width, Math.round((window.column + window.width) * byColumn)) - column)
  return {
    read: (strip, signal) => raster.readBands(indices, strip, { signal, overview }),
    readStored: async (part, signal) => (await raster.readStored?.(indices, part, { signal, overview })) ?? null,
    window: { row, column, height, width },
  }
}

function checkRead(reader: SequenceReader, request: FrameRead): void {
  const { info } = reader
  const { frame, bands, window } = request
  const isInside =
    frame < info.frames &&
    bands.every((band) => band < info.bands.length) &&
    window.row + window.height <= info.height &&
    window.column + window.width <= info.width
  if (!isInside)
    throw new AppError(
      'sequences/outside',
      `"${info.name}" has ${info.frames} frames, ${info.bands.length} bands and ${info.height} x ${info.width} pixels; the read reaches beyond.`,
      { frame, bands: [...bands], window: { ...window } },
    )
}
