import {
  type DeidentifyReport,
  deidentifyReportSchema,
  type DeidentifyRequest,
  deidentifyRequestSchema,
} from '../../../shared/domain/medical/deidentify-request.ts'
import {
  type ExportReport,
  exportReportSchema,
  type ExportRequest,
  exportRequestSchema,
} from '../../../shared/domain/run.ts'
import type { Job } from '../job.ts'
import type { JobRegistry } from '../job-registry.ts'

/** Hands models and data over to others. */
export interface ExportsService {
  exportModel(request: ExportRequest): Job<ExportReport>
  /** Copies DICOM files without names. */
  deidentify(request: DeidentifyRequest): Job<DeidentifyReport>
}

/** Makes the service that exports. */
export function createExportsService(jobs: JobRegistry): ExportsService {
  return {
    exportModel: (request) =>
      jobs.start({ kind: 'export', request: exportRequestSchema.parse(request) }, (raw) =>
        exportReportSchema.parse(raw),
      ),
    deidentify: (request) =>
      jobs.start({ kind: 'deidentify', request: deidentifyRequestSchema.parse(request) }, (raw) =>
        deidentifyReportSchema.parse(raw),
      ),
  }
}
