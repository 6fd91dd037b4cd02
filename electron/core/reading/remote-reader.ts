import { z } from 'zod'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { assert } from '../../../shared/base/assert.ts'
import { decodeDataArray } from '../../../shared/contracts/data-array.ts'
import type { FrameRead, PictureRead } from '../../../shared/contracts/data-plane.ts'
import { type BandStatistics, bandStatisticsSchema } from '../../../shared/contracts/sequences.ts'
import { type Clip, clipSchema } from '../../../shared/domain/clip.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import { type MedicalImage, medicalImageSchema } from '../../../shared/domain/medical-image.ts'
import { type SeriesOverlay, seriesOverlaySchema } from '../../../shared/domain/medical/overlay.ts'
import { type SequenceInfo, sequenceInfoSchema } from '../../../shared/domain/sequence.ts'
import type { OpenedSequence, ReadAsk } from '../../compute/reading/read-protocol.ts'
import { PlaceReads } from './place-reads.ts'
import type { PaintedClass } from '../../compute/reading/write-masks.ts'
import type { FrameBlock, FramePicture, FrameRequest, SequenceReader } from '../../formats/sequence-reader.ts'

const number6 = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number()])
const placeSchema = z.object({
  path: z.string(),
  offset: z.number().int().nonnegative(),
  size: z.number().int().nonnegative(),
  modifiedMs: z.number(),
  type: z.enum(['uint8', 'int8', 'uint16', 'int16']),
  bits: z
    .object({
      bitsStored: z.number().int().min(1).max(16),
      highBit: z.number().int().min(0).max(15),
      isSigned: z.boolean(),
    })
    .nullable(),
  rule: z.object({
    slope: z.number(),
    intercept: z.number(),
    padding: z.tuple([z.number(), z.number()]).nullable(),
  }),
})
const openedSchema: z.ZodType<OpenedSequence> = z.object({
  info: sequenceInfoSchema,
  medical: medicalImageSchema.nullable(),
  clip: clipSchema.nullable(),
  grid: z
    .object({
      width: z.number(),
      height: z.number(),
      geoTransform: number6,
      crs: z.string().nullable(),
      projection: z.string().nullish(),
    })
    .nullable(),
  statistics: z.array(bandStatisticsSchema),
  hasPictures: z.boolean(),
  places: z.array(placeSchema.nullable()),
}) as unknown as z.ZodType<OpenedSequence>

/** What a reader needs of whoever keeps its process. */
export interface ReaderHome {
  /** Asks the process in which the sequence is open; it is opened again first when that process has ended. */
  ask(ask: ReadAsk, signal: AbortSignal | undefined): Promise<unknown>
  close(): Promise<void>
}

/** What came over the border when a sequence was opened. @throws ZodError when it is anything else, which is a bug */
export function parseOpened(raw: unknown): OpenedSequence {
  return openedSchema.parse(raw)
}

/**
 * A sequence that is open in a reader process. Reading goes on after the process had to be ended: the sequence is opened
 * again with the next read.
 */
export class RemoteReader implements SequenceReader {
  readonly info: SequenceInfo
  readonly medical: MedicalImage | undefined
  readonly clip: Clip | undefined
  /** The pixel grid, with the projection in a form that can be computed with; null when not georeferenced. */
  readonly grid: GeoGrid | null
  readonly statistics: readonly BandStatistics[]
  readonly readPicture?: (
    frame: number,
    outHeight: number,
    outWidth: number,
    signal?: AbortSignal,
  ) => Promise<FramePicture>
  private readonly number: number
  private readonly home: ReaderHome
  private readonly places: PlaceReads | null
  private isClosed = false

  /**
   * @param number  the core's number of the sequence, by which its process knows it
   * @param paths   what was opened
   */
  constructor(number: number, opened: OpenedSequence, paths: readonly string[], home: ReaderHome) {
    this.number = number
    this.home = home
    this.info = opened.info
    this.medical = opened.medical ?? undefined
    this.clip = opened.clip ?? undefined
    this.grid = opened.grid
    this.statistics = opened.statistics
    this.places = opened.places.length > 0 ? new PlaceReads(opened.places, opened.info, paths) : null
    if (opened.hasPictures)
      this.readPicture = async (frame, outHeight, outWidth, signal) => {
        const picture = await this.viewPicture({ kind: 'picture', frame, outHeight, outWidth }, signal)
        const { values, shape } = decodeDataArray(picture)
        const [height = 0, width = 0] = shape
        return { pixels: values as Uint8Array, height, width }
      }
  }

  /** @throws the reader's codes, `compute/*`, `sequence/closed`, `AbortError` */
  async read(request: FrameRequest, signal?: AbortSignal): Promise<FrameBlock> {
    const block = (await this.ask({ kind: 'block', reader: this.number, request }, signal)) as FrameBlock
    const { frames, bands, height, width } = block
    assertFloats(block.values, frames * bands * height * width)
    return block
  }

  /** A part of a frame at the size it is to be shown, encoded as for the page. @throws as `read`; `sequences/outside` */
  async view(read: FrameRead, signal?: AbortSignal): Promise<ArrayBuffer> {
    throwIfAborted(signal)
    const direct = this.isClosed ? null : await this.places?.view(read, signal)
    if (direct) return direct
    const buffer = (await this.ask({ kind: 'view', reader: this.number, read }, signal)) as ArrayBuffer
    const { values } = decodeDataArray(buffer)
    assert(values.length === read.bands.length * read.outHeight * read.outWidth, 'a view has the size asked for')
    return buffer
  }

  /** A frame as colours, uint8 [outHeight, outWidth, 4], encoded as for the page. @throws as `view`; `data/wrong-kind` */
  async viewPicture(read: PictureRead, signal?: AbortSignal): Promise<ArrayBuffer> {
    const buffer = (await this.ask({ kind: 'picture', reader: this.number, read }, signal)) as ArrayBuffer
    assert(decodeDataArray(buffer).type === 'uint8', 'a picture is bytes')
    return buffer
  }

  /** What a segmentation, structure set or report shows over the series; with null its own overlay planes. @throws `dicom/*`, `data/wrong-kind`, as `read` */
  async overlay(path: string | null, signal?: AbortSignal): Promise<SeriesOverlay> {
    return seriesOverlaySchema.parse(await this.ask({ kind: 'overlay', reader: this.number, path }, signal))
  }

  /** Painted classes as the bytes of a DICOM segmentation. @throws `dicom/*`, `data/wrong-kind`, `labels/bad-mask`, as `read` */
  async writeMasks(classes: readonly PaintedClass[], version: string): Promise<Uint8Array> {
    const bytes = await this.ask({ kind: 'write-masks', reader: this.number, classes, version }, undefined)
    assert(bytes instanceof Uint8Array, 'a written file is bytes')
    return bytes
  }

  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    await this.home.close()
  }

  private ask(ask: ReadAsk, signal: AbortSignal | undefined): Promise<unknown> {
    throwIfAborted(signal)
    if (this.isClosed)
      throw new AppError('sequence/closed', `"${this.info.name}" was closed, so it cannot be read any more.`)
    return this.home.ask(ask, signal)
  }
}

function assertFloats(values: unknown, count: number): void {
  assert(
    values instanceof Float32Array && values.length === count,
    'a reader process answers with numbers of the shape',
  )
}
