import type { ReportProgress } from '../../../shared/base/progress.ts'
import { identityTransform } from '../../../shared/domain/medical/patient-transform.ts'
import type { FoundLesion, StudyRegistration } from '../../../shared/domain/medical/lesion-tracking.ts'
import type { TrackRequest } from '../../../shared/domain/medical/track-report.ts'
import { findLesions } from './find-lesions.ts'
import { findMasks, hasMasks, loadMasks, type MaskSources } from './load-masks.ts'
import { measureLesion } from './measure-lesion.ts'
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
  readonly lesions: readonly { readonly found: FoundLesion; readonly voxels: Int32Array }[]
  readonly warnings: readonly string[]
}

/** What following needs to know. */
export interface FollowOptions {
  readonly request: TrackRequest
  readonly signal: AbortSignal
  readonly report: ReportProgress
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
 * @param baseline  null for the baseline itself
 */
export async function followStudy(
  study: number,
  folder: StudyFolder,
  series: SeriesCandidate,
  masks: MaskSources | null,
  baseline: Pick<FollowedStudy, 'volume' | 'levels'> | null,
  { request, signal, report }: FollowOptions,
): Promise<FollowedStudy> {
  const name = `study ${study + 1}`
  const named: ReportProgress = (progress) => report({ ...progress, stage: `${progress.stage} (${name})` })
  const reader = await series.found.open()
  let volume: PatientVolume
  try {
    volume = await readVolume(reader, { signal, report: named })
  } finally {
    await reader.close()
  }
  const warnings = series.info.warnings.map((text) => `Study ${study + 1}: ${text}`)
  const { voxelLesions, from, noted, levels } = await lesionsOf(
    volume,
    series.info.id,
    masks,
    baseline,
    request,
    signal,
  )
  warnings.push(...noted.map((text) => `Study ${study + 1}: ${text}`))
  const sliceThicknessMm = series.info.spacingMm?.[2] ?? null
  const lesions = voxelLesions
    .map((lesion) => ({ ...lesion, measures: measureLesion(lesion, volume, { sliceThicknessMm }) }))
    .sort((a, b) => b.measures.volumeMm3 - a.measures.volumeMm3)
    .map(({ voxels, name: label, measures }, i) => ({
      voxels,
      found: { id: `s${study + 1}-${i + 1}`, study, name: label, measures },
    }))
  const registration = await registrationOf(volume, baseline?.volume ?? null, request, signal, named)
  if (registration.remark !== null) warnings.push(`Study ${study + 1}: ${registration.remark}`)
  return { folder, series, volume, registration, masksFrom: from, levels, lesions, warnings }
}

async function lesionsOf(
  volume: PatientVolume,
  series: string,
  masks: MaskSources | null,
  baseline: Pick<FollowedStudy, 'levels'> | null,
  request: TrackRequest,
  signal: AbortSignal,
): Promise<{
  voxelLesions: ReturnType<typeof findLesions>
  from: string
  noted: readonly string[]
  levels: BrightLevels | null
}> {
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
