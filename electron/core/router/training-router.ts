import {
  findRun,
  listRuns,
  removeRun,
  renameRun,
  resumeRun,
  runDetails,
  runLog,
  startRun,
  watchRun,
} from '../app/project-runs.ts'
import { addBackbone, backboneSetting } from '../app/backbones.ts'
import { refuseUnoffered } from '../app/offered-settings.ts'
import { listEvaluations, startEvaluation } from '../app/run-evaluations.ts'
import { testedSamples } from '../app/tested-samples.ts'
import { planTraining } from '../app/training-plans.ts'
import { implementer, watched } from './implementer.ts'

const { training } = implementer

/** Implements `training`. */
export const trainingRouter = {
  choices: training.choices.handler(({ input, context }) => context.workbench.choices(input.task)),
  start: training.start.handler(({ input: { project, ...request }, context: { workbench, session } }) =>
    startRun(workbench, session.project(project), request),
  ),
  plan: training.plan.handler(({ input: { project, ...request }, context: { workbench, session } }) =>
    planTraining(workbench, session.project(project), request),
  ),
  addBackbone: training.addBackbone.handler(({ input, context: { session } }) =>
    addBackbone(session.project(input.project), session.grants.use(input.file).path),
  ),
  planned: training.planned.handler(({ input, context: { workbench, session } }) => {
    session.project(input.project)
    return workbench.plans.find(input.job).result
  }),
  cost: training.cost.handler(
    async ({ input: { project, task: asked, ...request }, signal, context: { workbench, session } }) => {
      const task = session.project(project).requireTask(asked)
      const { offered } = await backboneSetting(session.project(project), task, request.set)
      refuseUnoffered(await workbench.choices(task), request.model, offered)
      const job = workbench.core.training.cost({ task, ...request })
      signal?.addEventListener('abort', () => job.kill())
      return job.result
    },
  ),
  log: training.log.handler(({ input, context }) =>
    runLog(context.session.project(input.project), input.run, input.last),
  ),
  samples: training.samples.handler(({ input: { project, run, ...query }, context: { workbench, session } }) =>
    testedSamples(workbench, session.project(project), run, query),
  ),
  evaluate: training.evaluate.handler(({ input, context: { workbench, session } }) =>
    startEvaluation(workbench, session.project(input.project), input.run, input.data),
  ),
  evaluations: training.evaluations.handler(({ input, context }) =>
    listEvaluations(context.session.project(input.project), input.run),
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
