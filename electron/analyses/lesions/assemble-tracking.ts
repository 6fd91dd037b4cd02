import type { FoundLesion, StudyRegistration } from '../../../shared/domain/medical/lesion-tracking.ts'
import { appliedSteps, noCorrections } from '../../../shared/domain/medical/lesion-corrections.ts'
import { composed, inverted, moved } from '../../../shared/domain/medical/patient-transform.ts'
import type { TrackReport, TrackRequest } from '../../../shared/domain/medical/track-report.ts'
import { summariseTracking, type TrackingSummary } from '../../../shared/metrics/summarise-tracking.ts'
import type { FollowedStudy } from './follow-study.ts'
import { linkLesions } from './link-lesions.ts'
import { type PatientVolume, placeFinder, type StackPlace } from './patient-volume.ts'

/** What following found, before anything is written. */
export type AssembledTracking = Omit<TrackReport, 'files' | 'seconds' | 'changes'> & Pick<TrackingSummary, 'notes'>

/** Links the lesions of all studies, and works out what follows from the links. */
export function assembleTracking(
  studies: readonly FollowedStudy[],
  { organ, nodes, corrections = noCorrections }: Pick<TrackRequest, 'organ' | 'nodes' | 'corrections'>,
): AssembledTracking {
  const found = studies.flatMap(({ lesions }) => lesions.map((lesion) => lesion.found))
  const links = linkLesions(
    studies.map(({ volume, registration, lesions }) => ({
      geometry: volume.geometry,
      fromBaseline: registration.transform,
      lesions,
    })),
  )
  const dates = studies.map(({ series }) => series.medical.study.date)
  const imaged = imagedIn(studies, found)
  const sliceThicknessMm = studies[0]?.series.info.spacingMm?.[2] ?? null
  const { notes, ...summary } = summariseTracking(
    { dates, sliceThicknessMm, found, links, imaged, organ: organ ?? null, areNodes: nodes },
    appliedSteps(corrections),
  )
  return {
    studies: studies.map(({ folder, series, volume, registration, masksFrom, levels }, study) => ({
      study,
      given: study,
      path: folder.path,
      series: series.info.id,
      date: dates[study] ?? null,
      modality: series.medical.modality,
      ...volume.geometry.size,
      spacingMm: series.info.spacingMm ?? [0, 0, 0],
      masksFrom,
      isByBrightness: levels !== null,
      registration,
    })),
    lesions: [...summary.lesions],
    links: [...summary.links],
    measurements: [...summary.measurements],
    imaged,
    response: summary.response,
    notes,
    warnings: [...summary.warnings],
  }
}

/** By lesion: whether its middle lies in what each study shows. */
export function imagedIn(
  studies: readonly { readonly volume: Pick<PatientVolume, 'geometry'>; readonly registration: StudyRegistration }[],
  found: readonly FoundLesion[],
): Record<string, boolean[]> {
  const finders = studies.map(({ volume }) => placeFinder(volume.geometry))
  const at: StackPlace = { slice: 0, share: 0, row: 0, column: 0 }
  return Object.fromEntries(
    found.map(({ id, study, measures }) => {
      const own = studies[study]
      const seen = studies.map(({ registration }, index) => {
        if (!own) return false
        const way = composed(registration.transform, inverted(own.registration.transform))
        return finders[index]?.(moved(way, measures.centre), at) ?? false
      })
      return [id, seen]
    }),
  )
}
