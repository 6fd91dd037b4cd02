import { randomBytes } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { ignoreProgress, type ReportProgress } from '../../../shared/base/progress.ts'
import { toWriteError } from '../atomic-file.ts'
import { evenFor, MovieEncoder, type MovieShape } from './movie-encoder.ts'
import { loadNodeAv } from './node-av-library.ts'
import { WorkSlices } from './serial-queue.ts'

/** A movie to write: MP4 (H.264, plays everywhere) or GIF (256 colours for each picture). */
export type MovieOptions = MovieShape

/** What was written. */
export interface WrittenMovie {
  readonly frames: number
  /** Size of the pictures in the file; even in an MP4. */
  readonly height: number
  readonly width: number
  readonly bytes: number
}

/**
 * A movie that appears under its name only when it is complete. Pictures are added in order; `commit` ends it. Until then,
 * and after `discard`, the file of that name is as it was before.
 */
export interface MovieWriter {
  /**
   * Adds a picture: RGBA [height, width, 4], row-major; opacity is ignored. The array is free again when the promise is kept.
   * @throws `video/wrong-size`, `store/no-space`, `store/write-failed`, `AbortError`
   */
  add(pixels: Uint8Array): Promise<void>
  /** Ends the movie and gives it its name. @throws `video/no-pictures`, `store/*` */
  commit(): Promise<WrittenMovie>
  /** Removes what was written; safe to call more than once and after `commit` (then it does nothing). */
  discard(): Promise<void>
}

const maximumEdge = 8192

/**
 * Begins a movie beside `path`.
 * @throws `video/wrong-size`, `video/wrong-rate`, `video/no-encoder`, `store/not-writable`, `store/no-space`
 */
export async function createMovie(path: string, options: MovieOptions, signal?: AbortSignal): Promise<MovieWriter> {
  checkOptions(options)
  throwIfAborted(signal)
  const av = await loadNodeAv()
  if (!av)
    throw new AppError(
      'video/no-encoder',
      'Movies cannot be written on this system: there is no FFmpeg library for it.',
    )
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    // Says why nothing can be written there more clearly than the encoder would.
    await (await open(temporary, 'wx')).close()
  } catch (error) {
    throw toWriteError(error, path)
  }
  try {
    return new MovieFile(path, temporary, options, new MovieEncoder(av, temporary, options), signal)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/**
 * Writes pictures into a movie.
 * @param pictures RGBA [height, width, 4] each; taken one at a time, so that they need not all be in memory
 * @param options.total number of pictures, for the progress
 * @throws as `MovieWriter`
 */
export async function writeMovie(
  path: string,
  pictures: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: MovieOptions & {
    readonly total?: number | undefined
    readonly signal?: AbortSignal | undefined
    readonly report?: ReportProgress | undefined
  },
): Promise<WrittenMovie> {
  const { total = 0, signal, report = ignoreProgress, ...shape } = options
  const movie = await createMovie(path, shape, signal)
  try {
    let done = 0
    for await (const pixels of pictures) {
      await movie.add(pixels)
      report({ stage: 'Writing the movie', done: ++done, total })
    }
    return await movie.commit()
  } finally {
    await movie.discard()
  }
}

class MovieFile implements MovieWriter {
  private readonly path: string
  private readonly temporary: string
  private readonly options: MovieOptions
  private readonly signal: AbortSignal | undefined
  private readonly slices: WorkSlices
  private encoder: MovieEncoder | null
  private frames = 0

  constructor(
    path: string,
    temporary: string,
    options: MovieOptions,
    encoder: MovieEncoder,
    signal: AbortSignal | undefined,
  ) {
    this.path = path
    this.temporary = temporary
    this.options = options
    this.encoder = encoder
    this.signal = signal
    this.slices = new WorkSlices(signal)
  }

  async add(pixels: Uint8Array): Promise<void> {
    const { height, width } = this.options
    if (pixels.length !== height * width * 4)
      throw new AppError(
        'video/wrong-size',
        `A picture of this movie has ${height} x ${width} pixels of 4 bytes (${height * width * 4}), got ${pixels.length} bytes.`,
      )
    throwIfAborted(this.signal)
    this.opened().add(pixels)
    this.frames++
    if (this.slices.isDue) await this.slices.pause()
  }

  async commit(): Promise<WrittenMovie> {
    const encoder = this.opened()
    if (this.frames === 0) throw new AppError('video/no-pictures', 'A movie needs at least one picture.')
    throwIfAborted(this.signal)
    encoder.finish()
    encoder.close()
    this.encoder = null
    try {
      const { size } = await stat(this.temporary)
      const handle = await open(this.temporary, 'r+')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(this.temporary, this.path)
      const { format, height, width } = this.options
      return { frames: this.frames, height: evenFor(format, height), width: evenFor(format, width), bytes: size }
    } catch (error) {
      await rm(this.temporary, { force: true })
      throw toWriteError(error, this.path)
    }
  }

  async discard(): Promise<void> {
    const { encoder } = this
    if (!encoder) return
    this.encoder = null
    encoder.close()
    await rm(this.temporary, { force: true })
  }

  private opened(): MovieEncoder {
    if (this.encoder) return this.encoder
    throw new AppError('store/write-failed', `"${basename(this.path)}" was already closed.`)
  }
}

function checkOptions({ height, width, frameRate }: MovieOptions): void {
  const isEdge = (size: number): boolean => Number.isInteger(size) && size > 0 && size <= maximumEdge
  if (!isEdge(height) || !isEdge(width))
    throw new AppError(
      'video/wrong-size',
      `A movie needs a height and width of 1 to ${maximumEdge} pixels, got ${height} x ${width}.`,
      { height, width },
    )
  if (!(frameRate >= 0.1 && frameRate <= 240))
    throw new AppError('video/wrong-rate', `A movie needs 0.1 to 240 pictures per second, got ${frameRate}.`, {
      frameRate,
    })
}
