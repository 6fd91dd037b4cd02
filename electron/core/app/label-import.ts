import { randomUUID } from 'node:crypto'
import type { GeoGrid, Projector } from '../../../shared/domain/geo-grid.ts'
import { gridProjector, mapToPixel } from '../../../shared/domain/geo-grid.ts'
import type { LabelChange } from '../../../shared/domain/label-changes.ts'
import type { LabelClass, LabelFeature } from '../../../shared/domain/label-collection.ts'
import { classesOf, type FrameLabel, sequenceLabelId } from '../../../shared/domain/label-frame.ts'
import { blankFrame, paintedFrame, paintPixels, storedMask } from '../../../shared/domain/label-mask.ts'
import { maskFromText } from '../../../shared/domain/label-rle.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import { classColours, type Rgb } from '../../../shared/imaging/class-colours.ts'
import type { CocoMark } from '../../formats/labels/coco.ts'
import type { LabelledClip } from '../../formats/labels/csv-clips.ts'
import { mapPositions } from '../../formats/labels/map-positions.ts'
import type { LabelledPlace } from '../../formats/labels/place.ts'
import { sequenceFinder } from '../../../shared/domain/sequence-finder.ts'

/** Labels of a file that are new. */
export interface FreshLabels {
  readonly change: LabelChange
  readonly added: number
  /** Labels that lie outside the data, or repeat one that is there. */
  readonly skipped: number
}

/** The places of a file as labels, without those that lie off the images or are there already. */
export function freshPlaces(
  places: readonly LabelledPlace[],
  before: readonly LabelFeature[],
  grid: GeoGrid,
): FreshLabels {
  const projector = gridProjector(grid)
  const seen = new Set(before.map(keyOf))
  const features: LabelFeature[] = []
  for (const place of places) {
    const feature: LabelFeature = { type: 'Feature', id: randomUUID(), ...place }
    const key = keyOf(feature)
    if (seen.has(key) || !touchesGrid(feature, projector, grid)) continue
    seen.add(key)
    features.push(feature)
  }
  const added = features.length
  return { change: { features, frames: [], remove: [] }, added, skipped: places.length - added }
}

/** Classes of clips and of parts of clips as labels of the sequences they name; a clip that is not among them is left out. */
export function freshClips(
  clips: readonly LabelledClip[],
  before: readonly FrameLabel[],
  sequences: readonly SequenceInfo[],
): FreshLabels {
  const find = sequenceFinder(sequences)
  const seen = new Set(before.map(frameKey))
  const frames = new Map<string, FrameLabel>()
  let added = 0
  for (const { path, label, group, subset, span } of clips) {
    const sequence = find(path)
    if (!sequence) continue
    const common = { sequence: sequence.id, label, ...(group ? { group } : {}), ...(subset ? { subset } : {}) }
    // A sequence without a rate counts its frames.
    const rate = sequence.frameRate ?? 1
    const from = Math.min(Math.round((span?.start ?? 0) * rate), Math.max(0, sequence.frames - 1))
    const to = Math.max(from + 1, Math.min(Math.round((span?.end ?? 0) * rate), sequence.frames))
    const made: FrameLabel = span
      ? { kind: 'interval', id: randomUUID(), ...common, from, to }
      : { kind: 'sequence', id: sequenceLabelId(sequence.id), ...common }
    const key = frameKey(made)
    if (seen.has(key)) continue
    seen.add(key)
    frames.set(made.id, made)
    added++
  }
  return { change: { features: [], frames: [...frames.values()], remove: [] }, added, skipped: clips.length - added }
}

/** Marks on frames as labels; masks are painted over what is there. Those of unknown sequences or other sizes are left out. */
export function freshMarks(
  marks: readonly CocoMark[],
  before: readonly FrameLabel[],
  sequences: readonly SequenceInfo[],
): FreshLabels {
  const find = sequenceFinder(sequences)
  const seen = new Set(before.map(frameKey))
  const known = new Map(before.map((label) => [label.id, label]))
  const frames = new Map<string, FrameLabel>()
  let added = 0
  for (const { label, shape, frame, height, width, ...mark } of marks) {
    const info = find(mark.sequence)
    if (!info || frame >= info.frames || info.height !== height || info.width !== width) continue
    const sequence = info.id
    if (shape.kind === 'mask') {
      const blank = blankFrame(height, width)
      const id = `mask:${frame}:${sequence}`
      const present = frames.get(id) ?? known.get(id)
      const set = { column: 0, row: 0, width, height, bits: maskFromText(shape.counts, height, width) }
      const painted = paintPixels(present?.kind === 'mask' ? paintedFrame(present) : blank, set, label)
      const mask = storedMask(sequence, frame, painted)
      if (!mask || (present && frameKey(present) === frameKey(mask))) continue
      frames.set(mask.id, mask)
    } else {
      const made: FrameLabel = { id: randomUUID(), sequence, label, frame, ...shape }
      if (seen.has(frameKey(made))) continue
      seen.add(frameKey(made))
      frames.set(made.id, made)
    }
    added++
  }
  return { change: { features: [], frames: [...frames.values()], remove: [] }, added, skipped: marks.length - added }
}

/** Classes known so far keep their colours; new ones, by name, get those that are left. */
export function withColours(known: readonly LabelClass[], { features, frames }: LabelChange): LabelClass[] {
  const names = new Set(known.map(({ name }) => name))
  const given = [...features.map(({ properties }) => properties.label), ...frames.flatMap((label) => classesOf(label))]
  const fresh = [...new Set(given)].filter((name) => !names.has(name)).sort()
  const used = new Set(known.map(({ colour }) => colour))
  const free = classColours(known.length + fresh.length)
    .map(hexColour)
    .filter((colour) => !used.has(colour))
  return [...known, ...fresh.map((name, index) => ({ name, colour: free[index] ?? '#888888' }))]
}

/** `#rrggbb`. */
export function hexColour(rgb: Rgb): string {
  return `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

function keyOf({ geometry, properties }: LabelFeature): string {
  return JSON.stringify([geometry, properties.label, properties.from, properties.to])
}

/** What makes two labels of frames the same, whatever their ids. */
function frameKey({ id: _id, ...rest }: FrameLabel): string {
  return JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Whether a label can be seen on the images: a point by its pixel, an area by its bounds. */
function touchesGrid(feature: LabelFeature, projector: Projector, grid: GeoGrid): boolean {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  mapPositions(feature.geometry, (longitude, latitude) => {
    const [column, row] = mapToPixel(grid.geoTransform, ...projector.toMap(longitude, latitude))
    left = Math.min(left, column)
    right = Math.max(right, column)
    top = Math.min(top, row)
    bottom = Math.max(bottom, row)
    return [longitude, latitude]
  })
  return right >= 0 && left < grid.width && bottom >= 0 && top < grid.height
}
