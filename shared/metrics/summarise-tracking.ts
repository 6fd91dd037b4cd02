import {
  appliedSteps,
  type Correction,
  correctedLinks,
  type CorrectionLog,
  type LesionNote,
} from '../domain/medical/lesion-corrections.ts'
import type { FoundLesion, LesionLink, LesionResponse, LesionTrack } from '../domain/medical/lesion-tracking.ts'
import { readerNote } from '../domain/reader-notes.ts'
import type { TrackedMeasurement, TrackReport } from '../domain/medical/track-report.ts'
import { measureGrowth } from './lesion-growth.ts'
import { assessResponse } from './lesion-response.ts'

/** What was found, and how it was linked at first. */
export interface TrackingFacts {
  /** Of each study, ISO; null where not stated. */
  readonly dates: readonly (string | null)[]
  /** Distance of the baseline's slices in mm; null when not known. */
  readonly sliceThicknessMm: number | null
  readonly found: readonly FoundLesion[]
  readonly links: readonly LesionLink[]
  /** By lesion: whether the place of its middle was imaged in each study. */
  readonly imaged: Readonly<Record<string, readonly boolean[]>>
  /** What holds for lesions of which the reader says nothing else. */
  readonly organ?: string | null
  readonly areNodes?: boolean
}

/** What follows from links and corrections: lesions through time, how they changed, and the response. */
export interface TrackingSummary {
  readonly lesions: readonly LesionTrack[]
  readonly links: readonly LesionLink[]
  readonly measurements: readonly TrackedMeasurement[]
  readonly response: LesionResponse
  /** What the reader said, by track number. */
  readonly notes: ReadonlyMap<number, LesionNote>
  readonly progression: ReadonlySet<number>
  /** Corrections of links that change nothing, by their index. */
  readonly idle: readonly number[]
  readonly warnings: readonly string[]
}

/** Works out everything that depends on links and on what the reader says; a correction means doing this again. */
export function summariseTracking(facts: TrackingFacts, steps: readonly Correction[] = []): TrackingSummary {
  const { dates, found, sliceThicknessMm, imaged, organ = null, areNodes = false } = facts
  const { lesions, links, tracks, notes, progression, idle } = correctedLinks(found, facts.links, dates.length, steps)
  const byId = new Map(lesions.map((lesion) => [lesion.id, lesion]))
  const organOf = (track: number): string | null => notes.get(track)?.organ ?? organ
  const typeOf = (track: number): 'lesion' | 'node' => notes.get(track)?.type ?? (areNodes ? 'node' : 'lesion')
  const numbers = tracks.map(({ number }) => number)
  const table = <Value>(of: (track: number) => Value | null): Record<number, Value> =>
    Object.fromEntries(
      numbers.flatMap((number): [number, Value][] => {
        const value = of(number)
        return value === null ? [] : [[number, value]]
      }),
    )
  const response = assessResponse(tracks, lesions, dates.length, {
    sliceThicknessMm,
    kinds: table(typeOf),
    organs: table(organOf),
    roles: table((track) => notes.get(track)?.role ?? null),
    progression,
    isImaged: (track, study) => {
      const sights = track.lesions.flatMap((id) => byId.get(id ?? '') ?? [])
      const [nearest] = sights.sort(
        (a, b) => Math.abs(a.study - study) - Math.abs(b.study - study) || a.study - b.study,
      )
      return (nearest && imaged[nearest.id]?.[study]) ?? false
    },
  })
  const unnamed = response.roles.filter(
    ({ track, role, kind }) => role === 'target' && kind === 'lesion' && organOf(track) === null,
  )
  return {
    lesions: tracks,
    links,
    measurements: measureGrowth(tracks, lesions, dates),
    response,
    notes,
    progression,
    idle,
    warnings: unnamed.length > 2 ? [readerNote('lesions/organs-unknown')] : [],
  }
}

/** A finished tracking as the reader has corrected it. */
export function correctedReport(report: TrackReport, log: CorrectionLog): TrackReport & TrackingSummary {
  const thickness = report.studies[0]?.spacingMm[2] ?? 0
  const summary = summariseTracking(
    {
      dates: report.studies.map(({ date }) => date),
      sliceThicknessMm: thickness > 0 ? thickness : null,
      found: report.measurements,
      links: report.links,
      imaged: report.imaged,
    },
    appliedSteps(log),
  )
  const own = report.warnings.filter((text) => text !== readerNote('lesions/organs-unknown'))
  return {
    ...report,
    ...summary,
    lesions: [...summary.lesions],
    links: [...summary.links],
    measurements: [...summary.measurements],
    warnings: [...own, ...summary.warnings],
  }
}
