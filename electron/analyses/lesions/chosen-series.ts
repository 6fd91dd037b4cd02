import { AppError } from '../../../shared/base/app-error.ts'
import type { ChosenStudy } from '../../../shared/domain/medical/follow-request.ts'
import type { FoundSequences } from '../../formats/open-sequences.ts'
import { findSequences } from '../../formats/open-sequences.ts'
import { checkPatient, type SeriesCandidate, type StudyFolder, whyNotFollowed } from './study-source.ts'

/** A series that was chosen by its id. */
export interface OpenedChoice {
  /** What lies with it; its NIfTI masks are only the one that was chosen. */
  readonly folder: StudyFolder
  readonly series: SeriesCandidate
}

/**
 * Finds the series that were chosen. Each folder is looked through once, however many studies lie in it.
 * @throws `lesions/no-series` when one is not there any more or cannot be measured, `lesions/no-masks` when a mask is not there,
 *   `lesions/other-patient`, and the codes of the readers
 */
export async function openChosenSeries(
  studies: readonly (Pick<ChosenStudy, 'paths' | 'series'> & Partial<Pick<ChosenStudy, 'mask'>>)[],
  signal: AbortSignal,
  onStudy: (done: number) => void = () => undefined,
): Promise<OpenedChoice[]> {
  const found = new Map<string, FoundSequences>()
  const opened: OpenedChoice[] = []
  for (const [index, { paths, series: id, mask = null }] of studies.entries()) {
    onStudy(index)
    const key = JSON.stringify(paths)
    const under = found.get(key) ?? (await findSequences(paths, { signal }))
    found.set(key, under)
    const chosen = under.sequences.find(({ info }) => info.id === id)
    if (!chosen) throw noSeries(index, id, 'it is not there any more')
    const reader = await chosen.open()
    const { info, medical } = reader
    await reader.close()
    const reason = whyNotFollowed(info, medical)
    if (!medical || reason !== null) throw noSeries(index, id, reason ?? 'it is no medical series')
    const maskVolume = mask === null ? undefined : under.sequences.find((one) => one.info.id === mask)
    if (mask !== null && !maskVolume)
      throw new AppError('lesions/no-masks', `The mask "${mask}" is not there any more; choose another one.`, { mask })
    const objects = under.patients.flatMap((patient) => patient.studies.flatMap((study) => study.objects))
    opened.push({
      folder: { path: '', series: [], maskVolumes: maskVolume ? [maskVolume] : [], objects, remarks: [] },
      series: { found: chosen, info, medical },
    })
  }
  checkPatient(
    opened.map(({ series }) => series),
    opened.map(({ series }) => series.info.id),
  )
  return opened
}

function noSeries(study: number, id: string, reason: string): AppError {
  return new AppError(
    'lesions/no-series',
    `The series "${id}" of study ${study + 1} cannot be followed: ${reason}. Choose another one.`,
    { study: study + 1, id },
  )
}
