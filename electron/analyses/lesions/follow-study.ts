import type { ReportProgress } from '../../../shared/base/progress.ts'
import {
  composed,
  identityTransform,
  inverted,
  type PatientTransform,
} from '../../../shared/domain/medical/patient-transform.ts'
import type { FoundLesion, StudyRegistration } from '../../../shared/domain/medical/lesion-tracking.ts'
import type { TrackRequest } from '../../../shared/domain/medical/track-report.ts'
import { findLesions } from './find-lesions.ts'
import { findMasks, hasMasks, loadMasks, type MaskSources } from './load-masks.ts'
import { measureLesion } from './measure-lesion.ts'
import { registerByLandmarks } from './register-by-landmarks.ts'
import { type PatientVolume, readVolume } from './patient-volume.ts'
import { registerVolumes } from './register-volumes.ts'
import type { SeriesCandidate, StudyFolder } from './study-source.ts'
import { brightLevels, type BrightLevels, findBrightSpots, scaledThreshold } from './threshold-lesions.ts'

/** One study with its lesions, laid over the baseline. */
export interface FollowedStudy {
  readonly folder: StudyFolder
  readonly series: SeriesCandidate
  readonly volume: PatientVolume
  readonly registration: StudyRegistration
  readonly masksFrom: string
  /** Levels of its values; null where masks were given. */
  readonly levels: BrightLevels | null
  /** What the network is called that marked the lesions; null where another way was taken. */
  readonly network: string | null
  readonly lesions: readonly { readonly found: FoundLesion; readonly voxels: Int32Array }[]
  readonly warnings: readonly string[]
}

/** What following needs to know. */
export interface FollowOptions {
  readonly request: TrackRequest
  readonly signal: AbortSignal
  readonly report: ReportProgress
  /** Marks the lesions of studies without masks. */
  readonly network?: LesionNetwork | null
}

/** A trained network that marks lesions. */
export interface LesionNetwork {
  readonly name: string
  /** What speaks against using it on a series. */
  remarksOn(volume: PatientVolume, modality: string): readonly string[]
  /**
   * @param before  the study before with its lesions, and how places become its own; null for the first study
   * @returns       [slice, row, column], 0 or 1
   */
  mark(
    volume: PatientVolume,
    before: { readonly volume: PatientVolume; readonly mask: Uint8Array; readonly transform: PatientTransform } | null,
    context: Pick<FollowOptions, 'signal' | 'report'>,
  ): Promise<Uint8Array>
}

/** Masks of a study: those asked for, else those beside its images. Null where there are none. */
export async function masksOf(
  folder: StudyFolder,
  series: SeriesCandidate,
  given: string | undefined,
  signal: AbortSignal,
): Promise<MaskSources | null> {
  if (given !== undefined) return findMasks(given, signal)
  const own = folder.objects.filter(({ sequences }) => sequences.includes(series.info.id))
  const found: MaskSources = {
    volumes: folder.maskVolumes,
    segmentations: own.filter(({ kind }) => kind === 'segmentation').map(({ path }) => path),
    structureSets: own.filter(({ kind }) => kind === 'structure-set').map(({ path }) => path),
  }
  return hasMasks(found) ? found : null
}

/**
 * Reads a study, finds and measures its lesions, and lays it over the baseline.
 * @param earlier  the studies before, the baseline first; none for the baseline itself
 */
export async function followStudy(
  study: number,
  folder: StudyFolder,
  series: SeriesCandidate,
  masks: MaskSources | null,
  earlier: readonly FollowedStudy[],
  { request, signal, report, network = null }: FollowOptions,
): Promise<FollowedStudy> {
  const [baseline = null] = earlier
  const name = `study ${study + 1}`
  const named: ReportProgress = (progress) => report({ ...progress, stage: `${progress.stage} (${name})` })
  const reader = await series.found.open()
  let volume: PatientVolume
  try {
    volume = await readVolume(reader, { signal, report: named })
  } finally {
    await reader.close()
  }
  const said = [...(folder.unread ? [folder.unread] : []), ...series.info.warnings]
  const warnings = said.map((text) => `Study ${study + 1}: ${text}`)
  const landmarks = baseline && request.landmarks?.studies.find((one) => one.study === study)
  const registration = landmarks
    ? registerByLandmarks(landmarks, [baseline.volume.geometry, volume.geometry], series.medical.study.date)
    : await registrationOf(volume, baseline?.volume ?? null, request, signal, named)
  const own = { volume, series, registration }
  const options = { request, signal, report: named }
  const { voxelLesions, from, noted, levels } =
    masks === null && network !== null
      ? await markedBy(network, own, earlier.at(-1) ?? null, options)
      : await lesionsOf(volume, series.info.id, masks, baseline, request, signal)
  warnings.push(...noted.map((text) => `Study ${study + 1}: ${text}`))
  const sliceThicknessMm = series.info.spacingMm?.[2] ?? null
  const lesions = voxelLesions
    .map((lesion) => ({ ...lesion, measures: measureLesion(lesion, volume, { sliceThicknessMm }) }))
    .sort((a, b) => b.measures.volumeMm3 - a.measures.volumeMm3)
    .map(({ voxels, name: label, measures }, i) => ({
      voxels,
      found: { id: `s${study + 1}-${i + 1}`, study, name: label, measures },
    }))
  if (registration.remark !== null) warnings.push(`Study ${study + 1}: ${registration.remark}`)
  const marker = masks === null ? (network?.name ?? null) : null
  return { folder, series, volume, registration, masksFrom: from, levels, network: marker, lesions, warnings }
}

/** Lesions and where they come from. */
interface LesionsFound {
  readonly voxelLesions: ReturnType<typeof findLesions>
  readonly from: string
  readonly noted: readonly string[]
  readonly levels: BrightLevels | null
}

/** Lesions as a network marks them, which sees the study before laid over this one. */
async function markedBy(
  network: LesionNetwork,
  { volume, series, registration }: Pick<FollowedStudy, 'volume' | 'series' | 'registration'>,
  before: FollowedStudy | null,
  { request, signal, report }: FollowOptions,
): Promise<LesionsFound> {
  const earlier = before && {
    volume: before.volume,
    mask: joinedLesions(before),
    transform: composed(before.registration.transform, inverted(registration.transform)),
  }
  const mask = await network.mark(volume, earlier, { signal, report })
  return {
    voxelLesions: findLesions(mask, volume.geometry, { minimumMm3: request.minimumMm3 }),
    from: `network ${network.name}`,
    noted: network.remarksOn(volume, series.medical.modality),
    levels: null,
  }
}

function joinedLesions({ volume, lesions }: FollowedStudy): Uint8Array {
  const mask = new Uint8Array(volume.values.length)
  for (const { voxels } of lesions) for (const voxel of voxels) mask[voxel] = 1
  return mask
}

async function lesionsOf(
  volume: PatientVolume,
  series: string,
  masks: MaskSources | null,
  baseline: Pick<FollowedStudy, 'levels'> | null,
  request: TrackRequest,
  signal: AbortSignal,
): Promise<LesionsFound> {
  const { geometry } = volume
  const options = { minimumMm3: request.minimumMm3 }
  if (masks !== null) {
    const loaded = await loadMasks(masks, geometry, series, signal)
    const voxelLesions = loaded.masks.flatMap(({ mask, name }) => findLesions(mask, geometry, { ...options, name }))
    return { voxelLesions, from: loaded.from, noted: loaded.warnings, levels: null }
  }
  const levels = brightLevels(volume.values)
  const made = baseline?.levels ? scaledThreshold(baseline.levels, levels) : levels.threshold
  const threshold = typeof request.threshold === 'number' ? request.threshold : made
  return {
    voxelLesions: findLesions(findBrightSpots(volume, { threshold }), geometry, options),
    from: `bright spots from ${Number(threshold.toPrecision(4))} on`,
    noted: [],
    levels,
  }
}

async function registrationOf(
  volume: PatientVolume,
  baseline: PatientVolume | null,
  request: TrackRequest,
  signal: AbortSignal,
  report: ReportProgress,
): Promise<StudyRegistration> {
  if (baseline === null || request.registration === 'none')
    return { kind: 'none', transform: identityTransform, quality: null, remark: null }
  return registerVolumes(baseline, volume, { kind: request.registration, signal, report })
}
