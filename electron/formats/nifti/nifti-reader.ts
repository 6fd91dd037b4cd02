import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { MedicalImage } from '../../../shared/domain/medical-image.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import { openFileSource, type FileSource } from '../file-source.ts'
import { memorySource } from '../memory-source.ts'
import { checkWindow } from '../check-window.ts'
import { storedKind } from '../../../shared/domain/stored-values.ts'
import type {
  FrameBlock,
  FramePart,
  FrameRequest,
  PixelWindow,
  SequenceReader,
  StoredPart,
} from '../sequence-reader.ts'
import { isPacked, unpackNifti, type NiftiHeader } from './nifti-header.ts'
import { numberReader } from './nifti-values.ts'
import type { NiftiGrid } from './write-nifti.ts'

/** What is needed to read a NIfTI file. */
export interface NiftiSequence {
  readonly info: SequenceInfo
  readonly medical: MedicalImage
  readonly header: NiftiHeader
  /** The file that holds the values. */
  readonly dataPath: string
  /** Columns, rows and slices are read backwards. */
  readonly flips: readonly [boolean, boolean, boolean]
}

/** Makes the reader of a NIfTI file. A packed one is unpacked into memory when it is first read. */
export function createNiftiReader(sequence: NiftiSequence): SequenceReader {
  return new NiftiReader(sequence)
}

/** The grid of a series as its file has it; null for other formats. */
export function niftiGridOf(reader: SequenceReader): NiftiGrid | null {
  if (!(reader instanceof NiftiReader)) return null
  const { header, flips } = reader.sequence
  const [columns, rows, slices] = header.shape
  return { shape: [columns, rows, slices], affine: header.affine, flips }
}

class NiftiReader implements SequenceReader {
  readonly info: SequenceInfo
  readonly medical: MedicalImage
  readonly sequence: NiftiSequence
  private source: Promise<FileSource> | null = null
  private isClosed = false

  constructor(sequence: NiftiSequence) {
    this.sequence = sequence
    this.info = sequence.info
    this.medical = sequence.medical
  }

  async read({ frames, bands, window }: FrameRequest, signal?: AbortSignal): Promise<FrameBlock> {
    throwIfAborted(signal)
    const { header, flips } = this.sequence
    const [columns, rows] = header.shape
    const { type } = header
    checkWindow(window, columns, rows, this.info.name)
    this.checkIndices(frames, bands)
    const [flipColumns, flipRows] = flips
    const area = window.height * window.width
    const values = new Float32Array(frames.length * bands.length * area)
    const rowBytes = columns * type.bytes * type.samples
    const readNumber = numberReader(type.name, header.isLittleEndian)
    for (const [f, frame] of frames.entries()) {
      throwIfAborted(signal)
      const bytes = await this.rowsOf(frame, window)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      for (const [b, band] of bands.entries())
        for (let y = 0; y < window.height; y++) {
          const row = flipRows ? window.height - 1 - y : y
          const to = (f * bands.length + b) * area + y * window.width
          for (let x = 0; x < window.width; x++) {
            const column = flipColumns ? columns - 1 - window.column - x : window.column + x
            const at = row * rowBytes + (column * type.samples + band) * type.bytes
            values[to + x] = readNumber(view, at) * header.slope + header.intercept
          }
        }
    }
    return { values, frames: frames.length, bands: bands.length, height: window.height, width: window.width }
  }

  async readStored({ frame, bands, window }: FramePart, signal?: AbortSignal): Promise<StoredPart | null> {
    throwIfAborted(signal)
    const { header, flips } = this.sequence
    const { type, slope, intercept } = header
    checkWindow(window, header.shape[0], header.shape[1], this.info.name)
    this.checkIndices([frame], bands)
    const kind = storedKind(type.name)
    const isPlain = type.samples === 1 && bands.length === 1 && Number.isFinite(slope) && Number.isFinite(intercept)
    if (!kind || !isPlain) return null
    const bytes = await this.rowsOf(frame, window)
    // A copy of its own, aligned: the source may keep what it gave.
    const copy = Buffer.allocUnsafeSlow(bytes.length)
    copy.set(bytes)
    if (type.bytes === 2 && !header.isLittleEndian) copy.swap16()
    const rows = new kind(copy.buffer, 0, copy.length / type.bytes) // [row, column] of whole rows
    const values = new kind(window.height * window.width)
    const [columns] = header.shape
    const [flipColumns, flipRows] = flips
    for (let y = 0; y < window.height; y++) {
      const start = (flipRows ? window.height - 1 - y : y) * columns
      const first = start + (flipColumns ? columns - window.column - window.width : window.column)
      const row = rows.subarray(first, first + window.width)
      values.set(flipColumns ? row.reverse() : row, y * window.width)
    }
    return { values, rule: { slope, intercept, padding: null } }
  }

  /** The bytes of the rows of a window, whole rows, in the order of the file. */
  private async rowsOf(frame: number, window: PixelWindow): Promise<Buffer> {
    const { header, flips } = this.sequence
    const [columns, rows, slices] = header.shape
    const rowBytes = columns * header.type.bytes * header.type.samples
    const slice = frame % slices
    const place = frame - slice + (flips[2] ? slices - 1 - slice : slice)
    const firstRow = flips[1] ? rows - window.row - window.height : window.row
    const source = await this.opened()
    return source.read(header.dataOffset + (place * rows + firstRow) * rowBytes, window.height * rowBytes)
  }

  async close(): Promise<void> {
    this.isClosed = true
    const { source } = this
    this.source = null
    const [opened] = await Promise.allSettled([source])
    if (opened?.status === 'fulfilled') await opened.value?.close()
  }

  private checkIndices(frames: readonly number[], bands: readonly number[]): void {
    const wrong = frames.find((frame) => !(frame >= 0 && frame < this.info.frames))
    const wrongBand = bands.find((band) => this.info.bands[band] === undefined)
    if (wrong === undefined && wrongBand === undefined) return
    throw new AppError(
      'sequence/no-frame',
      `"${this.info.name}" has ${this.info.frames} frames and ${this.info.bands.length} bands; the read reaches beyond.`,
      { frame: wrong ?? null, band: wrongBand ?? null },
    )
  }

  private opened(): Promise<FileSource> {
    if (this.isClosed)
      throw new AppError('sequence/closed', `"${this.info.name}" was closed, so it cannot be read any more.`)
    if (this.source) return this.source
    const opening = this.open()
    this.source = opening
    // A file that cannot be opened is tried again next time.
    opening.catch(() => (this.source = null))
    return opening
  }

  private async open(): Promise<FileSource> {
    const { dataPath, header } = this.sequence
    const source = await openFileSource(dataPath)
    try {
      if (!(await isPacked(source))) return source
      const unpacked = memorySource(dataPath, await unpackNifti(source, header))
      await source.close()
      return unpacked
    } catch (error) {
      await source.close()
      throw error
    }
  }
}
