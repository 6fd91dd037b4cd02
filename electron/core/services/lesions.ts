import {
  type FollowRequest,
  followRequestSchema,
  type RegisterAnewRequest,
  registerAnewRequestSchema,
  type TrackExportReport,
  trackExportReportSchema,
  type TrackExportRequest,
  trackExportRequestSchema,
} from '../../../shared/domain/medical/follow-request.ts'
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
  /** Through series chosen one by one, for a project. */
  follow(request: FollowRequest): Job<TrackReport>
  /** Lays one study over the baseline another way, and links anew. */
  register(request: RegisterAnewRequest): Job<TrackReport>
  /** Files of what was followed, as the reader has corrected it. */
  exportTracking(request: TrackExportRequest): Job<TrackExportReport>
}

/** Makes the service that follows lesions. */
export function createLesionsService(jobs: JobRegistry): LesionsService {
  return {
    track: (request) =>
      jobs.start({ kind: 'track', request: trackRequestSchema.parse(request) }, (raw) => trackReportSchema.parse(raw)),
    follow: (request) =>
      jobs.start({ kind: 'follow', request: followRequestSchema.parse(request) }, (raw) =>
        trackReportSchema.parse(raw),
      ),
    register: (request) =>
      jobs.start({ kind: 'track-register', request: registerAnewRequestSchema.parse(request) }, (raw) =>
        trackReportSchema.parse(raw),
      ),
    exportTracking: (request) =>
      jobs.start({ kind: 'track-export', request: trackExportRequestSchema.parse(request) }, (raw) =>
        trackExportReportSchema.parse(raw),
      ),
  }
}
