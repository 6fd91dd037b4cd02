import { basename } from 'node:path'
import { FileDataSource } from '../app/file-source.ts'
import { exportFrame } from '../app/frame-export.ts'
import { exportMasks } from '../app/mask-export.ts'
import { deidentified, startDeidentifying } from '../app/deidentify-data.ts'
import { addPicture, cancelMovie, finishMovie, startMovie } from '../app/movie-export.ts'
import { listCopies, offerCopies, removeCopies } from '../app/nameless-copies.ts'
import { mapPath } from '../app/project-predictions.ts'
import { offerFile } from '../app/temporary-file.ts'
import { implementer, watched } from './implementer.ts'

const { exports } = implementer

/** Implements `exports`. */
export const exportsRouter = {
  frame: exports.frame.handler(({ input, signal, context: { session, load } }) =>
    watched(load, exportFrame(session, input, signal)),
  ),
  map: exports.map.handler(async ({ input, context: { session } }) => {
    const path = await mapPath(session.project(input.project), input.prediction, input.season, input.role)
    const fileName = basename(path)
    return offerFile(session, new FileDataSource(path), path, fileName, 'image/tiff; application=geotiff')
  }),
  masks: exports.masks.handler(({ input, context: { session, workbench } }) =>
    exportMasks(session, session.project(input.project), {
      data: input.data,
      handle: input.sequence,
      version: workbench.options.version,
    }),
  ),
  deidentify: exports.deidentify.handler(({ input, context: { session, workbench } }) =>
    startDeidentifying(workbench, session.project(input.project), input),
  ),
  deidentified: exports.deidentified.handler(({ input, context: { workbench } }) => deidentified(workbench, input.job)),
  copies: exports.copies.handler(({ input, context: { session } }) => listCopies(session.project(input.project))),
  offerCopies: exports.offerCopies.handler(({ input, context: { session } }) =>
    offerCopies(session, session.project(input.project), input),
  ),
  removeCopies: exports.removeCopies.handler(async ({ input, context: { session } }) => {
    await removeCopies(session.project(input.project), input.name)
    return null
  }),
  startMovie: exports.startMovie.handler(async ({ input, context: { session } }) => ({
    movie: await startMovie(session, input),
  })),
  addPicture: exports.addPicture.handler(async ({ input, context: { session } }) => {
    await addPicture(session, input.movie, input.picture)
    return null
  }),
  finishMovie: exports.finishMovie.handler(({ input, context: { session } }) => finishMovie(session, input.movie)),
  cancelMovie: exports.cancelMovie.handler(async ({ input, context: { session } }) => {
    await cancelMovie(session, input.movie)
    return null
  }),
}
