import { join } from 'node:path'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import type { FollowRequest, LesionOutlines } from '../../../shared/domain/medical/follow-request.ts'
import { type TrackReport, trackRequestSchema } from '../../../shared/domain/medical/track-report.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { runsOfMask, rleToText } from '../../../shared/domain/label-rle.ts'
import type { JobContext } from '../task.ts'
import { assembleTracking } from './assemble-tracking.ts'
import { type OpenedChoice, openChosenSeries } from './chosen-series.ts'
import { type FollowedStudy, followStudy, masksOf } from './follow-study.ts'
import { hasMasks, type MaskSources } from './load-masks.ts'
import { orderStudies, settleMasks } from './settle-studies.ts'
import { writeTrackingFiles } from './track-studies.ts'

/**
 * Follows lesions through series that were chosen one by one, the baseline first and the others in time. The folder gets
 * `outlines.json` (where the lesions lie) and, last, `tracking.json`; a folder that has the latter is complete.
 * @throws `lesions/*`, the codes of the readers and of the store, `AbortError`
 */
export async function followChosen(request: FollowRequest, context: JobContext): Promise<TrackReport> {
  const started = performance.now()
  const { signal, report } = context
  const total = request.studies.length
  const choices = await openChosenSeries(request.studies, signal, (done) =>
    report({ stage: 'Looking at the studies', done, total }),
  )
  const dates = choices.map(({ series }) => series.medical.study.date)
  const { order, warnings: noted } = orderStudies(dates)
  noted.push(...kindsNote(choices))
  const isPainted = request.studies.some(({ painted }) => painted.length > 0)
  const takesPaint = request.lesions === 'painted' || (request.lesions === 'auto' && isPainted)
  const sources: (MaskSources | null)[] = []
  for (const i of order) {
    const [choice, study] = [choices[i], request.studies[i]]
    if (!choice || !study) continue
    sources.push(
      takesPaint
        ? paintSource(study.painted)
        : request.lesions === 'bright' || request.lesions === 'network'
          ? null
          : await masksOf(choice.folder, choice.series, undefined, signal),
    )
  }
  const network =
    request.lesions === 'network' && request.model !== null
      ? await (await import('../lesion-segmentation/lesion-network.ts')).openLesionNetwork(request.model, undefined)
      : null
  const settled = network
    ? { masks: sources, warnings: [readerNote('lesions/by-network', { model: network.name })] }
    : settleMasks(sources, request.lesions === 'bright', {
        some: 'lesions/nothing-marked',
        none: 'lesions/bright-spots',
      })
  if (request.lesions === 'bright') noted.push(readerNote('lesions/bright-spots'))
  noted.push(...settled.warnings)
  const { registration, minimumMm3, out } = request
  const options = {
    request: trackRequestSchema.parse({ baseline: '', followUps: [''], out, registration, minimumMm3 }),
    signal,
    report,
    network,
  }
  const studies: FollowedStudy[] = []
  try {
    for (const [study, i] of order.entries()) {
      const choice = choices[i]
      if (!choice) continue
      const { folder, series } = choice
      studies.push(await followStudy(study, folder, series, settled.masks[study] ?? null, studies, options))
    }
  } finally {
    await network?.close()
  }
  throwIfAborted(signal)
  report({ stage: 'Linking lesions', done: 0, total: 1 })
  const { notes: _, ...made } = assembleTracking(studies, { nodes: false })
  noted.push(...studies.flatMap(({ warnings }) => warnings), ...made.warnings)
  const result: TrackReport = {
    ...made,
    ...(network ? { model: network.identity } : {}),
    studies: made.studies.map((study, index) => ({ ...study, given: order[index] ?? index })),
    changes: [],
    warnings: [...new Set(noted)],
    files: [],
    seconds: (performance.now() - started) / 1000,
  }
  report({ stage: 'Writing', done: 0, total: 2 })
  throwIfAborted(signal)
  await writeTrackingFiles(out, [
    ['outlines.json', JSON.stringify(outlinesOf(studies))],
    ['tracking.json', `${JSON.stringify(result, null, 1)}\n`],
  ])
  return result
}

/** Paths of a tracking's own files. */
export const trackingFileNames = { tracking: 'tracking.json', outlines: 'outlines.json' } as const

/** Where a file of a tracking lies. */
export function trackingPath(folder: string, file: keyof typeof trackingFileNames): string {
  return join(folder, trackingFileNames[file])
}

function kindsNote(choices: readonly OpenedChoice[]): string[] {
  const kinds = new Set(choices.map(({ series }) => series.medical.modality))
  return kinds.size > 1 ? [readerNote('lesions/other-kinds', { kinds: [...kinds].join(', ') })] : []
}

function paintSource(painted: FollowRequest['studies'][number]['painted']): MaskSources | null {
  const source: MaskSources = { volumes: [], segmentations: [], structureSets: [], painted }
  return hasMasks(source) ? source : null
}

function outlinesOf(studies: readonly FollowedStudy[]): LesionOutlines {
  return {
    studies: studies.map(({ volume, lesions }) => {
      const { rows, columns } = volume.geometry.size
      const area = rows * columns
      return {
        rows,
        columns,
        lesions: lesions.map(({ found, voxels }) => {
          const slices = new Map<number, Uint8Array>()
          for (const voxel of voxels) {
            const slice = Math.floor(voxel / area)
            const bits = slices.get(slice) ?? new Uint8Array(area)
            bits[voxel % area] = 1
            slices.set(slice, bits)
          }
          return {
            id: found.id,
            slices: [...slices]
              .sort(([a], [b]) => a - b)
              .map(([slice, bits]) => ({ slice, counts: rleToText(runsOfMask(bits, rows, columns)) })),
          }
        }),
      }
    }),
  }
}
