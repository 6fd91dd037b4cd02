import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { MedicalImage } from '../../../shared/domain/medical-image.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import { checkWindow } from '../check-window.ts'
import type {
  FrameBlock,
  FramePart,
  FrameRequest,
  PixelWindow,
  SequenceReader,
  StoredPart,
  StoredPlace,
} from '../sequence-reader.ts'
import type { SeriesDescription } from './describe-series.ts'
import { FrameLoader } from './frame-loader.ts'
import type { SeriesFrame } from './group-series.ts'
import { isStoredPlain, storedPart, writeValues } from './physical-values.ts'
import { storedPlace } from './stored-places.ts'

/** Frames read at the same time: the waiting for one hides behind the others. */
const framesAtOnce = 6

/** Makes the reader of a series. Files are opened when their frames are read. */
export function createDicomReader(
  { info, medical }: SeriesDescription,
  frames: readonly SeriesFrame[],
): SequenceReader {
  return new DicomReader(info, medical, frames)
}

/** The frames of a sequence that is read from DICOM files, with the files they lie in; null for all other readers. */
export function dicomFramesOf(reader: SequenceReader): readonly SeriesFrame[] | null {
  return reader instanceof DicomReader ? reader.frames : null
}

class DicomReader implements SequenceReader {
  readonly info: SequenceInfo
  readonly medical: MedicalImage
  readonly frames: readonly SeriesFrame[]
  private readonly loader = new FrameLoader()

  constructor(info: SequenceInfo, medical: MedicalImage, frames: readonly SeriesFrame[]) {
    this.info = info
    this.medical = medical
    this.frames = frames
  }

  async read({ frames, bands, window }: FrameRequest, signal?: AbortSignal): Promise<FrameBlock> {
    throwIfAborted(signal)
    this.check(bands, window)
    const entries = frames.map((frame) => this.frames[frame] ?? this.missing(frame))
    const size = bands.length * window.height * window.width
    const values = new Float32Array(frames.length * size)
    let next = 0
    const work = async (): Promise<void> => {
      for (let i = next++; i < entries.length; i = next++) {
        throwIfAborted(signal)
        const entry = entries[i]
        if (!entry) continue
        const { stored, firstRow } = await this.loader.load(entry, window)
        writeValues(stored, entry.image, entry.frame, firstRow, { window, bands, out: values, at: i * size })
      }
    }
    try {
      await Promise.all(Array.from({ length: Math.min(framesAtOnce, entries.length) }, work))
    } finally {
      // After a failure the other workers stop at their next frame.
      next = entries.length
    }
    return { values, frames: frames.length, bands: bands.length, height: window.height, width: window.width }
  }

  async readStored({ frame, bands, window }: FramePart, signal?: AbortSignal): Promise<StoredPart | null> {
    throwIfAborted(signal)
    this.check(bands, window)
    const entry = this.frames[frame] ?? this.missing(frame)
    if (!isStoredPlain(entry.image, entry.frame)) return null
    const { stored, firstRow } = await this.loader.load(entry, window)
    return storedPart(stored, entry.image, entry.frame, firstRow, window, bands)
  }

  storedPlaces(): (StoredPlace | null)[] {
    return this.frames.map(storedPlace)
  }

  async close(): Promise<void> {
    await this.loader.close()
  }

  private check(bands: readonly number[], window: PixelWindow): void {
    checkWindow(window, this.info.width, this.info.height, this.info.name)
    for (const band of bands)
      if (this.info.bands[band] === undefined) throw this.outside('band', band, this.info.bands.length)
  }

  private missing(frame: number): never {
    throw this.outside('frame', frame, this.frames.length)
  }

  private outside(what: string, index: number, count: number): AppError {
    return new AppError(
      'sequence/no-frame',
      `"${this.info.name}" has ${count} ${what}s, so ${what} ${index + 1} cannot be read.`,
      { index, count },
    )
  }
}
