import { throwIfAborted } from '../../../shared/base/abort.ts'
import { defined } from '../../../shared/base/assert.ts'
import { ignoreProgress } from '../../../shared/base/progress.ts'
import type { Problem } from '../../../shared/domain/sequence.ts'
import { openFileSource } from '../file-source.ts'
import { problemOf, type FindResult } from '../found-sequence.ts'
import type { FindOptions, ListedFile } from '../geotiff/find-geotiff-sequences.ts'
import type { FormatInput } from '../registry.ts'
import { describeImage } from './describe-image.ts'
import { describeSeries } from './describe-series.ts'
import { createDicomReader } from './dicom-reader.ts'
import { groupSeries } from './group-series.ts'
import type { DicomImage } from './image.ts'
import { nameSeries } from './name-series.ts'
import { orderFrames } from './order-frames.ts'
import { readHeader } from './read-header.ts'

const filesAtOnce = 8

/** Sorts DICOM files into series. Only headers are read; files that cannot be read become problems. */
export async function findDicomSeries({ files }: FormatInput, options: FindOptions): Promise<FindResult> {
  const { images, problems } = await readImages(files, options)
  const ordered = groupSeries(images).flatMap(orderFrames)
  const drafts = ordered.flatMap((series) => {
    const image = series.frames[0]?.image
    return image ? [{ series, image }] : []
  })
  const names = nameSeries(drafts)
  const sequences = drafts.map(({ series, image }, i) => {
    const description = describeSeries(series, image, defined(names[i], 'every series gets a name'))
    return { info: description.info, open: () => Promise.resolve(createDicomReader(description, series.frames)) }
  })
  return { sequences, problems, used: files.map(({ path }) => path) }
}

async function readImages(
  files: readonly ListedFile[],
  { signal, report = ignoreProgress, onFile }: FindOptions,
): Promise<{ images: DicomImage[]; problems: Problem[] }> {
  const results: (DicomImage | Problem | null)[] = files.map(() => null)
  let next = 0
  let done = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < files.length; i = next++) {
      throwIfAborted(signal)
      const file = defined(files[i], 'the index is below the length')
      onFile?.(file.path)
      try {
        results[i] = await readImage(file)
      } catch (error) {
        results[i] = problemOf(file.path, error)
      }
      if (++done % 32 === 0) report({ stage: 'Reading DICOM headers', done, total: files.length })
    }
  }
  // Opening a file is mostly waiting; a guard, though, must know which single file is being read.
  await Promise.all(Array.from({ length: onFile ? 1 : filesAtOnce }, work))
  const images: DicomImage[] = []
  const problems: Problem[] = []
  for (const result of results) {
    if (result === null) continue
    if ('code' in result) problems.push(result)
    else images.push(result)
  }
  return { images, problems }
}

/** Null for the contents list of a medium, which is no problem and no image. */
async function readImage({ path, relative }: ListedFile): Promise<DicomImage | null> {
  const source = await openFileSource(path)
  try {
    const header = await readHeader(source)
    return header.isDirectory ? null : describeImage(header, path, relative)
  } finally {
    await source.close()
  }
}
