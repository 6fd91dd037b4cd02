import {
  findRun,
  listRuns,
  removeRun,
  renameRun,
  resumeRun,
  runDetails,
  startRun,
  watchRun,
} from '../app/project-runs.ts'
import { implementer, watched } from './implementer.ts'

const { training } = implementer

/** Implements `training`. */
export const trainingRouter = {
  choices: training.choices.handler(({ input, context }) => context.workbench.choices(input.task)),
  start: training.start.handler(({ input: { project, ...request }, context: { workbench, session } }) =>
    startRun(workbench, session.project(project), request),
  ),
  resume: training.resume.handler(({ input, context: { workbench, session } }) =>
    resumeRun(workbench, session.project(input.project), input.run),
  ),
  runs: training.runs.handler(({ input, context }) => listRuns(context.session.project(input.project))),
  run: training.run.handler(({ input, context }) => runDetails(context.session.project(input.project), input.run)),
  watch: training.watch.handler(({ input, signal, context }) => {
    const project = context.session.project(input.project)
    findRun(project, input.run) // Here, so that the call itself fails and not the first event.
    return watched(context.load, watchRun(project, input.run, signal))
  }),
  rename: training.rename.handler(async ({ input, context }) => {
    await renameRun(context.session.project(input.project), input.run, input.name)
    return null
  }),
  remove: training.remove.handler(async ({ input, context }) => {
    await removeRun(context.session.project(input.project), input.run)
    return null
  }),
}
