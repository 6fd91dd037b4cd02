import { type InspectRequest, inspectRequestSchema } from '../../../shared/domain/run.ts'
import { type Inspection, inspectionSchema } from '../../../shared/domain/sequence.ts'
import type { Job } from '../job.ts'
import type { JobRegistry } from '../job-registry.ts'
import type { ReaderPool } from '../reading/reader-pool.ts'
import { superviseInspection } from '../supervise-inspection.ts'

/** Looks into files and folders for image sequences. */
export interface SequencesService {
  inspect(request: InspectRequest): Job<Inspection>
}

/** Makes the service that looks for sequences. */
export function createSequencesService(jobs: JobRegistry, readers: ReaderPool): SequencesService {
  return {
    inspect: (given) => {
      const request = inspectRequestSchema.parse(given)
      return jobs.startWith(
        'inspect',
        (onProgress) => superviseInspection(readers, request, { onProgress }),
        (raw) => inspectionSchema.parse(raw),
      )
    },
  }
}
