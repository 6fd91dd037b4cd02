import { z } from 'zod'
import type { DataArray } from './data-array.ts'
import { idSchema } from './wire.ts'

/** Longest edge of a picture the data plane makes. */
export const maximumEdge = 8192

const indexSchema = z
  .number()
  .int()
  .nonnegative()
  .max(2 ** 31)
const edgeSchema = z.number().int().positive().max(maximumEdge)

/**
 * A part of one frame, at the size it is to be shown: [bands, outHeight, outWidth], float32 with NaN where there is no data, or
 * numbers as they are stored with their `rule`; `floatsOf` gives the same values of both.
 */
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
