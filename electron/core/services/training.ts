import {
  type CostRequest,
  costRequestSchema,
  type EvaluateRequest,
  evaluateRequestSchema,
  type PlanRequest,
  planRequestSchema,
  type RunReport,
  runReportSchema,
  type TaskId,
  type TrainRequest,
  trainRequestSchema,
} from '../../../shared/domain/run.ts'
import { type TrainingChoices, trainingChoicesSchema } from '../../../shared/domain/training-choices.ts'
import {
  type TrainingCost,
  trainingCostSchema,
  type TrainingPlan,
  trainingPlanSchema,
} from '../../../shared/domain/training-plan.ts'
import type { Job } from '../job.ts'
import type { JobRegistry } from '../job-registry.ts'

/** Trains models, and measures trained ones. */
export interface TrainingService {
  train(request: TrainRequest): Job<RunReport>
  evaluate(request: EvaluateRequest): Job<RunReport>
  /** What the data step of a training would do. */
  plan(request: PlanRequest): Job<TrainingPlan>
  /** What a training takes. */
  cost(request: CostRequest): Job<TrainingCost>
  /** The models and settings a task offers. */
  choices(task: TaskId): Job<TrainingChoices>
}

/** Makes the service that trains and measures. */
export function createTrainingService(jobs: JobRegistry): TrainingService {
  const parse = (raw: unknown): RunReport => runReportSchema.parse(raw)
  return {
    train: (request) => jobs.start({ kind: 'train', request: trainRequestSchema.parse(request) }, parse),
    plan: (request) =>
      jobs.start({ kind: 'plan', request: planRequestSchema.parse(request) }, (raw) => trainingPlanSchema.parse(raw)),
    cost: (request) =>
      jobs.start({ kind: 'cost', request: costRequestSchema.parse(request) }, (raw) => trainingCostSchema.parse(raw)),
    choices: (task) => jobs.start({ kind: 'choices', task }, (raw) => trainingChoicesSchema.parse(raw)),
    evaluate: (request) => jobs.start({ kind: 'evaluate', request: evaluateRequestSchema.parse(request) }, parse),
  }
}
