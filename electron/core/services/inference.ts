import {
  type FitReport,
  fitReportSchema,
  type FitRequest,
  fitRequestSchema,
  type PredictionReport,
  predictionReportSchema,
  type PredictRequest,
  predictRequestSchema,
} from '../../../shared/domain/run.ts'
import type { Job } from '../job.ts'
import type { JobRegistry } from '../job-registry.ts'

/** Applies trained models to new data. */
export interface InferenceService {
  /** Whether a model can be used on an input. */
  fits(request: FitRequest): Job<FitReport>
  predict(request: PredictRequest): Job<PredictionReport>
}

/** Makes the service that applies models. */
export function createInferenceService(jobs: JobRegistry): InferenceService {
  return {
    fits: (request) =>
      jobs.start({ kind: 'fits', request: fitRequestSchema.parse(request) }, (raw) => fitReportSchema.parse(raw)),
    predict: (request) =>
      jobs.start({ kind: 'predict', request: predictRequestSchema.parse(request) }, (raw) =>
        predictionReportSchema.parse(raw),
      ),
  }
}
