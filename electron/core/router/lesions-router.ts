import { exportTracking } from '../app/tracking-export.ts'
import {
  correctTracking,
  getTracking,
  listTrackings,
  paintedSeries,
  removeTracking,
  startTracking,
  trackingOutlines,
} from '../app/project-trackings.ts'
import { keepLandmarks, registerTracking } from '../app/tracking-landmarks.ts'
import { implementer } from './implementer.ts'

const { lesions } = implementer

/** Implements `lesions`. */
export const lesionsRouter = {
  painted: lesions.painted.handler(({ input, context }) => paintedSeries(context.session.project(input.project))),
  list: lesions.list.handler(({ input, context }) => listTrackings(context.session.project(input.project))),
  start: lesions.start.handler(({ input: { project, ...request }, context: { workbench, session } }) =>
    startTracking(workbench, session.project(project), request),
  ),
  get: lesions.get.handler(({ input, context }) => getTracking(context.session.project(input.project), input.tracking)),
  outlines: lesions.outlines.handler(({ input, context }) =>
    trackingOutlines(context.session.project(input.project), input.tracking, input.study),
  ),
  correct: lesions.correct.handler(({ input: { project, tracking, ...given }, context }) =>
    correctTracking(context.session.project(project), tracking, given),
  ),
  keepLandmarks: lesions.keepLandmarks.handler(({ input: { project, tracking, ...given }, context }) =>
    keepLandmarks(context.session.project(project), tracking, given),
  ),
  register: lesions.register.handler(({ input: { project, tracking, study, by }, context: { workbench, session } }) =>
    registerTracking(workbench, session.project(project), tracking, study, by),
  ),
  export: lesions.export.handler(
    ({ input: { project, tracking, ...wanted }, signal, context: { workbench, session } }) =>
      exportTracking(workbench, session, session.project(project), tracking, wanted, signal),
  ),
  remove: lesions.remove.handler(async ({ input, context }) => {
    await removeTracking(context.session.project(input.project), input.tracking)
    return null
  }),
}
