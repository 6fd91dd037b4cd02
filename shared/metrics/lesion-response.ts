import type { FoundLesion, LesionResponse, LesionTrack } from '../domain/medical/lesion-tracking.ts'
import {
  assessRecist,
  type BaselineLesion,
  type LesionKind,
  type LesionRole,
  type NonTargetFinding,
  proposeRoles,
  type TargetFinding,
  type TimePoint,
} from './recist.ts'

/** What the images alone do not say. */
export interface ResponseOptions {
  readonly sliceThicknessMm: number | null
  /** By track number; others are lesions, not nodes, each in one organ that is not named. */
  readonly kinds?: Readonly<Record<number, LesionKind>>
  readonly organs?: Readonly<Record<number, string>>
  /** Roles the reader chose, by track number; see `proposeRoles`. */
  readonly roles?: Readonly<Record<number, 'target' | 'non-target'>>
  /** Studies in which the reader sees unequivocal progression of the non-targets (4.3.4). */
  readonly progression?: ReadonlySet<number>
  /** Whether the place of a track was imaged in a study. */
  readonly isImaged?: (track: LesionTrack, study: number) => boolean
}

/**
 * Response by RECIST 1.1 from tracks. Parts of a lesion that split count together; of lesions that merged, the one that goes
 * on counts for both (Eisenhauer et al. 2009, 3.1.2 and appendix II). A lesion whose place was not imaged is not evaluable.
 */
export function assessResponse(
  tracks: readonly LesionTrack[],
  lesions: readonly FoundLesion[],
  studies: number,
  options: ResponseOptions,
): LesionResponse {
  const { kinds = {}, organs = {}, roles: chosen = {}, isImaged = () => true } = options
  const byId = new Map(lesions.map((lesion) => [lesion.id, lesion]))
  const byNumber = new Map(tracks.map((track) => [track.number, track]))
  const kindOf = (track: LesionTrack): LesionKind => kinds[track.number] ?? 'lesion'
  const ownMm = (track: LesionTrack, study: number): number | null => {
    const lesion = byId.get(track.lesions[study] ?? '')
    if (!lesion) return null
    return kindOf(track) === 'node' ? lesion.measures.shortAxisMm : lesion.measures.longAxisMm
  }
  const atBaseline = tracks.filter((track) => track.lesions[0] !== null)
  const proposed = proposeRoles(
    atBaseline.map((track): BaselineLesion => ({
      id: String(track.number),
      kind: kindOf(track),
      diameterMm: ownMm(track, 0) ?? 0,
      // Without a name the limit per organ cannot be applied: each lesion is then its own.
      organ: organs[track.number] ?? `unnamed ${track.number}`,
      sliceThicknessMm: options.sliceThicknessMm,
    })),
    new Map(Object.entries(chosen)),
  )
  const roleOf = (track: LesionTrack): LesionRole => proposed.get(String(track.number)) ?? 'non-target'
  const targets = atBaseline.filter((track) => roleOf(track) === 'target')
  const targetNumbers = new Set(targets.map(({ number }) => number))
  const nonTargets = atBaseline.filter((track) => roleOf(track) === 'non-target')
  const partsOf = (track: LesionTrack): LesionTrack[] =>
    tracks.filter((other) => other.splitFrom === track.number && !targetNumbers.has(other.number))
  /** Length of a track with its parts; null when nothing of it is left. */
  const lengthOf = (track: LesionTrack, study: number, depth = 0): number | null => {
    const mergedInto = track.mergedInto === null ? undefined : byNumber.get(track.mergedInto)
    const own = ownMm(track, study)
    const parts = depth > 8 ? [] : partsOf(track).map((part) => lengthOf(part, study, depth + 1))
    const lengths = [own, ...parts].filter((mm) => mm !== null)
    if (lengths.length > 0) return lengths.reduce((sum, mm) => sum + mm, 0)
    const mergedAt = track.events.indexOf('merged')
    if (!mergedInto || mergedAt < 0 || study < mergedAt || targetNumbers.has(mergedInto.number)) return null
    // It counts with the one it went into, unless that is a part of itself.
    return mergedInto.splitFrom === track.number ? null : ownMm(mergedInto, study)
  }
  const isMerged = (track: LesionTrack, study: number): boolean => {
    const at = track.events.indexOf('merged')
    return at >= 0 && study >= at && track.lesions[study] === null
  }
  const timePoint = (study: number): TimePoint => {
    const findings: Record<string, TargetFinding> = {}
    for (const track of targets) {
      const mm = lengthOf(track, study)
      findings[track.number] =
        mm !== null
          ? { state: 'measured', diameterMm: mm }
          : isMerged(track, study) || isImaged(track, study)
            ? { state: 'absent' }
            : { state: 'not-evaluable' }
    }
    const others: Record<string, NonTargetFinding> = {}
    for (const track of nonTargets) {
      const mm = lengthOf(track, study)
      const isLeft = mm !== null && (kindOf(track) === 'lesion' || mm >= 10)
      const isGone = mm !== null || isMerged(track, study) || isImaged(track, study)
      others[track.number] = isLeft || isMerged(track, study) ? 'present' : isGone ? 'absent' : 'not-evaluable'
    }
    const [firstOther] = nonTargets
    if (firstOther && options.progression?.has(study)) others[firstOther.number] = 'unequivocal-progression'
    const fresh = tracks.filter((track) => isNew(track) && track.lesions[study] !== null)
    return { targets: findings, nonTargets: others, hasNewLesion: fresh.length > 0 }
  }
  const points = Array.from({ length: studies }, (_, study) => timePoint(study))
  const [baseline, ...followUps] = points
  const assessments = baseline
    ? assessRecist(
        targets.map((track) => ({ id: String(track.number), kind: kindOf(track) })),
        nonTargets.map(({ number }) => String(number)),
        baseline,
        followUps,
      )
    : []
  return {
    roles: atBaseline.map((track) => ({ track: track.number, role: roleOf(track), kind: kindOf(track) })),
    baselineSumMm: targets.length === 0 ? null : targets.reduce((sum, track) => sum + (lengthOf(track, 0) ?? 0), 0),
    followUps: assessments.map((assessment, i) => ({
      study: i + 1,
      ...assessment,
      newLesions: tracks.filter((track) => isNew(track) && track.lesions[i + 1] !== null).map(({ number }) => number),
    })),
  }
}

/** Whether a track began after the baseline and is no part of another. */
function isNew({ events }: LesionTrack): boolean {
  return events.includes('new')
}
