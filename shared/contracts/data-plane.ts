import { z } from 'zod'
import { AppError } from '../base/app-error.ts'
import { idSchema } from './wire.ts'

/** Longest edge of a picture the data plane makes. */
export const maximumEdge = 8192
/** Most numbers in one answer (bands × height × width): 256 MiB of float32. */
export const maximumValues = 64 * 1024 * 1024

const indexSchema = z
  .number()
  .int()
  .nonnegative()
  .max(2 ** 31)
const edgeSchema = z.number().int().positive().max(maximumEdge)

/** A part of one frame, at the size it is to be shown: float32 [bands, outHeight, outWidth], NaN where there is no data. */
export const frameReadSchema = z.object({
  kind: z.literal('frame'),
  frame: indexSchema,
  bands: z.array(indexSchema).min(1).max(64),
  /** Pixels of the frame; must lie inside it. */
  window: z.object({
    row: indexSchema,
    column: indexSchema,
    height: z.number().int().positive(),
    width: z.number().int().positive(),
  }),
  outHeight: edgeSchema,
  outWidth: edgeSchema,
  /** `nearest` for class maps; `average` of the valid pixels for pictures that are made smaller. */
  resampling: z.enum(['nearest', 'average']).default('nearest'),
})
/** A part of one frame, at the size it is to be shown. */
export type FrameRead = z.infer<typeof frameReadSchema>

/** A whole frame as the colours its file means (video, pictures), at the size it is to be shown: uint8 [outHeight, outWidth, 4], RGBA. */
export const pictureReadSchema = z.object({
  kind: z.literal('picture'),
  frame: indexSchema,
  outHeight: edgeSchema,
  outWidth: edgeSchema,
})
/** A whole frame as colours. */
export type PictureRead = z.infer<typeof pictureReadSchema>

/**
 * A small picture of a sequence that need not be open, of its middle frame, for lists; by the handle from `sequences.thumbnails`:
 * uint8 [height, width, 4], RGBA, its longer side `edge` pixels.
 */
export const thumbnailReadSchema = z.object({
  kind: z.literal('thumbnail'),
  sequence: z.string().min(1).max(500),
  edge: z.number().int().min(16).max(256),
})
/** A small picture of a sequence that need not be open. */
export type ThumbnailRead = z.infer<typeof thumbnailReadSchema>

/** The bytes of a file the core made for the page (an export): uint8 [bytes]. */
export const fileReadSchema = z.object({ kind: z.literal('file') })

/** What can be read by a handle. */
export const dataReadSchema = z.discriminatedUnion('kind', [
  frameReadSchema,
  pictureReadSchema,
  thumbnailReadSchema,
  fileReadSchema,
])
/** What can be read by a handle. */
export type DataRead = z.infer<typeof dataReadSchema>

/** A question on the data port (Electron); the answer carries the same `id`. */
export const dataQuestionSchema = z.object({
  id: z.number().int().nonnegative(),
  handle: idSchema,
  read: dataReadSchema,
})
/** A question on the data port. */
export type DataQuestion = z.infer<typeof dataQuestionSchema>
/** Takes a question back; its answer may come all the same. */
export const dataCancelSchema = z.object({ id: z.number().int().nonnegative(), cancel: z.literal(true) })
/** An answer on the data port: the encoded array, or an error in its wire form. */
export type DataAnswer =
  | { readonly id: number; readonly buffer: ArrayBuffer }
  | { readonly id: number; readonly error: { code: string; message: string; details: Record<string, unknown> } }

/** Reads arrays by handle; the page has one per host. @throws `AppError` with the core's codes, `AbortError` */
export interface DataPlane {
  read(handle: string, read: DataRead, signal?: AbortSignal): Promise<DataArray>
}

const constructors = { float32: Float32Array, uint8: Uint8Array, int32: Int32Array } as const
/** Number types of the data plane. */
export type DataType = keyof typeof constructors
const types = Object.keys(constructors) as DataType[]

/** An array as it travels: numbers, row-major shape, and small remarks. */
export interface DataArray {
  readonly type: DataType
  readonly shape: readonly number[]
  readonly values: Float32Array | Uint8Array | Int32Array
  readonly remarks: Readonly<Record<string, unknown>>
}

const magic = 0x50444c43 // "CLDP", little-endian
const version = 1
const fixedBytes = 12
const maximumRemarks = 64 * 1024
const maximumRank = 8

/**
 * Bytes of an array: "CLDP", version, type, rank, 0 (one byte each), length of the remarks (uint32), the shape (uint32 each),
 * the remarks as JSON in UTF-8, zeros up to a multiple of 8, then the numbers. Everything little-endian. Source: own.
 */
export function encodeDataArray(array: DataArray): ArrayBuffer {
  const remarks = new TextEncoder().encode(JSON.stringify(array.remarks))
  const start = dataStart(array.shape.length, remarks.length)
  const buffer = new ArrayBuffer(start + array.values.byteLength)
  const view = new DataView(buffer)
  view.setUint32(0, magic, true)
  view.setUint8(4, version)
  view.setUint8(5, types.indexOf(array.type))
  view.setUint8(6, array.shape.length)
  view.setUint32(8, remarks.length, true)
  array.shape.forEach((size, axis) => view.setUint32(fixedBytes + 4 * axis, size, true))
  const bytes = new Uint8Array(buffer)
  bytes.set(remarks, fixedBytes + 4 * array.shape.length)
  const { values } = array
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start)
  return buffer
}

/**
 * The array in bytes that `encodeDataArray` made; `values` looks into `buffer`, nothing is copied.
 * @throws `data/damaged` when the bytes are anything else
 */
export function decodeDataArray(buffer: ArrayBuffer): DataArray {
  const view = new DataView(buffer)
  if (view.byteLength < fixedBytes || view.getUint32(0, true) !== magic) throw damaged('it is no data array')
  if (view.getUint8(4) !== version) throw damaged(`its version is ${view.getUint8(4)}, expected ${version}`)
  const type = types[view.getUint8(5)]
  const rank = view.getUint8(6)
  const remarksBytes = view.getUint32(8, true)
  const start = dataStart(rank, remarksBytes)
  if (type === undefined || rank > maximumRank || remarksBytes > maximumRemarks || start > view.byteLength)
    throw damaged('its header does not make sense')
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(fixedBytes + 4 * axis, true))
  const count = shape.reduce((product, size) => product * size, 1)
  const Values = constructors[type]
  if (start + count * Values.BYTES_PER_ELEMENT !== view.byteLength)
    throw damaged(`its shape [${shape.join(', ')}] does not fit its ${view.byteLength} bytes`)
  return { type, shape, values: new Values(buffer, start, count), remarks: readRemarks(buffer, rank, remarksBytes) }
}

function readRemarks(buffer: ArrayBuffer, rank: number, length: number): Record<string, unknown> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(buffer, fixedBytes + 4 * rank, length))
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch {
    throw damaged('its remarks are not JSON')
  }
}

function dataStart(rank: number, remarksBytes: number): number {
  return Math.ceil((fixedBytes + 4 * rank + remarksBytes) / 8) * 8
}

function damaged(what: string): AppError {
  return new AppError('data/damaged', `The answer of the data plane cannot be used: ${what}.`)
}
