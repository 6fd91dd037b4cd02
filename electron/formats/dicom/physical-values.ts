import { maskBits, type StoredBits } from '../../../shared/domain/stored-bits.ts'
import { plainRule, type StoredNumbers, writePhysical } from '../../../shared/domain/stored-values.ts'
import type { PixelWindow, StoredPart } from '../sequence-reader.ts'
import { colourPlanes } from './colour.ts'
import { isColour } from './describe-series.ts'
import type { DicomFrame, DicomImage, PixelFormat } from './image.ts'
import { lookUp } from './lookup-table.ts'
import type { Samples, StoredFrame } from './stored-frame.ts'

/** A window of a frame and where its values go. */
export interface Target {
  readonly window: PixelWindow
  readonly bands: readonly number[]
  readonly out: Float32Array
  /** First value in `out`; bands follow each other, [band, row, column]. */
  readonly at: number
}

/**
 * Writes a window of stored numbers in physical units: rescaled (or through the modality table), NaN for padding; colours
 * as red, green and blue from 0 to 255.
 * @param firstRow row of the frame with which the stored numbers begin
 */
export function writeValues(
  stored: StoredFrame,
  image: DicomImage,
  frame: DicomFrame,
  firstRow: number,
  target: Target,
): void {
  const cut = cutWindow(stored, image.format, firstRow, target.window)
  const values = unmask(cut, image.format)
  if (isColour(image)) return writeColours(values, stored, image, target)
  const { out, at, bands } = target
  const { slope, intercept } = frame
  const { padding, modalityTable } = image
  for (let b = 0; b < bands.length; b++) {
    const start = at + b * values.length
    if (!modalityTable) writePhysical(values, { slope, intercept, padding }, out, start)
    else {
      for (let i = 0; i < values.length; i++) out[start + i] = lookUp(modalityTable, values[i] ?? 0)
      if (padding) pad(values, padding, out, start)
    }
  }
}

function pad(values: Samples, [low, high]: readonly [number, number], out: Float32Array, at: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    if (value >= low && value <= high) out[at + i] = NaN
  }
}

/** Whether `storedPart` has something to give: whole numbers of at most 16 bits, or colours of 8. */
export function isStoredPlain(image: DicomImage, { slope, intercept }: DicomFrame): boolean {
  const { bitsAllocated, bitsStored, isFloat } = image.format
  if (isColour(image)) return bitsStored === 8 && !image.palette
  return !isFloat && bitsAllocated <= 16 && !image.modalityTable && Number.isFinite(slope) && Number.isFinite(intercept)
}

/**
 * A window of stored numbers and the rule by which `writeValues` makes them physical; colours as red, green and blue.
 * @param firstRow row of the frame with which the stored numbers begin
 */
export function storedPart(
  stored: StoredFrame,
  image: DicomImage,
  frame: DicomFrame,
  firstRow: number,
  window: PixelWindow,
  bands: readonly number[],
): StoredPart | null {
  const values = unmask(cutWindow(stored, image.format, firstRow, window), image.format)
  if (isColour(image)) {
    const area = window.height * window.width
    const planes = colourPlanes(values, area, stored.photometric, image) // [3][pixel]
    const bytes = new Uint8Array(bands.length * area)
    bands.forEach((band, b) => bytes.set(planes[band] ?? [], b * area))
    return { values: bytes, rule: plainRule }
  }
  if (bands.length !== 1 || !isStored(values)) return null
  const { slope, intercept } = frame
  return { values, rule: { slope, intercept, padding: image.padding } }
}

function isStored(values: Samples): values is StoredNumbers {
  return values.BYTES_PER_ELEMENT <= 2
}

function writeColours(
  values: Samples,
  stored: StoredFrame,
  image: DicomImage,
  { window, bands, out, at }: Target,
): void {
  const area = window.height * window.width
  const planes = colourPlanes(values, area, stored.photometric, image) // [3][pixel]
  bands.forEach((band, b) => {
    const plane = planes[band]
    if (plane) out.set(plane, at + b * area)
  })
}

/** The samples of a window: [pixel] for one sample, [sample, pixel] for three. */
function cutWindow(stored: StoredFrame, format: PixelFormat, firstRow: number, window: PixelWindow): Samples {
  const { samples, isPlanar } = stored
  const { columns } = format
  const perPixel = format.samples
  const top = window.row - firstRow
  if (perPixel === 1 && window.width === columns)
    return samples.subarray(top * columns, (top + window.height) * columns)
  const { height, width } = window
  const area = height * width
  const kind = samples.constructor as new (length: number) => Samples
  const cut = new kind(area * perPixel)
  const plane = stored.rows * columns
  for (let sample = 0; sample < perPixel; sample++)
    for (let row = 0; row < height; row++) {
      const from = (top + row) * columns + window.column
      const to = sample * area + row * width
      if (isPlanar || perPixel === 1)
        cut.set(samples.subarray(sample * plane + from, sample * plane + from + width), to)
      else
        for (let column = 0; column < width; column++)
          cut[to + column] = samples[(from + column) * perPixel + sample] ?? 0
    }
  return cut
}

/** Only the bits that are stored count. */
function unmask(samples: Samples, format: PixelFormat): Samples {
  if (samples instanceof Float32Array || samples instanceof Float64Array) return samples
  return bitsThatCount(format) ? maskBits(samples, format) : samples
}

/** Which bits of the numbers count; null where all do. */
export function bitsThatCount({
  bitsAllocated,
  bitsStored,
  highBit,
  isSigned,
  isFloat,
}: PixelFormat): StoredBits | null {
  const isAll = isFloat || bitsStored === bitsAllocated || bitsAllocated > 16 || bitsAllocated === 1
  return isAll ? null : { bitsStored, highBit, isSigned }
}
