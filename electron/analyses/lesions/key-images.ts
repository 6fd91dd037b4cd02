import type { LesionTrack } from '../../../shared/domain/medical/lesion-tracking.ts'
import { composed, inverted, moved } from '../../../shared/domain/medical/patient-transform.ts'
import type { TrackReport } from '../../../shared/domain/medical/track-report.ts'
import type { Rgb } from '../../../shared/imaging/class-colours.ts'
import type { FollowedStudy } from './follow-study.ts'
import { displayRange, drawKeyImage } from './key-image.ts'
import { placeFinder, type StackPlace } from './patient-volume.ts'
import type { KeyImages } from './track-html.ts'

/** Tracks that get pictures; a report of hundreds is not read. */
const mostTracks = 50

/** Where a track lies, or would lie, in a study: the middle of its nearest lesion in time; null when that was not imaged. */
function placeIn(
  studies: readonly Pick<FollowedStudy, 'volume' | 'registration'>[],
  track: LesionTrack,
  study: number,
  found: TrackReport['measurements'],
): StackPlace | null {
  const seen = found.filter(({ id }) => track.lesions.includes(id))
  const nearest = [...seen].sort(
    (a, b) => Math.abs(a.study - study) - Math.abs(b.study - study) || a.study - b.study,
  )[0]
  const [own, target] = [studies[nearest?.study ?? -1], studies[study]]
  if (!nearest || !own || !target) return null
  const way = composed(target.registration.transform, inverted(own.registration.transform))
  const at: StackPlace = { slice: 0, share: 0, row: 0, column: 0 }
  return placeFinder(target.volume.geometry)(moved(way, nearest.measures.centre), at) ? at : null
}

/** Pictures of each lesion at each study, also where it is gone or not there yet. */
export function keyImages(
  studies: readonly Pick<FollowedStudy, 'volume' | 'registration' | 'lesions'>[],
  report: Pick<TrackReport, 'lesions' | 'measurements'>,
  colourOf: (track: number) => Rgb,
): KeyImages {
  const images = new Map<string, Buffer>()
  const byId = new Map(report.measurements.map((entry) => [entry.id, entry]))
  const ranges = studies.map(({ volume }) => {
    const step = Math.max(1, Math.floor(volume.values.length / 200_000))
    return displayRange(volume.values.filter((_, i) => i % step === 0))
  })
  for (const track of report.lesions.slice(0, mostTracks)) {
    const longest = Math.max(...track.lesions.map((id) => byId.get(id ?? '')?.measures.longAxisMm ?? 0))
    for (const [study, { volume, lesions }] of studies.entries()) {
      const id = track.lesions[study] ?? ''
      const measures = byId.get(id)?.measures
      const place = placeIn(studies, track, study, report.measurements)
      if (!place) continue
      const { rows, columns } = volume.geometry.size
      const slice = measures?.slice ?? place.slice + (place.share > 0.5 ? 1 : 0)
      const area = rows * columns
      const voxels = lesions.find(({ found }) => found.id === id)?.voxels ?? new Int32Array(0)
      const inside = new Set<number>()
      for (const voxel of voxels) if (Math.floor(voxel / area) === slice) inside.add(voxel % area)
      images.set(
        `${track.number} ${study}`,
        drawKeyImage({
          values: volume.values.subarray(slice * area, (slice + 1) * area),
          rows,
          columns,
          rowMm: Math.hypot(...volume.geometry.rowStep),
          columnMm: Math.hypot(...volume.geometry.columnStep),
          centre: [place.row, place.column],
          fieldMm: Math.max(50, 3 * longest),
          inside,
          colour: colourOf(track.number),
          range: ranges[study] ?? [0, 1],
        }),
      )
    }
  }
  return images
}
