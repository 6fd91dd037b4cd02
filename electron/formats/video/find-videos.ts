import { stat } from 'node:fs/promises'
import { posix } from 'node:path'
import { isAbortError, throwIfAborted } from '../../../shared/base/abort.ts'
import { ignoreProgress } from '../../../shared/base/progress.ts'
import type { Problem, SequenceInfo } from '../../../shared/domain/sequence.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { problemOf, type FindResult, type FoundSequence } from '../found-sequence.ts'
import type { FindOptions, ListedFile } from '../geotiff/find-geotiff-sequences.ts'
import type { FormatInput } from '../registry.ts'
import { chooseBackend } from './choose-backend.ts'
import { DescriptionCache } from './description-cache.ts'
import type { VideoBackend, VideoDescription } from './video-backend.ts'
import { bandsOf, VideoReader } from './video-reader.ts'

const descriptions = new DescriptionCache()

/** Every video file is a sequence of its own; the folders it lies in are its group. */
export async function findVideos({ files }: FormatInput, options: FindOptions): Promise<FindResult> {
  const { signal, report = ignoreProgress, onFile } = options
  const sequences: FoundSequence[] = []
  const problems: Problem[] = []
  const backend = await chooseBackend()
  for (const [done, file] of files.entries()) {
    throwIfAborted(signal)
    onFile?.(file.path)
    report({ stage: 'Reading video headers', done, total: files.length })
    try {
      const description = await describe(backend, file.path, signal)
      sequences.push(foundVideo(backend, file, description))
    } catch (error) {
      if (isAbortError(error)) throw error
      problems.push(problemOf(file.path, error))
    }
  }
  return { sequences, problems, used: files.map(({ path }) => path) }
}

async function describe(backend: VideoBackend, path: string, signal?: AbortSignal): Promise<VideoDescription> {
  const { size, mtimeMs } = await stat(path)
  return descriptions.get(`${backend.name} ${path} ${size} ${mtimeMs}`, () => backend.describe(path, { signal }))
}

function foundVideo(backend: VideoBackend, { path, relative }: ListedFile, found: VideoDescription): FoundSequence {
  const [, ...folders] = posix.dirname(relative).split('/')
  const info: SequenceInfo = {
    id: relative,
    kind: 'video',
    name: posix.basename(relative),
    group: folders.join('/') || null,
    frames: found.frames,
    height: found.height,
    width: found.width,
    bands: [...bandsOf(found.isGrey)],
    dtype: found.dtype,
    times: null,
    frameRate: found.frameRate,
    durationSeconds: found.durationSeconds ?? (found.frameRate === null ? null : found.frames / found.frameRate),
    spacingMm: null,
    timePoints: null,
    crs: null,
    geoTransform: null,
    orderedBy: readerNote('order/time-stamps'),
    warnings: [...found.warnings, ...(found.isEstimated ? [estimateWarning] : [])],
  }
  return { info, open: async () => new VideoReader(info, await backend.open(path)) }
}

const estimateWarning = readerNote('video/estimated')
