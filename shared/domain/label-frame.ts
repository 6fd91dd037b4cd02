import { z } from 'zod'
import { subsetSchema } from './labels.ts'

const frameSchema = z.number().int().nonnegative()
/** `[column, row]`; (0, 0) is the outer corner of the first pixel, so pixel centres end in .5. */
const pixelPositionSchema = z.tuple([z.number(), z.number()])
const pixelRingSchema = z.array(pixelPositionSchema).min(3).max(100_000)

const common = {
  id: z.string().min(1).max(600),
  /** Id of the sequence it belongs to. */
  sequence: z.string().min(1).max(500),
}
const classified = {
  ...common,
  /** Name of its class. */
  label: z.string().min(1).max(200),
  /** Part of the split that the label's source asks for. */
  subset: subsetSchema.optional(),
  /** Labels of one group (a source video, a person) stay in one part of a split. */
  group: z.string().max(200).optional(),
}

/** One class of a painted frame. */
export const maskLayerSchema = z.object({
  label: z.string().min(1).max(200),
  /** Runs of pixels, column by column, as COCO writes them in text; see `rleToText`. */
  counts: z.string().max(4_000_000),
})
/** One class of a painted frame. */
export type MaskLayer = z.infer<typeof maskLayerSchema>

/** What is said of a sequence or of its frames, in pixels and frame numbers; for video, pictures and medical images. */
export const frameLabelSchema = z.discriminatedUnion('kind', [
  /** The whole sequence shows one class; at most one such label for a sequence. */
  z.object({ kind: z.literal('sequence'), ...classified }),
  /** A class from frame `from` up to, not including, frame `to`. */
  z.object({ kind: z.literal('interval'), ...classified, from: frameSchema, to: frameSchema.min(1) }),
  z.object({ kind: z.literal('point'), ...classified, frame: frameSchema, position: pixelPositionSchema }),
  /** `[column, row, width, height]` of a box, in pixels. */
  z.object({
    kind: z.literal('box'),
    ...classified,
    frame: frameSchema,
    box: z.tuple([z.number(), z.number(), z.number().positive(), z.number().positive()]),
  }),
  /** Areas with their holes, `[area][ring][position]`; rings are not closed, the first of an area is its outline. */
  z.object({
    kind: z.literal('polygon'),
    ...classified,
    frame: frameSchema,
    polygons: z.array(z.array(pixelRingSchema).min(1)).min(1),
  }),
  /** What is painted on a frame; every pixel has at most one class. Its id is `maskId(sequence, frame)`. */
  z.object({
    kind: z.literal('mask'),
    ...common,
    frame: frameSchema,
    height: z.number().int().positive(),
    width: z.number().int().positive(),
    layers: z.array(maskLayerSchema).max(1000),
  }),
])
/** What is said of a sequence or of its frames. */
export type FrameLabel = z.infer<typeof frameLabelSchema>
/** A label of one kind. */
export type FrameLabelOf<Kind extends FrameLabel['kind']> = Extract<FrameLabel, { kind: Kind }>
/** An area with its holes in pixels; rings are not closed. */
export type PixelPolygon = [number, number][][]

/** Id of what is painted on a frame: one for each frame, so that two windows that paint the same one know of each other. */
export function maskId(sequence: string, frame: number): string {
  return `mask:${frame}:${sequence}`
}

/** Id of the class of a whole sequence. */
export function sequenceLabelId(sequence: string): string {
  return `sequence:${sequence}`
}

/** The classes a label names; several for a painted frame. */
export function classesOf(label: FrameLabel): readonly string[] {
  return label.kind === 'mask' ? label.layers.map((layer) => layer.label) : [label.label]
}

/** Whether a label is about one frame, and that is it. */
export function isOnFrame(label: FrameLabel, frame: number): boolean {
  return 'frame' in label && label.frame === frame
}
