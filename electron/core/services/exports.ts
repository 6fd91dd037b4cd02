import {
  type ExportReport,
  exportReportSchema,
  type ExportRequest,
  exportRequestSchema,
} from '../../../shared/domain/run.ts'
import type { Job } from '../job.ts'
import type { JobRegistry } from '../job-registry.ts'

/** Hands models over to other programs. */
export interface ExportsService {
  exportModel(request: ExportRequest): Job<ExportReport>
}

/** Makes the service that exports. */
export function createExportsService(jobs: JobRegistry): ExportsService {
  return {
    exportModel: (request) =>
      jobs.start({ kind: 'export', request: exportRequestSchema.parse(request) }, (raw) =>
        exportReportSchema.parse(raw),
      ),
  }
}
