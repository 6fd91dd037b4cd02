import { dirname } from 'node:path/posix'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { defined } from '../../../shared/base/assert.ts'
import { ignoreProgress } from '../../../shared/base/progress.ts'
import type { Problem, SequenceInfo } from '../../../shared/domain/sequence.ts'
import { problemOf, type FindResult, type FoundSequence } from '../found-sequence.ts'
import type { FindOptions, ListedFile } from '../geotiff/find-geotiff-sequences.ts'
import { uniqueName } from '../geotiff/sequence-draft.ts'
import type { FormatInput } from '../registry.ts'
import { groupPictures, type PictureFile, type PictureSequence } from './group-pictures.ts'
import { readHeaderOf } from './picture-file.ts'
import { createPictureReader } from './picture-reader.ts'

const filesAtOnce = 8

/** Groups plain pictures into sequences. Only their headers are read; what cannot be read becomes a problem. */
export async function findPictures({ files }: FormatInput, options: FindOptions): Promise<FindResult> {
  const { pictures, problems } = await readHeaders(files, options)
  const groups = groupPictures(pictures)
  const ids = new Set<string>()
  const sequences = groups.map((group): FoundSequence => {
    const isAlone = groups.every((other) => other === group || other.place !== group.place)
    const id = uniqueName(isAlone ? group.place : `${group.place}#${group.pattern}`, ids)
    ids.add(id)
    const info = describe(id, group, isAlone)
    return { info, open: () => Promise.resolve(createPictureReader(info, group.files)) }
  })
  return { sequences, problems, used: files.map(({ path }) => path) }
}

async function readHeaders(
  files: readonly ListedFile[],
  { signal, report = ignoreProgress, onFile }: FindOptions,
): Promise<{ pictures: PictureFile[]; problems: Problem[] }> {
  const found: (PictureFile | Problem | null)[] = files.map(() => null)
  let next = 0
  let done = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < files.length; i = next++) {
      throwIfAborted(signal)
      const { path, relative } = defined(files[i], 'the index is below the length')
      onFile?.(path)
      try {
        found[i] = { path, relative, header: await readHeaderOf(path) }
      } catch (error) {
        found[i] = problemOf(path, error)
      }
      if (++done % 32 === 0) report({ stage: 'Reading picture headers', done, total: files.length })
    }
  }
  // Opening a file is mostly waiting; a guard, though, must know which single file is being read.
  await Promise.all(Array.from({ length: onFile ? 1 : filesAtOnce }, work))
  const pictures: PictureFile[] = []
  const problems: Problem[] = []
  for (const result of found) {
    if (result === null) continue
    if ('code' in result) problems.push(result)
    else pictures.push(result)
  }
  return { pictures, problems }
}

function describe(
  id: string,
  { place, pattern, files, times, orderedBy }: PictureSequence,
  isAlone: boolean,
): SequenceInfo {
  const { header } = defined(files[0], 'a sequence has at least one picture')
  const folder = place.split('/').at(-1) ?? place
  return {
    id,
    kind: 'images',
    name: isAlone ? folder : `${folder} ${pattern}`,
    group: dirname(place) === '.' ? null : dirname(place),
    frames: files.length,
    height: header.height,
    width: header.width,
    bands: [...header.bands],
    dtype: header.dtype,
    times: times ? [...times] : null,
    frameRate: null,
    durationSeconds: null,
    spacingMm: null,
    timePoints: null,
    crs: null,
    geoTransform: null,
    orderedBy,
    warnings: [],
  }
}
