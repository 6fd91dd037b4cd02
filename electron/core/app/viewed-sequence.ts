import { AppError } from '../../../shared/base/app-error.ts'
import { maximumValues } from '../../../shared/contracts/data-array.ts'
import type { DataRead } from '../../../shared/contracts/data-plane.ts'
import type { OpenSequence, PixelSeries } from '../../../shared/contracts/sequences.ts'
import { gridBounds } from '../../../shared/domain/geo-grid.ts'
import type { RemoteReader } from '../reading/remote-reader.ts'
import { firstComposite } from './first-composite.ts'
import type { DataSource } from './handles.ts'

/** Values of one curve read at a time, so that cancelling is prompt. */
const framesAtOnce = 64

/** A sequence that is open for looking at. It owns the reader. */
export class ViewedSequence implements DataSource {
  readonly reader: RemoteReader

  /** Takes a reader over. */
  constructor(reader: RemoteReader) {
    this.reader = reader
  }

  /** What the page is told. */
  describe(handle: string): OpenSequence {
    const { info, grid, statistics } = this.reader
    const bounds = grid && gridBounds(grid)
    return {
      handle,
      info,
      projection: grid?.projection ?? null,
      extent: bounds && [bounds.minX, bounds.minY, bounds.maxX, bounds.maxY],
      statistics: [...statistics],
      composite: firstComposite(info.bands),
      medical: this.reader.medical ?? null,
      clip: this.reader.clip ?? null,
    }
  }

  /** @throws `data/wrong-kind`, `data/too-large`, `sequences/outside`, the reader's codes, `AbortError` */
  async read(read: DataRead, signal?: AbortSignal): Promise<ArrayBuffer> {
    if (read.kind === 'picture') return this.reader.viewPicture(read, signal)
    if (read.kind === 'frame') {
      if (read.bands.length * read.outHeight * read.outWidth <= maximumValues) return this.reader.view(read, signal)
      throw new AppError('data/too-large', `More than ${maximumValues} values were asked for at once; ask for less.`, {
        limit: maximumValues,
      })
    }
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
