import { AppError } from '../../../shared/base/app-error.ts'
import type { DataArray, DataRead } from '../../../shared/contracts/data-plane.ts'
import type { BandStatistics, OpenSequence, PixelSeries } from '../../../shared/contracts/sequences.ts'
import { type GeoGrid, gridBounds } from '../../../shared/domain/geo-grid.ts'
import { isSceneReader } from '../../formats/scene-collection.ts'
import type { SequenceReader } from '../../formats/sequence-reader.ts'
import { bandStatistics } from './band-statistics.ts'
import { CommonGridReader } from './common-grid-reader.ts'
import { firstComposite } from './first-composite.ts'
import { readFrame, readPicture } from './frame-read.ts'
import type { DataSource } from './handles.ts'

/** Values of one curve read at a time, so that cancelling is prompt. */
const framesAtOnce = 64

/** A sequence that is open for looking at. It owns the reader. */
export class ViewedSequence implements DataSource {
  readonly reader: SequenceReader
  readonly statistics: readonly BandStatistics[]

  private constructor(reader: SequenceReader, statistics: readonly BandStatistics[]) {
    this.reader = reader
    this.statistics = statistics
  }

  /** Takes a reader over; looks at a few frames for the first stretch. @throws the reader's codes; the reader is closed then */
  static async create(reader: SequenceReader, signal?: AbortSignal): Promise<ViewedSequence> {
    try {
      return new ViewedSequence(reader, await bandStatistics(reader, signal))
    } catch (error) {
      await reader.close()
      throw error
    }
  }

  /** The pixel grid, with the projection in a form that can be computed with; null when not georeferenced. */
  get grid(): GeoGrid | null {
    return readerGrid(this.reader)
  }

  /** What the page is told. */
  describe(handle: string): OpenSequence {
    const { info } = this.reader
    const bounds = this.grid && gridBounds(this.grid)
    return {
      handle,
      info,
      projection: this.grid?.projection ?? null,
      extent: bounds && [bounds.minX, bounds.minY, bounds.maxX, bounds.maxY],
      statistics: [...this.statistics],
      composite: firstComposite(info.bands),
      medical: this.reader.medical ?? null,
      clip: this.reader.clip ?? null,
    }
  }

  /** @throws `data/wrong-kind`, and as `readFrame` */
  async read(read: DataRead, signal?: AbortSignal): Promise<DataArray> {
    if (read.kind === 'frame') return readFrame(this.reader, read, signal)
    if (read.kind === 'picture') return readPicture(this.reader, read, signal)
    throw new AppError('data/wrong-kind', 'This handle is an open sequence, not a file.')
  }

  /** The values of one pixel over time, all bands. @throws `sequences/outside`, the reader's codes, `AbortError` */
  async series(row: number, column: number, signal?: AbortSignal): Promise<PixelSeries> {
    const { info } = this.reader
    if (row >= info.height || column >= info.width)
      throw new AppError(
        'sequences/outside',
        `"${info.name}" has ${info.height} x ${info.width} pixels; row ${row}, column ${column} lies outside.`,
        { row, column },
      )
    const bands = info.bands.map((_, band) => band)
    const values = bands.map((): (number | null)[] => [])
    const window = { row, column, height: 1, width: 1 }
    for (let first = 0; first < info.frames; first += framesAtOnce) {
      const count = Math.min(framesAtOnce, info.frames - first)
      const frames = Array.from({ length: count }, (_, i) => first + i)
      const block = await this.reader.read({ frames, bands, window }, signal) // [frame, band, 1, 1]
      for (let f = 0; f < count; f++)
        for (const band of bands) {
          const value = block.values[f * bands.length + band] ?? NaN
          values[band]?.push(Number.isFinite(value) ? value : null)
        }
    }
    return { row, column, values }
  }

  async close(): Promise<void> {
    await this.reader.close()
  }
}

/** The pixel grid of an opened sequence; null when it is not georeferenced. */
export function readerGrid(reader: SequenceReader): GeoGrid | null {
  if (reader instanceof CommonGridReader) return reader.grid
  if (isSceneReader(reader) && reader.grid) return reader.grid.crs === null ? null : reader.grid
  const { width, height, geoTransform, crs } = reader.info
  return geoTransform && crs !== null ? { width, height, geoTransform, crs } : null
}
