import { setImmediate as nextTurn } from 'node:timers/promises'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { defined } from '../../../shared/base/assert.ts'
import { ignoreProgress } from '../../../shared/base/progress.ts'
import type { Problem } from '../../../shared/domain/sequence.ts'
import { type FileHead, headSource } from '../file-head.ts'
import { openFileSource } from '../file-source.ts'
import { problemOf, type FindResult } from '../found-sequence.ts'
import type { FindOptions, ListedFile } from '../geotiff/find-geotiff-sequences.ts'
import type { FormatInput } from '../registry.ts'
import { asSuv } from './body-weight-suv.ts'
import { describeImage } from './describe-image.ts'
import { describeSeries } from './describe-series.ts'
import { createDicomReader } from './dicom-reader.ts'
import { groupSeries } from './group-series.ts'
import { groupStudies } from './group-studies.ts'
import type { DicomImage } from './image.ts'
import { nameSeries } from './name-series.ts'
import { type ObjectSummary, summariseObject } from './objects/object-summary.ts'
import { orderFrames } from './order-frames.ts'
import { type DirectoryFiles, readDirectory } from './read-directory.ts'
import { readHeader } from './read-header.ts'

const filesAtOnce = 8

/**
 * Sorts DICOM files into series, and series into studies and patients. Only headers are read; files that cannot be read become
 * problems, and so do segmentations and the like whose images are not there. A DICOMDIR that was given by itself stands for the
 * files it lists.
 */
export async function findDicomSeries({ files }: FormatInput, options: FindOptions): Promise<FindResult> {
  const { images, objects, directories, problems } = await readFiles(files, options)
  const listed = new Set(files.map(({ path }) => path))
  const more = directories.flatMap(({ present }) => present).filter(({ path }) => !listed.has(path))
  const found = more.length > 0 ? await readFiles(more, options) : null
  const all = [...images, ...(found?.images ?? [])]
  const ordered = groupSeries(all).flatMap(orderFrames).map(asSuv)
  const drafts = ordered.flatMap((series) => {
    const image = series.frames[0]?.image
    return image ? [{ series, image }] : []
  })
  const names = nameSeries(drafts)
  const sequences = drafts.map(({ series, image }, i) => {
    const description = describeSeries(series, image, defined(names[i], 'every series gets a name'))
    return { info: description.info, open: () => Promise.resolve(createDicomReader(description, series.frames)) }
  })
  const identified = drafts.map(({ series: { frames } }, i) => ({ id: sequences[i]?.info.id ?? '', frames }))
  const { patients, stray } = groupStudies(identified, [...objects, ...(found?.objects ?? [])])
  return {
    sequences,
    patients,
    problems: [
      ...problems,
      ...(found?.problems ?? []),
      ...stray.map(strayProblem),
      ...directories.flatMap(listProblem),
    ],
    used: files.map(({ path }) => path),
  }
}

function strayProblem({ path, kind }: ObjectSummary): Problem {
  const what = {
    segmentation: 'a segmentation (SEG); it marks areas of another series, which is not among these files',
    'structure-set':
      'a structure set (RTSTRUCT); it holds contours over another series, which is not among these files',
    report: 'a structured report (SR); it holds findings and measurements of images that are not among these files',
  }[kind]
  return { path, code: 'formats/not-an-image', message: `"${path}" is ${what}.` }
}

function listProblem({ path, missing }: FoundDirectory): Problem[] {
  if (missing.length === 0) return []
  const some = missing.slice(0, 3).join(', ')
  const message = `"${path}" lists ${missing.length} ${missing.length === 1 ? 'file that is' : 'files that are'} not there (${some}${missing.length > 3 ? ' and others' : ''}).`
  return [{ path, code: 'dicom/missing-files', message }]
}

interface FoundDirectory extends DirectoryFiles {
  readonly path: string
}

interface FilesRead {
  readonly images: DicomImage[]
  readonly objects: ObjectSummary[]
  readonly directories: FoundDirectory[]
  readonly problems: Problem[]
}

type FileRead =
  | { readonly kind: 'image'; readonly image: DicomImage }
  | { readonly kind: 'object'; readonly object: ObjectSummary }
  | { readonly kind: 'directory'; readonly directory: FoundDirectory }
  | { readonly kind: 'problem'; readonly problem: Problem }

async function readFiles(
  files: readonly ListedFile[],
  { signal, report = ignoreProgress, onFile, heads }: FindOptions,
): Promise<FilesRead> {
  const results: FileRead[] = []
  let next = 0
  let done = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < files.length; i = next++) {
      throwIfAborted(signal)
      const file = defined(files[i], 'the index is below the length')
      onFile?.(file.path)
      try {
        results[i] = await readFile(file, heads?.get(file.path))
      } catch (error) {
        results[i] = { kind: 'problem', problem: problemOf(file.path, error) }
      }
      if (++done % 32 > 0) continue
      report({ stage: 'Reading DICOM headers', done, total: files.length })
      // Headers that are in memory need no waiting, in which questions and cancelling would come through.
      await nextTurn()
    }
  }
  // Opening a file is mostly waiting; a guard, though, must know which single file is being read.
  await Promise.all(Array.from({ length: onFile ? 1 : filesAtOnce }, work))
  return {
    images: results.flatMap((result) => (result.kind === 'image' ? [result.image] : [])),
    objects: results.flatMap((result) => (result.kind === 'object' ? [result.object] : [])),
    directories: results.flatMap((result) => (result.kind === 'directory' ? [result.directory] : [])),
    problems: results.flatMap((result) => (result.kind === 'problem' ? [result.problem] : [])),
  }
}

async function readFile(file: ListedFile, head: FileHead | undefined): Promise<FileRead> {
  const { path, relative } = file
  const source = head ? headSource(path, head) : await openFileSource(path)
  try {
    const header = await readHeader(source, { skipsPrivate: true })
    if (header.isDirectory) {
      const found = await readDirectory(header.elements, file)
      return { kind: 'directory', directory: { path, ...found } }
    }
    const object = summariseObject(header.elements, path, relative)
    if (object) return { kind: 'object', object }
    const stamp = head ? { size: head.size, modifiedMs: head.modifiedMs } : null
    return { kind: 'image', image: { ...describeImage(header, path, relative), stamp } }
  } finally {
    await source.close()
  }
}
