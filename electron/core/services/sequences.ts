import { type InspectRequest, inspectRequestSchema } from '../../../shared/domain/run.ts'
import { type Inspection, inspectionSchema } from '../../../shared/domain/sequence.ts'
import type { Job } from '../job.ts'
import type { JobRegistry } from '../job-registry.ts'

/** Looks into files and folders for image sequences. */
export interface SequencesService {
  inspect(request: InspectRequest): Job<Inspection>
}

/** Memory for reading headers of files that nobody vouches for. */
const inspectMemoryBytes = 2 * 2 ** 30

/** Makes the service that looks for sequences; it works in a process of its own, bounded in time and memory. */
export function createSequencesService(jobs: JobRegistry, limits: { deadlineMs: number }): SequencesService {
  return {
    inspect: (request) =>
      jobs.start(
        { kind: 'inspect', request: inspectRequestSchema.parse(request) },
        (raw) => inspectionSchema.parse(raw),
        { ...limits, memoryLimitBytes: inspectMemoryBytes },
      ),
  }
}
