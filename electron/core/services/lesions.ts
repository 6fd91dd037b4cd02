import {
  type TrackReport,
  trackReportSchema,
  type TrackRequest,
  trackRequestSchema,
} from '../../../shared/domain/medical/track-report.ts'
import type { Job } from '../job.ts'
import type { JobRegistry } from '../job-registry.ts'

/** Follows lesions over studies. */
export interface LesionsService {
  track(request: TrackRequest): Job<TrackReport>
}

/** Makes the service that follows lesions. */
export function createLesionsService(jobs: JobRegistry): LesionsService {
  return {
    track: (request) =>
      jobs.start({ kind: 'track', request: trackRequestSchema.parse(request) }, (raw) => trackReportSchema.parse(raw)),
  }
}
