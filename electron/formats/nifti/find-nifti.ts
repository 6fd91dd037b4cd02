import { dirname } from 'node:path/posix'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { ignoreProgress } from '../../../shared/base/progress.ts'
import type { MedicalImage } from '../../../shared/domain/medical-image.ts'
import type { Problem, SequenceInfo } from '../../../shared/domain/sequence.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { openFileSource } from '../file-source.ts'
import { problemOf, type FindResult, type FoundSequence } from '../found-sequence.ts'
import type { FindOptions, ListedFile } from '../geotiff/find-geotiff-sequences.ts'
import type { FormatInput } from '../registry.ts'
import { niftiGeometry } from './nifti-geometry.ts'
import { checkNiftiSize, isPacked, readNiftiHeader, type NiftiHeader } from './nifti-header.ts'
import { createNiftiReader } from './nifti-reader.ts'

/** Finds NIfTI files; each is a sequence of slices along its third axis. Only headers are read. */
export async function findNifti(
  { files }: FormatInput,
  { signal, report = ignoreProgress, onFile }: FindOptions,
): Promise<FindResult> {
  const sequences: FoundSequence[] = []
  const problems: Problem[] = []
  const used = files.map(({ path }) => path)
  for (const [i, file] of files.entries()) {
    throwIfAborted(signal)
    onFile?.(file.path)
    try {
      const { header, dataPath } = await readFile(file)
      if (dataPath !== file.path) used.push(dataPath)
      sequences.push(foundNifti(file, header, dataPath))
    } catch (error) {
      problems.push(problemOf(file.path, error))
    }
    if ((i + 1) % 16 === 0) report({ stage: 'Reading NIfTI headers', done: i + 1, total: files.length })
  }
  return { sequences, problems, used }
}

async function readFile({ path }: ListedFile): Promise<{ readonly header: NiftiHeader; readonly dataPath: string }> {
  const source = await openFileSource(path)
  try {
    const header = await readNiftiHeader(source)
    if (header.isPair) return { header, dataPath: await pairedImage(path, header) }
    if (!(await isPacked(source))) checkNiftiSize(path, source.size, header)
    return { header, dataPath: path }
  } finally {
    await source.close()
  }
}

/** The file of the same name that holds the values. */
async function pairedImage(path: string, header: NiftiHeader): Promise<string> {
  const stem = path.replace(/\.hdr$/i, '')
  for (const dataPath of [`${stem}.img`, `${stem}.IMG`]) {
    const data = await openFileSource(dataPath).catch(() => null)
    if (!data) continue
    try {
      checkNiftiSize(dataPath, data.size, header)
      return dataPath
    } finally {
      await data.close()
    }
  }
  throw new AppError('nifti/no-image', `"${path}" is only a header; its values, "${stem}.img", are missing.`, { path })
}

function foundNifti({ relative }: ListedFile, header: NiftiHeader, dataPath: string): FoundSequence {
  const { geometry, flips, spacing, warnings } = niftiGeometry(header)
  const [columns, rows, slices, times] = header.shape
  const id = relative.replace(/(\.nii)?(\.gz)?$|\.hdr$/i, '')
  const isColour = header.type.samples > 1
  const noted = [...warnings]
  if (times > 1) noted.push(readerNote('nifti/time-points', { times, slices }))
  const info: SequenceInfo = {
    id,
    kind: 'nifti',
    name: id.split('/').at(-1) ?? id,
    group: dirname(id) === '.' ? null : dirname(id),
    frames: slices * times,
    height: rows,
    width: columns,
    bands: isColour ? ['red', 'green', 'blue'] : ['value'],
    dtype: header.type.name,
    times: null,
    frameRate: null,
    durationSeconds: null,
    spacingMm: [...spacing],
    timePoints: times > 1 ? times : null,
    crs: null,
    geoTransform: null,
    orderedBy: readerNote(times > 1 ? 'order/time-and-third-axis' : 'order/third-axis'),
    warnings: noted,
  }
  const { calibration } = header
  const medical: MedicalImage = {
    modality: '',
    units: null,
    windows: calibration
      ? [
          {
            name: 'From the file',
            centre: (calibration[0] + calibration[1]) / 2,
            width: calibration[1] - calibration[0],
          },
        ]
      : [],
    isInverted: false,
    geometry,
    pixelSpacing: geometry ? [geometry.pixelSpacing[0], geometry.pixelSpacing[1]] : null,
    patient: { name: '', id: '', birthDate: null, sex: null },
    study: { date: null, description: '' },
    series: { number: null, description: '' },
  }
  return { info, open: () => Promise.resolve(createNiftiReader({ info, medical, header, dataPath, flips })) }
}
