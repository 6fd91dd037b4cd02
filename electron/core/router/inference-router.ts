import { ViewedSequence } from '../app/viewed-sequence.ts'
import { predictionCurve } from '../app/prediction-curve.ts'
import {
  getPrediction,
  listPredictions,
  mapPath,
  modelFits,
  removePrediction,
  startPrediction,
  tableText,
} from '../app/project-predictions.ts'
import { actionPrediction, framePrediction, predictionFile } from '../app/video-predictions.ts'
import { implementer } from './implementer.ts'

const { inference } = implementer

/** Implements `inference`. */
export const inferenceRouter = {
  start: inference.start.handler(({ input: { project, ...request }, context: { workbench, session } }) =>
    startPrediction(workbench, session.project(project), request),
  ),
  fits: inference.fits.handler(({ input: { project, ...request }, signal, context: { workbench, session } }) =>
    modelFits(workbench, session.project(project), request, signal),
  ),
  list: inference.list.handler(({ input, context }) => listPredictions(context.session.project(input.project))),
  get: inference.get.handler(({ input, context }) =>
    getPrediction(context.session.project(input.project), input.prediction),
  ),
  actions: inference.actions.handler(({ input, context }) =>
    actionPrediction(context.session.project(input.project), input.prediction),
  ),
  frames: inference.frames.handler(({ input, context }) =>
    framePrediction(context.session.project(input.project), input.prediction),
  ),
  file: inference.file.handler(({ input, context: { session } }) =>
    predictionFile(session, session.project(input.project), input.prediction, input.name),
  ),
  explain: inference.explain.handler(({ input: { project, ...request }, context: { workbench, session } }) =>
    session.explanations.start(workbench, session.project(project), request),
  ),
  explained: inference.explained.handler(({ input, context: { session } }) => {
    session.project(input.project)
    return session.explanations.take(session, input.job)
  }),
  openMap: inference.openMap.handler(async ({ input, signal, context: { workbench, session } }) => {
    const project = session.project(input.project)
    const path = await mapPath(project, input.prediction, input.season, input.role)
    const viewed = new ViewedSequence(await workbench.opener.open([path], undefined, signal))
    return viewed.describe(await session.handles.add(viewed))
  }),
  curve: inference.curve.handler(({ input, signal, context: { workbench, session } }) =>
    predictionCurve(workbench, session.project(input.project), input.prediction, input, signal),
  ),
  exportTable: inference.exportTable.handler(async ({ input, context }) => {
    const project = context.session.project(input.project)
    const text = await tableText(project, input.prediction, input.table)
    return { fileName: `${input.prediction}-${input.table}.csv`, mediaType: 'text/csv', text }
  }),
  remove: inference.remove.handler(async ({ input, context }) => {
    await removePrediction(context.session.project(input.project), input.prediction)
    return null
  }),
}
