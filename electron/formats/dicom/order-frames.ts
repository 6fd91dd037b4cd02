import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { naturally } from '../geotiff/sequence-draft.ts'
import { along, cross } from './frame-geometry.ts'
import type { FrameKeys, Vector3 } from './image.ts'
import type { SeriesFrame, SeriesGroup } from './group-series.ts'

/** Frames in the order in which they are shown. */
export interface OrderedSeries {
  readonly frames: readonly SeriesFrame[]
  readonly orderedBy: string
  /** Sets of slices, one after the other; 1 for a plain stack; null where frames have no places. */
  readonly timePoints: number | null
  /** Distances of the places along the normal, ascending, in mm; null where frames have no places. */
  readonly depths: readonly number[] | null
  /** Whether the frames are of one place and differ in time. */
  readonly isTimeSeries: boolean
  readonly warnings: readonly string[]
}

/**
 * Orders frames by their places along the normal; frames without places by instance number, time or name. Frames at the
 * same places become several sequences where their kind differs (phase and magnitude), else time points one after the other.
 */
export function orderFrames({ frames, warnings }: SeriesGroup): OrderedSeries[] {
  const placed = placesOf(frames)
  if (placed === null) return [{ ...orderWithoutPlaces(frames), warnings }]
  const repeats = frames.length - placed.depths.length
  if (repeats === 0) return [{ ...plainStack(placed), warnings }]
  const split = splitByKind(placed)
  if (split) {
    const note = readerNote('dicom/kinds', { parts: split.parts.length, by: split.by })
    return split.parts.flatMap((part) => orderFrames({ frames: part, warnings: [...warnings, note] }))
  }
  // A few slices too many are no time series.
  if (placed.depths.length > 1 && repeats < placed.depths.length / 2) {
    const note = readerNote('dicom/repeated-place', { repeats, frames: frames.length })
    const seen = new Set<number>()
    const kept = placed.entries.filter(({ place }) => !seen.has(place) && seen.add(place))
    return [{ ...plainStack({ ...placed, entries: kept }), warnings: [...warnings, note] }]
  }
  return [timeMajor(placed, warnings)]
}

interface PlacedFrame extends SeriesFrame {
  /** Index of its place along the normal. */
  readonly place: number
}

interface Placed {
  /** By place, then by instance number. */
  readonly entries: readonly PlacedFrame[]
  readonly depths: readonly number[]
}

function placesOf(frames: readonly SeriesFrame[]): Placed | null {
  const normal = normalOf(frames)
  if (!normal || frames.some(({ frame }) => !frame.position)) return null
  const measured = frames.map((entry) => ({ ...entry, depth: along(entry.frame.position ?? [0, 0, 0], normal) }))
  measured.sort((a, b) => a.depth - b.depth || byInstance(a, b))
  const tolerance = placeTolerance(measured.map(({ depth }) => depth))
  const depths: number[] = []
  const entries = measured.map(({ image, frame, depth }): PlacedFrame => {
    if (depths.length === 0 || depth - (depths.at(-1) ?? 0) > tolerance) depths.push(depth)
    return { image, frame, place: depths.length - 1 }
  })
  return { entries: entries.sort((a, b) => a.place - b.place || byInstance(a, b)), depths }
}

/** The direction in which slices are stacked; null when frames have no direction. */
export function normalOf(frames: readonly SeriesFrame[]): Vector3 | null {
  const orientation = frames[0]?.frame.orientation
  return orientation ? cross(orientation[0], orientation[1]) : null
}

/** Two places are the same when they are nearer than a tenth of the usual distance, and than 0.01 mm. */
function placeTolerance(depths: readonly number[]): number {
  const steps = depths
    .slice(1)
    .map((depth, i) => depth - (depths[i] ?? 0))
    .filter((step) => step > 1e-4)
  const middle = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0.1
  return Math.min(0.01, middle / 10)
}

function byInstance(a: SeriesFrame, b: SeriesFrame): number {
  const numbers = (a.image.instanceNumber ?? 0) - (b.image.instanceNumber ?? 0)
  return numbers || a.frame.index - b.frame.index || naturally(a.image.relative, b.image.relative)
}

function plainStack({ entries, depths }: Placed): Omit<OrderedSeries, 'warnings'> {
  const orderedBy = depths.length === 1 ? readerNote('order/single-frame') : readerNote('order/position')
  return { frames: entries, orderedBy, timePoints: 1, depths, isTimeSeries: false }
}

const splittingKeys: readonly (readonly [string, (entry: SeriesFrame) => string | null])[] = [
  ['image type', ({ frame }) => frame.type],
  ['echo time', ({ frame }) => (frame.keys.echoTime === null ? null : String(frame.keys.echoTime))],
]

/** Parts of different kind, when no part holds a place twice. */
function splitByKind({ entries }: Placed): { readonly parts: SeriesFrame[][]; readonly by: string } | null {
  for (const [by, keyOf] of splittingKeys) {
    const parts = new Map<string, PlacedFrame[]>()
    for (const entry of entries) {
      const key = keyOf(entry) ?? ''
      parts.set(key, [...(parts.get(key) ?? []), entry])
    }
    const found = [...parts.values()]
    if (found.length > 1 && found.every((part) => part.length >= entries.length / found.length / 2)) {
      const isUnique = found.every((part) => new Set(part.map(({ place }) => place)).size === part.length)
      if (isUnique || by === 'image type') return { parts: found, by }
    }
  }
  return null
}

const timeKeys: readonly (readonly [string, (entry: SeriesFrame) => number | null])[] = [
  ...(
    [
      ['temporal position', 'temporalPosition'],
      ['trigger time', 'triggerTime'],
      ['acquisition number', 'acquisitionNumber'],
      ['b-value', 'bValue'],
    ] as const satisfies readonly (readonly [string, keyof FrameKeys])[]
  ).map(([name, key]) => [name, ({ frame }: SeriesFrame) => frame.keys[key]] as const),
  ['acquisition time', ({ frame }) => (frame.time === null ? null : Date.parse(`${frame.time}Z`))],
]

function timeMajor({ entries, depths }: Placed, warnings: readonly string[]): OrderedSeries {
  const found = timeKeys
    .map(([name, keyOf]) => ({ name, points: pointsBy(entries, keyOf) }))
    .find(({ points }) => points)
  const points = found?.points ?? pointsByOccurrence(entries)
  const name = found?.name ?? 'instance number'
  const isSingle = depths.length === 1
  const noted = [...warnings]
  if (!isSingle) noted.push(readerNote('dicom/time-points', { places: depths.length, points: points.length }))
  const missing = points.length * depths.length - entries.length
  if (missing > 0) noted.push(readerNote('dicom/incomplete-time-points', { missing }))
  return {
    frames: points.flat(),
    orderedBy: readerNote(isSingle ? 'order/same-place' : 'order/key-and-position', { key: name }),
    timePoints: points.length,
    depths,
    isTimeSeries: true,
    warnings: noted,
  }
}

/** Time points by a key; null unless it tells the frames of each place apart. */
function pointsBy(
  entries: readonly PlacedFrame[],
  keyOf: (entry: SeriesFrame) => number | null,
): PlacedFrame[][] | null {
  const points = new Map<number, PlacedFrame[]>()
  for (const entry of entries) {
    const key = keyOf(entry)
    if (key === null || Number.isNaN(key)) return null
    const point = points.get(key)
    if (!point) points.set(key, [entry])
    else if (point.at(-1)?.place === entry.place) return null
    else point.push(entry)
  }
  const places = new Set(entries.map(({ place }) => place)).size
  // A time of its own for every slice is an order of slices, not of time points.
  if (points.size > 2 * Math.ceil(entries.length / places)) return null
  return [...points].sort(([a], [b]) => a - b).map(([, point]) => point)
}

/** The n-th frame of every place belongs to the n-th time point. */
function pointsByOccurrence(entries: readonly PlacedFrame[]): PlacedFrame[][] {
  const points: PlacedFrame[][] = []
  const counts = new Map<number, number>()
  for (const entry of entries) {
    const count = counts.get(entry.place) ?? 0
    counts.set(entry.place, count + 1)
    const point = points[count]
    if (point) point.push(entry)
    else points.push([entry])
  }
  return points
}

function orderWithoutPlaces(frames: readonly SeriesFrame[]): Omit<OrderedSeries, 'warnings'> {
  const files = new Set(frames.map(({ image }) => image))
  const common = { timePoints: null, depths: null, isTimeSeries: false }
  if (files.size === 1) {
    const ordered = [...frames].sort((a, b) => a.frame.index - b.frame.index)
    const orderedBy = readerNote(frames.length === 1 ? 'order/single-frame' : 'order/as-in-file')
    return { ...common, frames: ordered, orderedBy }
  }
  const numbers = frames.map(({ image }) => image.instanceNumber)
  if (numbers.every((number) => number !== null) && new Set(numbers).size > 1)
    return {
      ...common,
      frames: [...frames].sort(byInstance),
      orderedBy: readerNote('order/instance-number'),
    }
  const times = frames.map(({ frame }) => frame.time)
  if (times.every((time) => time !== null) && new Set(times).size > 1) {
    const time = ({ frame }: SeriesFrame): string => frame.time ?? ''
    const ordered = [...frames].sort((a, b) => (time(a) < time(b) ? -1 : time(a) > time(b) ? 1 : byInstance(a, b)))
    return {
      ...common,
      frames: ordered,
      orderedBy: readerNote('order/acquisition-time'),
      isTimeSeries: true,
    }
  }
  const ordered = [...frames].sort((a, b) => naturally(a.image.relative, b.image.relative))
  return { ...common, frames: ordered, orderedBy: readerNote('order/file-name') }
}
