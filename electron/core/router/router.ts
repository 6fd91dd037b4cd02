import { implementer } from './implementer.ts'
import { filesRouter, hostRouter } from './files-router.ts'
import { exportsRouter } from './exports-router.ts'
import { inferenceRouter } from './inference-router.ts'
import { jobsRouter } from './jobs-router.ts'
import { labelsRouter } from './labels-router.ts'
import { lesionsRouter } from './lesions-router.ts'
import { devicesRouter, modelsRouter, settingsRouter } from './program-router.ts'
import { projectsRouter } from './projects-router.ts'
import { sequencesRouter } from './sequences-router.ts'
import { trainingRouter } from './training-router.ts'

/**
 * All procedures of the contract, implemented; whoever calls is told apart by the `RouterContext` given with the connection.
 * What is not in the contract cannot be reached: the table of procedures is made from its keys.
 */
export const router = implementer.router({
  host: hostRouter,
  files: filesRouter,
  projects: projectsRouter,
  sequences: sequencesRouter,
  labels: labelsRouter,
  training: trainingRouter,
  inference: inferenceRouter,
  lesions: lesionsRouter,
  exports: exportsRouter,
  jobs: jobsRouter,
  models: modelsRouter,
  devices: devicesRouter,
  settings: settingsRouter,
})
