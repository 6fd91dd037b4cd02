import type { ContractRouterClient } from '@orpc/contract'
import { devicesContract } from './devices.ts'
import { exportsContract } from './exports.ts'
import { filesContract } from './files.ts'
import { hostContract } from './host.ts'
import { inferenceContract } from './inference.ts'
import { jobsContract } from './jobs.ts'
import { labelsContract } from './labels.ts'
import { lesionsContract } from './lesions.ts'
import { modelsContract } from './models.ts'
import { projectsContract } from './projects.ts'
import { sequencesContract } from './sequences.ts'
import { settingsContract } from './settings.ts'
import { trainingContract } from './training.ts'

/** Everything the page can ask the core, by service. Small things only: pixels go through the data plane. */
export const contract = {
  host: hostContract,
  files: filesContract,
  projects: projectsContract,
  sequences: sequencesContract,
  labels: labelsContract,
  training: trainingContract,
  inference: inferenceContract,
  lesions: lesionsContract,
  exports: exportsContract,
  jobs: jobsContract,
  models: modelsContract,
  devices: devicesContract,
  settings: settingsContract,
}

/** The core as the page sees it, whichever host carries the calls. */
export type CoreClient = ContractRouterClient<typeof contract>
