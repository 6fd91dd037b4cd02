import type { FoundLesion, LesionTrack } from '../domain/medical/lesion-tracking.ts'
import type { TrackedMeasurement } from '../domain/medical/track-report.ts'

/**
 * Days in which a volume doubles at the pace between two measurements; negative when it shrinks (days to half, with a minus
 * sign); null when it does not change, when either is 0, or when no time has passed.
 */
export function doublingTimeDays(earlierMm3: number, laterMm3: number, days: number): number | null {
  if (!(earlierMm3 > 0 && laterMm3 > 0 && days > 0) || earlierMm3 === laterMm3) return null
  return (days * Math.LN2) / Math.log(laterMm3 / earlierMm3)
}

/** Days from one ISO date to another; null where either is not known. */
export function daysBetween(from: string | null | undefined, to: string | null | undefined): number | null {
  if (!from || !to) return null
  return Math.round(
    (Date.parse(`${to.slice(0, 10)}T00:00:00Z`) - Date.parse(`${from.slice(0, 10)}T00:00:00Z`)) / 86_400_000,
  )
}

/**
 * How each lesion changed against the baseline and its last sight.
 * @param dates  of the studies, ISO; null where not stated
 */
export function measureGrowth(
  tracks: readonly LesionTrack[],
  found: readonly FoundLesion[],
  dates: readonly (string | null)[],
): TrackedMeasurement[] {
  const trackOf = new Map(
    tracks.flatMap((track) => track.lesions.flatMap((id) => (id === null ? [] : [[id, track] as const]))),
  )
  const byId = new Map(found.map((lesion) => [lesion.id, lesion]))
  const change = (from: number | undefined, to: number): number | null =>
    from === undefined || from === 0 ? null : (100 * (to - from)) / from
  return found.flatMap((lesion): TrackedMeasurement[] => {
    const track = trackOf.get(lesion.id)
    if (!track) return []
    const baseline = byId.get(track.lesions[0] ?? '')
    const before = track.lesions.slice(0, lesion.study).findLast((id) => id !== null)
    const earlier = byId.get(before ?? '')
    const days = earlier ? daysBetween(dates[earlier.study], dates[lesion.study]) : null
    return [
      {
        ...lesion,
        track: track.number,
        volumeChangePercent: change(baseline?.measures.volumeMm3, lesion.measures.volumeMm3),
        longAxisChangePercent: change(baseline?.measures.longAxisMm, lesion.measures.longAxisMm),
        volumeDoublingDays:
          earlier && days !== null
            ? doublingTimeDays(earlier.measures.volumeMm3, lesion.measures.volumeMm3, days)
            : null,
      },
    ]
  })
}
