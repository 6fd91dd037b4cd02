import { createHash } from 'node:crypto'
import type { FrameGeometry } from '../../../shared/domain/medical-image.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { along } from './frame-geometry.ts'
import type { Vector3 } from './image.ts'
import { normalOf, type OrderedSeries } from './order-frames.ts'

/** How a series lies in the patient, and what is odd about it. */
export interface SeriesGeometry {
  readonly geometry: FrameGeometry | null
  readonly warnings: readonly string[]
}

const evenTolerance = 0.01
const smallestTiltDegrees = 0.1

/** Looks at the places of the frames: distances, gaps and tilt. */
export function seriesGeometry(series: OrderedSeries): SeriesGeometry {
  const { frames, depths, timePoints } = series
  const first = frames[0]
  const normal = normalOf(frames)
  const { orientation, pixelSpacing } = first?.frame ?? {}
  if (!first || !normal || !depths || !orientation) return { geometry: null, warnings: [] }
  if (!pixelSpacing)
    return {
      geometry: null,
      warnings: [readerNote('dicom/no-spacing')],
    }
  const spacing = spacingOf(depths)
  const positions = frames.map(({ frame }) => frame.position ?? ([0, 0, 0] as const))
  const tilt = tiltOf(positions.slice(0, depths.length), normal, Math.min(...pixelSpacing))
  return {
    geometry: {
      orientation: [[...orientation[0]], [...orientation[1]]],
      positions: positions.map((position) => [...position]),
      pixelSpacing: [...pixelSpacing],
      isVolume: spacing.even !== null && tilt === null && timePoints === 1,
      frameSpacing: spacing.even,
      frameOfReference: opaque(first.image.subject.frameOfReference),
    },
    warnings: [...spacing.warnings, ...(tilt === null ? [] : [tilt])],
  }
}

/** An id that is equal for equal UIDs and tells nothing else. */
export function opaque(uid: string | null): string | null {
  return uid === null ? null : createHash('sha256').update(uid).digest('hex').slice(0, 16)
}

/** The even distance of places, or null with the reason. */
function spacingOf(depths: readonly number[]): { readonly even: number | null; readonly warnings: readonly string[] } {
  if (depths.length < 2) return { even: null, warnings: [] }
  const steps = depths.slice(1).map((depth, i) => depth - (depths[i] ?? 0))
  const sorted = [...steps].sort((a, b) => a - b)
  const usual = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  const gaps = steps.flatMap((step, i) =>
    step > 1.5 * usual ? [{ after: i + 1, missing: Math.round(step / usual) - 1 }] : [],
  )
  if (gaps.length > 0) {
    const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0)
    const [gap] = gaps
    const one = missing === 1 ? 'dicom/slice-missing' : 'dicom/slices-missing'
    const details = { missing, places: gaps.length, after: gap?.after ?? 0, usual: round(usual) }
    return { even: null, warnings: [readerNote(gaps.length === 1 ? one : 'dicom/slices-missing-at', details)] }
  }
  const tolerance = Math.max(0.01, evenTolerance * usual)
  if (steps.some((step) => Math.abs(step - usual) > tolerance)) {
    const range = { least: round(sorted[0] ?? 0), most: round(sorted.at(-1) ?? 0) }
    return { even: null, warnings: [readerNote('dicom/uneven', range)] }
  }
  return { even: ((depths.at(-1) ?? 0) - (depths[0] ?? 0)) / (depths.length - 1), warnings: [] }
}

/** What to say of slices that are not stacked along their normal; null when they are. */
function tiltOf(positions: readonly Vector3[], normal: Vector3, pixel: number): string | null {
  const [first, last] = [positions[0], positions.at(-1)]
  if (!first || !last || positions.length < 2) return null
  const way: Vector3 = [last[0] - first[0], last[1] - first[1], last[2] - first[2]]
  const depth = Math.abs(along(way, normal))
  const drift = Math.sqrt(Math.max(0, way[0] ** 2 + way[1] ** 2 + way[2] ** 2 - depth ** 2))
  const degrees = (Math.atan2(drift, depth) * 180) / Math.PI
  if (drift < pixel / 2 || degrees < smallestTiltDegrees) return null
  return readerNote('dicom/sheared', { degrees: degrees.toFixed(1) })
}

const round = (value: number): number => Math.round(value * 1000) / 1000
