import { join } from 'node:path'
import { rm } from 'node:fs/promises'
import { AppError } from '../../../shared/base/app-error.ts'
import { type ExportedFile, movieLimits, type StartMovie } from '../../../shared/contracts/exports.ts'
import { createMovie, type MovieWriter } from '../../formats/video/write-movie.ts'
import type { DataSource } from './handles.ts'
import type { Session } from './session.ts'
import { offerFile, safeFileName, TemporaryFile, temporaryFolder } from './temporary-file.ts'

const mediaTypes = { mp4: 'video/mp4', gif: 'image/gif' } as const

/** A movie that is being made of the page's pictures. Closing its handle (as the end of the session does) discards it. */
class MovieExport implements DataSource {
  readonly folder: string
  readonly fileName: string
  private readonly writer: MovieWriter
  private readonly abort: AbortController
  /** Pictures are encoded one after the other, whatever the page does. */
  private last: Promise<unknown> = Promise.resolve()
  private isFinished = false

  constructor(folder: string, fileName: string, writer: MovieWriter, abort: AbortController) {
    this.folder = folder
    this.fileName = fileName
    this.writer = writer
    this.abort = abort
  }

  add(picture: Uint8Array): Promise<void> {
    const added = this.last.then(() => this.writer.add(picture))
    this.last = added.catch(() => undefined)
    return added
  }

  async finish(): Promise<void> {
    await this.last
    await this.writer.commit()
    this.isFinished = true
  }

  read(): Promise<ArrayBuffer> {
    return Promise.reject(new AppError('data/wrong-kind', 'This movie is not complete yet.'))
  }

  async close(): Promise<void> {
    if (this.isFinished) return
    this.abort.abort()
    await this.last
    await this.writer.discard()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Begins a movie. @returns its handle. @throws `exports/too-large`, `video/*`, `store/*`, `data/too-many-handles` */
export async function startMovie(session: Session, request: StartMovie): Promise<string> {
  const { format, height, width, framesPerSecond } = request
  if (height * width > movieLimits.pixels)
    throw new AppError(
      'exports/too-large',
      `A movie of ${width} x ${height} pixels is too large; at most ${movieLimits.pixels} pixels are possible, as in 3840 x 2160.`,
      { height, width },
    )
  const folder = await temporaryFolder()
  const fileName = `${safeFileName(request.name)}.${format}`
  const abort = new AbortController()
  try {
    const options = { format, height, width, frameRate: framesPerSecond }
    const writer = await createMovie(join(folder, fileName), options, abort.signal)
    return await session.handles.add(new MovieExport(folder, fileName, writer, abort))
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Adds a picture, RGBA [height, width, 4]. @throws `exports/unknown-movie`, `video/wrong-size`, `store/*` */
export async function addPicture(session: Session, movie: string, picture: Blob): Promise<void> {
  await movieOf(session, movie).add(new Uint8Array(await picture.arrayBuffer()))
}

/** Ends a movie and offers its file. @throws `exports/unknown-movie`, `video/no-pictures`, `store/*` */
export async function finishMovie(session: Session, movie: string): Promise<ExportedFile> {
  const making = movieOf(session, movie)
  const { folder, fileName } = making
  try {
    await making.finish()
  } finally {
    await session.handles.close(movie)
  }
  const mediaType = mediaTypes[fileName.endsWith('.gif') ? 'gif' : 'mp4']
  return offerFile(session, new TemporaryFile(folder, fileName), join(folder, fileName), fileName, mediaType)
}

/** Gives a movie up. */
export async function cancelMovie(session: Session, movie: string): Promise<void> {
  movieOf(session, movie)
  await session.handles.close(movie)
}

function movieOf(session: Session, movie: string): MovieExport {
  const source = session.handles.use(movie)
  if (source instanceof MovieExport) return source
  throw new AppError('exports/unknown-movie', 'This is no movie that is being made.', { movie })
}
