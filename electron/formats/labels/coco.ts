import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import type { LabelClass } from '../../../shared/domain/label-collection.ts'
import type { FrameLabel, FrameLabelOf, PixelPolygon } from '../../../shared/domain/label-frame.ts'
import { pixelsInside } from '../../../shared/domain/label-outline.ts'
import { areaOfRuns, maskToText, rleFromText, rleToText } from '../../../shared/domain/label-rle.ts'

/** What is known of a frame that COCO calls an image. */
export interface CocoFrame {
  readonly sequence: string
  readonly frame: number
  readonly height: number
  readonly width: number
}

/** One thing marked on a frame. */
export interface CocoMark extends CocoFrame {
  readonly label: string
  readonly shape:
    | Pick<FrameLabelOf<'box'>, 'kind' | 'box'>
    | Pick<FrameLabelOf<'point'>, 'kind' | 'position'>
    | Pick<FrameLabelOf<'polygon'>, 'kind' | 'polygons'>
    | { readonly kind: 'mask'; readonly counts: string }
}

const frameName = /^(.*)\/frame-(\d+)\.[a-z]+$/i
const pairsSchema = z.array(z.number()).min(6)
const annotationSchema = z.object({
  id: z.number(),
  image_id: z.number(),
  category_id: z.number(),
  bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional(),
  segmentation: z
    .union([
      z.array(pairsSchema),
      z.object({ size: z.tuple([z.number(), z.number()]), counts: z.union([z.string(), z.array(z.number())]) }),
    ])
    .optional(),
  keypoints: z.array(z.number()).optional(),
})
const cocoSchema = z.object({
  images: z.array(
    z.object({
      id: z.number(),
      file_name: z.string(),
      height: z.number().int().positive(),
      width: z.number().int().positive(),
      sequence: z.string().optional(),
      frame: z.number().int().nonnegative().optional(),
    }),
  ),
  annotations: z.array(annotationSchema).default([]),
  categories: z.array(z.object({ id: z.number(), name: z.string().min(1).max(200) })),
})

/**
 * Reads COCO JSON: boxes, polygons, points (as single keypoints) and masks as run lengths, plain or as text. A frame is named by
 * the members `sequence` and `frame` of its image, or by a file name `sequence/frame-000012.png`; any other file name is taken
 * for a sequence of one frame.
 * @param source file name, for messages
 * @throws `labels/not-coco`, `labels/bad-mask`; the annotation is named
 */
export function readCoco(text: string, source: string): CocoMark[] {
  const coco = parseCoco(text, source)
  const categories = new Map(coco.categories.map(({ id, name }) => [id, name]))
  const frames = new Map(
    coco.images.map(({ id, file_name, sequence, frame, height, width }) => {
      const [, path = file_name, number = '0'] = frameName.exec(file_name) ?? []
      return [id, { sequence: sequence ?? path, frame: frame ?? Number(number), height, width }] as const
    }),
  )
  return coco.annotations.map((annotation) => {
    const [at, label] = [frames.get(annotation.image_id), categories.get(annotation.category_id)]
    const shape = at && shapeOf(annotation, at)
    if (at && label !== undefined && shape) return { ...at, label, shape }
    const what = at ? (label === undefined ? 'names no category' : 'has no shape') : 'names no image'
    throw new AppError('labels/not-coco', `Annotation ${annotation.id} of "${source}" ${what} that is in the file.`, {
      source,
      annotation: annotation.id,
    })
  })
}

/** Labels of frames as COCO JSON; what is said of whole sequences and intervals has no place in it and is left out. */
export function cocoText(
  labels: readonly FrameLabel[],
  classes: readonly LabelClass[],
  sizeOf: (sequence: string) => { readonly height: number; readonly width: number } | null,
): string {
  const categories = classes.map(({ name }, index) => ({
    id: index + 1,
    name,
    supercategory: '',
    keypoints: ['point'],
    skeleton: [],
  }))
  const ids = new Map(categories.map(({ id, name }) => [name, id]))
  const images = new Map<string, { id: number; file_name: string } & CocoFrame>()
  const annotations: Record<string, unknown>[] = []
  for (const label of labels) {
    if (!('frame' in label)) continue
    const size = label.kind === 'mask' ? label : sizeOf(label.sequence)
    if (!size) continue
    const { sequence, frame } = label
    const key = `${sequence}/frame-${String(frame).padStart(6, '0')}.png`
    const image = images.get(key) ?? {
      id: images.size + 1,
      file_name: key,
      sequence,
      frame,
      height: size.height,
      width: size.width,
    }
    images.set(key, image)
    for (const { name, ...shape } of shapesOf(label, image))
      annotations.push({
        id: annotations.length + 1,
        image_id: image.id,
        category_id: ids.get(name) ?? 0,
        iscrowd: 0,
        ...shape,
      })
  }
  return `${JSON.stringify({ info: { description: 'Chronolens labels' }, images: [...images.values()], annotations, categories })}\n`
}

function parseCoco(text: string, source: string): z.infer<typeof cocoSchema> {
  try {
    return cocoSchema.parse(JSON.parse(text))
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause).split('\n')[0] : (cause as Error).message
    throw new AppError('labels/not-coco', `"${source}" is no COCO file: ${reason}`, { source }, { cause })
  }
}

function shapeOf(annotation: z.infer<typeof annotationSchema>, at: CocoFrame): CocoMark['shape'] | null {
  const { segmentation, bbox, keypoints } = annotation
  if (keypoints?.length === 3) return { kind: 'point', position: [keypoints[0] ?? 0, keypoints[1] ?? 0] }
  if (segmentation && !Array.isArray(segmentation)) {
    const runs = typeof segmentation.counts === 'string' ? rleFromText(segmentation.counts) : segmentation.counts
    const [height, width] = segmentation.size
    const total = runs.reduce((sum, length) => sum + length, 0)
    if (height === at.height && width === at.width && total === height * width && runs.every((length) => length >= 0))
      return { kind: 'mask', counts: rleToText(runs) }
    throw new AppError(
      'labels/bad-mask',
      `The mask of annotation ${annotation.id} has ${total} pixels, and its image ${at.height} x ${at.width}.`,
      { annotation: annotation.id },
    )
  }
  const polygons = (segmentation ?? []).map((numbers): PixelPolygon => [pairsOf(numbers)])
  const isBox = bbox && bbox[2] > 0 && bbox[3] > 0
  if (isBox && (polygons.length === 0 || (polygons.length === 1 && isCornersOf(polygons[0]?.[0] ?? [], bbox))))
    return { kind: 'box', box: bbox }
  return polygons.length > 0 ? { kind: 'polygon', polygons } : null
}

function shapesOf(
  label: Extract<FrameLabel, { frame: number }>,
  size: CocoFrame,
): ({ name: string; bbox: number[]; area: number } & Record<string, unknown>)[] {
  switch (label.kind) {
    case 'point': {
      const [x, y] = label.position
      const segmentation = [cornersOf([x, y, 0, 0]).flat()]
      return [{ name: label.label, bbox: [x, y, 0, 0], area: 0, segmentation, keypoints: [x, y, 2], num_keypoints: 1 }]
    }
    case 'box': {
      const [, , width, height] = label.box
      return [{ name: label.label, bbox: label.box, area: width * height, segmentation: [cornersOf(label.box).flat()] }]
    }
    case 'polygon': {
      const bbox = boundsOf(label.polygons.flat(2))
      // COCO's polygons have no holes; an area with holes goes as its pixels.
      if (label.polygons.some((rings) => rings.length > 1)) {
        const set = pixelsInside(size, label.polygons)
        const bits = new Uint8Array(size.height * size.width)
        set.bits.forEach((bit, i) => {
          bits[(set.row + Math.floor(i / set.width)) * size.width + set.column + (i % set.width)] = bit
        })
        return [maskShape(label.label, maskToText(bits, size.height, size.width), size)]
      }
      const area = label.polygons.reduce((sum, [ring = []]) => sum + areaOfRing(ring), 0)
      return [{ name: label.label, bbox, area, segmentation: label.polygons.map(([ring = []]) => ring.flat()) }]
    }
    case 'mask':
      return label.layers.map((layer) => maskShape(layer.label, layer.counts, size))
  }
}

function maskShape(name: string, counts: string, { height, width }: CocoFrame) {
  const runs = rleFromText(counts)
  let [at, left, top, right, bottom] = [0, Infinity, Infinity, 0, 0]
  runs.forEach((length, index) => {
    if (index % 2 === 1 && length > 0) {
      const last = at + length - 1
      const isOneColumn = Math.floor(at / height) === Math.floor(last / height)
      left = Math.min(left, Math.floor(at / height))
      right = Math.max(right, Math.floor(last / height) + 1)
      top = Math.min(top, isOneColumn ? at % height : 0)
      bottom = Math.max(bottom, isOneColumn ? (last % height) + 1 : height)
    }
    at += length
  })
  const bbox = right > 0 ? [left, top, right - left, bottom - top] : [0, 0, 0, 0]
  return { name, bbox, area: areaOfRuns(runs), segmentation: { size: [height, width], counts } }
}

function cornersOf([x, y, width, height]: readonly [number, number, number, number]): [number, number][] {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ]
}

function isCornersOf(ring: readonly [number, number][], box: readonly [number, number, number, number]): boolean {
  const corners = cornersOf(box)
  return ring.length === 4 && ring.every(([x, y], i) => x === corners[i]?.[0] && y === corners[i][1])
}

function pairsOf(numbers: readonly number[]): [number, number][] {
  return Array.from({ length: Math.floor(numbers.length / 2) }, (_, i) => [
    numbers[2 * i] ?? 0,
    numbers[2 * i + 1] ?? 0,
  ])
}

function boundsOf(positions: readonly [number, number][]): [number, number, number, number] {
  const [xs, ys] = [positions.map(([x]) => x), positions.map(([, y]) => y)]
  const [left, top] = [xs.reduce((a, b) => Math.min(a, b)), ys.reduce((a, b) => Math.min(a, b))]
  return [left, top, xs.reduce((a, b) => Math.max(a, b)) - left, ys.reduce((a, b) => Math.max(a, b)) - top]
}

function areaOfRing(ring: readonly [number, number][]): number {
  const twice = ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length] ?? [x, y]
    return sum + x * nextY - nextX * y
  }, 0)
  return Math.abs(twice) / 2
}
