import type { ReportProgress } from '../../shared/base/progress.ts'
import type {
  CostRequest,
  EvaluateRequest,
  FitReport,
  FitRequest,
  PlanRequest,
  PredictionReport,
  PredictRequest,
  RunReport,
  TaskId,
  TrainRequest,
} from '../../shared/domain/run.ts'
import type { TrainingChoices } from '../../shared/domain/training-choices.ts'
import type { TrainingCost, TrainingPlan } from '../../shared/domain/training-plan.ts'

/** What every job gets from its host: cancelling, and a place to report progress to. */
export interface JobContext {
  readonly signal: AbortSignal
  readonly report: ReportProgress
}

/**
 * One thing a model can be trained for. Implementations live in a folder of their own beside this file.
 * All methods throw `AppError` for bad input and `AbortError` when cancelled; a cancelled training leaves a checkpoint
 * that the same request with `resume` continues, as does one that was killed.
 */
export interface Task {
  readonly id: TaskId
  readonly models: readonly { readonly id: string; readonly summary: string }[]
  /** The models and settings there are, described for forms. */
  choices(): TrainingChoices
  /** What the data step of a training would do, found by doing it. */
  plan(request: PlanRequest, context: JobContext): Promise<TrainingPlan>
  /** What a training takes, without reading any data. */
  cost(request: CostRequest): TrainingCost
  train(request: TrainRequest, context: JobContext): Promise<RunReport>
  evaluate(request: EvaluateRequest, context: JobContext): Promise<RunReport>
  /** Whether a model can be used on an input, without using it. */
  fits(request: FitRequest, context: JobContext): Promise<FitReport>
  predict(request: PredictRequest, context: JobContext): Promise<PredictionReport>
}
