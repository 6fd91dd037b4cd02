import {
  type EvaluateRequest,
  evaluateRequestSchema,
  type RunReport,
  runReportSchema,
  type TrainRequest,
  trainRequestSchema,
} from '../../../shared/domain/run.ts'
import type { Job } from '../job.ts'
import type { JobRegistry } from '../job-registry.ts'

/** Trains models, and measures trained ones. */
export interface TrainingService {
  train(request: TrainRequest): Job<RunReport>
  evaluate(request: EvaluateRequest): Job<RunReport>
}

/** Makes the service that trains and measures. */
export function createTrainingService(jobs: JobRegistry): TrainingService {
  const parse = (raw: unknown): RunReport => runReportSchema.parse(raw)
  return {
    train: (request) => jobs.start({ kind: 'train', request: trainRequestSchema.parse(request) }, parse),
    evaluate: (request) => jobs.start({ kind: 'evaluate', request: evaluateRequestSchema.parse(request) }, parse),
  }
}
