import type { SeededRandom } from '../../../shared/base/seeded-random.ts'
import { segmenterChannels } from '../../models/conv-lstm-unet.ts'
import type { Batch } from '../../engine/training-program.ts'
import { brightest, darkest } from './intensity.ts'
import type { StudySample } from './segmentation-dataset.ts'
import type { SegmentationData, SegmentationTraining } from './segmentation-options.ts'

/** A square cut out of some slices of a study, perhaps turned, scaled and mirrored. */
export interface PatchPlace {
  /** Slices from the first on; those beyond the ends repeat the outermost. */
  readonly first: number
  readonly row: number
  readonly column: number
  /** In radians, and as factor. */
  readonly turn: number
  readonly scale: number
  readonly isMirrored: boolean
  readonly isReversed: boolean
}

/** Sizes of patches. */
export type PatchShape = Pick<SegmentationData, 'slices' | 'patchSize'>

/** Half a circle in radians is far more than patients lie askew. */
const mostTurn = Math.PI / 9
const mostScale = 0.15

/** Draws where a patch lies: around a lesion where asked for and there is one, else anywhere. */
export function drawPatch(
  { slices, lesions }: Pick<StudySample, 'slices' | 'lesions'>,
  shape: PatchShape,
  { lesionShare, augment, mirror }: Pick<SegmentationTraining, 'lesionShare' | 'augment' | 'mirror'>,
  random: SeededRandom,
): PatchPlace {
  const { rows, columns } = slices
  const isLesion = random.next() < lesionShare
  const lesion = lesions[random.integer(Math.max(1, lesions.length))]
  const voxel = lesion?.[random.integer(Math.max(1, lesion.length))]
  const [within, shift] = [random.integer(shape.slices), (): number => (random.next() - 0.5) * 0.6 * shape.patchSize]
  const [anyRow, anyColumn, anySlice] = [random.next(), random.next(), random.next()]
  const [down, right] = [shift(), shift()]
  const more = {
    turn: augment ? (2 * random.next() - 1) * mostTurn : 0,
    scale: augment ? 1 + (2 * random.next() - 1) * mostScale : 1,
    isMirrored: augment && mirror && random.next() < 0.5,
    isReversed: augment && mirror && random.next() < 0.5,
  }
  if (isLesion && voxel !== undefined) {
    const slice = Math.floor(voxel / (rows * columns))
    const [row, column] = [Math.floor(voxel / columns) % rows, voxel % columns]
    return { first: slice - within, row: row + down, column: column + right, ...more }
  }
  return {
    first: Math.floor(anySlice * Math.max(1, slices.slices - shape.slices + 1)),
    row: anyRow * (rows - 1),
    column: anyColumn * (columns - 1),
    ...more,
  }
}

/** Copies a patch into tensors: `x` [slices, patch, patch, 4] and `y` [slices, patch, patch], from the offsets on. */
export function cutPatch(
  study: StudySample,
  place: PatchPlace,
  { slices: count, patchSize: patch }: PatchShape,
  x: Float32Array,
  y: Float32Array,
  sample: number,
): void {
  const { slices, rows, columns, hasEarlier } = study.slices
  const area = rows * columns
  const planes = new Float32Array(3 * area)
  const mask = new Float32Array(area)
  const places = patchPlaces(place, patch, rows, columns)
  for (let k = 0; k < count; k++) {
    const wanted = place.first + (place.isReversed ? count - 1 - k : k)
    const slice = Math.min(slices - 1, Math.max(0, wanted))
    study.slices.read(slice, planes)
    study.readMask(slice, mask)
    const start = (sample * count + k) * patch * patch
    for (let i = 0; i < patch * patch; i++) {
      const { at, down, right, nearest } = places
      const corner = at[i] ?? 0
      const to = (start + i) * segmenterChannels
      x[to] = between(planes, corner, columns, right[i] ?? 0, down[i] ?? 0)
      if (hasEarlier) {
        x[to + 1] = between(planes, area + corner, columns, right[i] ?? 0, down[i] ?? 0)
        x[to + 2] = planes[2 * area + (nearest[i] ?? 0)] ?? 0
        x[to + 3] = 1
      }
      y[start + i] = mask[nearest[i] ?? 0] ?? 0
    }
  }
}

/** Where the pixels of a patch lie in a slice; beyond its edges the outermost pixels are repeated. */
function patchPlaces(place: PatchPlace, patch: number, rows: number, columns: number) {
  const [at, nearest] = [new Int32Array(patch * patch), new Int32Array(patch * patch)]
  const [down, right] = [new Float32Array(patch * patch), new Float32Array(patch * patch)]
  const [cosine, sine] = [Math.cos(place.turn) * place.scale, Math.sin(place.turn) * place.scale]
  for (let r = 0, i = 0; r < patch; r++)
    for (let c = 0; c < patch; c++, i++) {
      const dy = r - (patch - 1) / 2
      const dx = (c - (patch - 1) / 2) * (place.isMirrored ? -1 : 1)
      const row = Math.min(rows - 1, Math.max(0, place.row + cosine * dy + sine * dx))
      const column = Math.min(columns - 1, Math.max(0, place.column - sine * dy + cosine * dx))
      const [top, left] = [
        Math.min(Math.floor(row), Math.max(0, rows - 2)),
        Math.min(Math.floor(column), Math.max(0, columns - 2)),
      ]
      at[i] = top * columns + left
      down[i] = row - top
      right[i] = column - left
      nearest[i] = Math.round(row) * columns + Math.round(column)
    }
  return { at, nearest, down, right }
}

function between(values: Float32Array, corner: number, columns: number, u: number, v: number): number {
  const top = (1 - u) * (values[corner] ?? 0) + u * (values[corner + (u > 0 ? 1 : 0)] ?? 0)
  if (v === 0) return top
  const below = corner + columns
  return (1 - v) * top + v * ((1 - u) * (values[below] ?? 0) + u * (values[below + (u > 0 ? 1 : 0)] ?? 0))
}

/** Changes brightness, contrast and noise of a patch, of either date by itself. */
function varyBrightness(x: Float32Array, start: number, end: number, random: SeededRandom): void {
  for (let channel = 0; channel < 2; channel++) {
    const [contrast, brightness] = [0.9 + 0.2 * random.next(), 0.2 * (random.next() - 0.5)]
    const noise = 0.1 * random.next()
    for (let i = start + channel; i < end; i += segmenterChannels) {
      const value = (x[i] ?? 0) * contrast + brightness + noise * random.normal()
      x[i] = Math.min(brightest, Math.max(darkest, value))
    }
  }
}

/** Makes the batches of a training; row r is a patch of study r modulo the number of studies. */
export function patchBatchMaker(options: {
  readonly studies: readonly StudySample[]
  readonly shape: PatchShape
  readonly batch: number
  readonly training: SegmentationTraining
}): (rows: readonly number[], random: SeededRandom) => Batch {
  const { studies, shape, batch, training } = options
  const pixels = shape.slices * shape.patchSize * shape.patchSize
  return (rows, random) => {
    const x = new Float32Array(batch * pixels * segmenterChannels)
    const y = new Float32Array(batch * pixels)
    const weights = new Float32Array(batch)
    rows.forEach((row, i) => {
      const study = studies[row % studies.length]
      if (!study) return
      cutPatch(study, drawPatch(study, shape, training, random), shape, x, y, i)
      const [start, end] = [i * pixels * segmenterChannels, (i + 1) * pixels * segmenterChannels]
      if (training.augment) varyBrightness(x, start, end, random)
      if (random.next() < training.hideEarlier || x[start + 3] === 0)
        for (let at = start; at < end; at++) if (at % segmenterChannels !== 0) x[at] = 0
      weights[i] = 1
    })
    const size = [batch, shape.slices, shape.patchSize, shape.patchSize] as const
    return {
      features: { x: { shape: [...size, segmenterChannels], dtype: 'float32', values: x } },
      targets: { y: { shape: [...size], dtype: 'float32', values: y } },
      weights,
    }
  }
}
