import { throwIfAborted } from '../../../shared/base/abort.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { PixelWindow, SequenceReader } from '../../formats/sequence-reader.ts'
import { bandSources, isEightBit, type FrameForm } from './frame-form.ts'
import { resizeByMean } from './resize-mean.ts'

/** The part of a frame that a form shows. */
export function shownWindow(
  info: SequenceInfo,
  { size: [height, width], fit }: Pick<FrameForm, 'size' | 'fit'>,
): PixelWindow {
  if (fit === 'stretch') return { row: 0, column: 0, height: info.height, width: info.width }
  const scale = Math.max(height / info.height, width / info.width)
  const [rows, columns] = [
    Math.max(1, Math.min(info.height, Math.round(height / scale))),
    Math.max(1, Math.min(info.width, Math.round(width / scale))),
  ]
  return {
    row: Math.floor((info.height - rows) / 2),
    column: Math.floor((info.width - columns) / 2),
    height: rows,
    width: columns,
  }
}

/**
 * Reads one frame in a form.
 * @returns new array [height, width, bands], 0 for the form's lowest and 1 for its highest value; NaN where nothing was measured
 * @throws codes of the reader, `contract/bands`, `AbortError`
 */
export async function readSmallFrame(
  reader: SequenceReader,
  form: FrameForm,
  frame: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  throwIfAborted(signal)
  const sources = bandSources(form.bands, reader.info)
  const raw = await readRaw(reader, form, sources, frame, signal)
  const bands = form.bands.length
  const values = new Float32Array(form.size[0] * form.size[1] * bands)
  raw.forEach((plane, band) => {
    const [low, range] = [form.low[band] ?? 0, form.range[band] ?? 1]
    for (let i = 0; i < plane.length; i++) values[i * bands + band] = ((plane[i] ?? NaN) - low) / range
  })
  return values
}

/** The bands of a frame in the form's size, physical units, [height, width] each. */
export async function readRaw(
  reader: SequenceReader,
  form: Pick<FrameForm, 'size' | 'fit' | 'nodata'>,
  sources: ReturnType<typeof bandSources>,
  frame: number,
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const { info } = reader
  const window = shownWindow(info, form)
  const canScale = reader.readPicture && isEightBit(info) && (info.kind === 'video' || info.kind === 'images')
  // Scaling while decoding is many times quicker; it only enlarges worse than it shrinks.
  if (canScale && form.nodata === null && window.height >= form.size[0] && window.width >= form.size[1])
    return readScaled(reader, form, window, sources, frame, signal)
  const used = [...new Set(sources.flat().map(({ index }) => index))]
  const block = await reader.read({ frames: [frame], bands: used, window }, signal)
  const area = window.height * window.width
  return sources.map((parts) => {
    const plane = new Float32Array(area)
    for (const { index, weight } of parts) {
      const start = used.indexOf(index) * area
      for (let i = 0; i < area; i++) {
        const value = block.values[start + i] ?? NaN
        plane[i] = (plane[i] ?? 0) + weight * (value === form.nodata ? NaN : value)
      }
    }
    return resizeByMean(plane, [window.height, window.width], form.size)
  })
}

async function readScaled(
  reader: SequenceReader,
  form: Pick<FrameForm, 'size'>,
  window: PixelWindow,
  sources: ReturnType<typeof bandSources>,
  frame: number,
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const { info } = reader
  const [height, width] = form.size
  const [wholeHeight, wholeWidth] = [
    Math.max(height, Math.round((info.height * height) / window.height)),
    Math.max(width, Math.round((info.width * width) / window.width)),
  ]
  const picture = await reader.readPicture?.(frame, wholeHeight, wholeWidth, signal)
  const [top, left] = [Math.floor((wholeHeight - height) / 2), Math.floor((wholeWidth - width) / 2)]
  return sources.map((parts) => {
    const plane = new Float32Array(height * width)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        const at = ((top + row) * wholeWidth + left + column) * 4
        let value = 0
        // Pictures are always colours; the only band of a grey one is repeated.
        for (const { index, weight } of parts) value += weight * (picture?.pixels[at + Math.min(index, 2)] ?? 0)
        plane[row * width + column] = value
      }
    return plane
  })
}
