import { findJob, followJob, toWireSnapshot } from '../app/wire-jobs.ts'
import { implementer, watched } from './implementer.ts'

const { jobs } = implementer

/** Implements `jobs`. */
export const jobsRouter = {
  list: jobs.list.handler(({ context }) =>
    context.workbench.core.jobs.list().map((job) => toWireSnapshot(job.snapshot)),
  ),
  watch: jobs.watch.handler(({ input, signal, context }) =>
    watched(context.load, followJob(findJob(context.workbench.core.jobs, input.job), signal)),
  ),
  cancel: jobs.cancel.handler(({ input, context }) => {
    findJob(context.workbench.core.jobs, input.job).cancel()
    return null
  }),
}
