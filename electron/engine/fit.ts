import { isAbortError, throwIfAborted } from '../../shared/base/abort.ts'
import type { ReportProgress } from '../../shared/base/progress.ts'
import { SeededRandom } from '../../shared/base/seeded-random.ts'
import type { TrainedNumbers } from './apply-program.ts'
import { learningRateAt, type Schedule } from './schedules.ts'
import type { Batch, StepResult, TrainingProgram, TrainingState } from './training-program.ts'

/** One finished epoch. Loss and metrics are means over the samples; norms are those of the last step. */
export interface FitEpoch {
  readonly epoch: number
  readonly loss: number
  readonly metrics: { readonly [name: string]: number }
  readonly validation: { readonly loss: number; readonly metrics: { readonly [name: string]: number } } | null
  readonly learningRate: number
  readonly gradientNorm: number
  readonly parameterNorms: { readonly [name: string]: number }
  readonly timeStepNorms: { readonly [layer: string]: readonly number[] }
  readonly seconds: number
}

/** Where a training stands; written to checkpoints and enough to go on, bit for bit. */
export interface FitState {
  /** Finished epochs, and batches done in the one under way. */
  readonly epoch: number
  readonly position: number
  /** Sums over the epoch under way: of loss and metrics, weighted by samples, and of these weights. */
  readonly sums: { readonly [name: string]: number }
  readonly training: TrainingState
  /** The numbers of the epoch with the smallest validation loss so far. */
  readonly best: (TrainedNumbers & { readonly epoch: number; readonly loss: number }) | null
  readonly history: readonly FitEpoch[]
  readonly secondsBefore: number
}

/** What `fit` needs. */
export interface FitOptions {
  readonly program: TrainingProgram
  readonly samples: number
  readonly batch: number
  readonly epochs: number
  readonly seed: number
  readonly schedule: Schedule
  /**
   * The batch with these samples, in this order, padded to the batch size; `random` serves augmentation, and `step` (from 0)
   * what changes over the run.
   */
  readonly makeBatch: (rows: readonly number[], random: SeededRandom, step: number) => Batch
  /** Validation loss and metrics of the model with these numbers; absent when there is nothing to validate on. */
  readonly validate?: (numbers: TrainedNumbers) => Promise<{ loss: number; metrics: { [name: string]: number } }>
  /**
   * Stops after this many epochs without a smaller validation loss and gives the numbers of the best one; null trains
   * all epochs and gives the last numbers.
   */
  readonly patience: number | null
  readonly resume?: FitState
  readonly saveCheckpoint?: (state: FitState) => Promise<void>
  readonly onEpoch?: (epoch: FitEpoch) => Promise<void>
  readonly signal?: AbortSignal
  readonly report?: ReportProgress
}

/** What a training ended with; `bestEpoch` is the one its numbers come from. */
export interface FitResult {
  readonly numbers: TrainedNumbers
  readonly bestEpoch: number
  readonly history: readonly FitEpoch[]
  readonly training: TrainingState
  readonly seconds: number
  /** Median time of a step in milliseconds. */
  readonly stepMs: number
}

/** Longest time between two checkpoints, in milliseconds. */
const checkpointEvery = 5000

/**
 * Trains epoch by epoch. The order of samples and everything random depends only on seed, epoch and step, so that a
 * run that is cancelled or killed and resumed ends with the same model as one that was not.
 * @throws `AbortError` after a checkpoint when cancelled; `training/not-finite`
 */
export async function fit(options: FitOptions): Promise<FitResult> {
  const run = new FitRun(options)
  try {
    return await run.train()
  } catch (error) {
    if (isAbortError(error)) await run.save()
    throw error
  }
}

class FitRun {
  private readonly options: FitOptions
  private readonly random: SeededRandom
  private readonly stepTimes: number[] = []
  private readonly started = performance.now()
  private epoch: number
  private position: number
  private sums: { [name: string]: number }
  private best: FitState['best']
  private history: FitEpoch[]
  private lastSave = performance.now()

  constructor(options: FitOptions) {
    this.options = options
    this.random = new SeededRandom(options.seed).fork('fit')
    const { resume } = options
    this.epoch = resume?.epoch ?? 0
    this.position = resume?.position ?? 0
    this.sums = { ...resume?.sums }
    this.best = resume?.best ?? null
    this.history = [...(resume?.history ?? [])]
    if (resume) options.program.restore(resume.training)
  }

  async train(): Promise<FitResult> {
    while (this.epoch < this.options.epochs && !this.isPatienceOver()) await this.trainEpoch()
    const training = this.options.program.snapshot()
    const last = { weights: training.weights, states: training.states, epoch: this.epoch }
    const numbers = this.options.patience === null ? last : (this.best ?? last)
    return {
      numbers,
      bestEpoch: numbers.epoch,
      history: this.history,
      training,
      seconds: this.seconds(),
      stepMs: median(this.stepTimes),
    }
  }

  async save(): Promise<void> {
    const { epoch, position, sums, best, history } = this
    await this.options.saveCheckpoint?.({
      epoch,
      position,
      sums,
      best,
      history,
      training: this.options.program.snapshot(),
      secondsBefore: this.seconds(),
    })
    this.lastSave = performance.now()
  }

  private seconds(): number {
    return (this.options.resume?.secondsBefore ?? 0) + (performance.now() - this.started) / 1000
  }

  private isPatienceOver(): boolean {
    const { patience } = this.options
    return patience !== null && this.best !== null && this.epoch - this.best.epoch >= patience
  }

  private async trainEpoch(): Promise<void> {
    const { options, epoch } = this
    const began = performance.now()
    const order = this.random.fork(`order ${epoch}`).shuffled(Array.from({ length: options.samples }, (_, i) => i))
    const batches = Math.ceil(options.samples / options.batch)
    let last: StepResult | undefined
    let learningRate = 0
    while (this.position < batches) {
      throwIfAborted(options.signal)
      const step = epoch * batches + this.position
      const rows = order.slice(this.position * options.batch, (this.position + 1) * options.batch)
      const batch = options.makeBatch(rows, this.random.fork(`augment ${step}`), step)
      learningRate = learningRateAt(options.schedule, step)
      const at = performance.now()
      last = await options.program.step(batch, learningRate)
      this.stepTimes.push(performance.now() - at)
      this.add(
        last,
        batch.weights.reduce((sum, w) => sum + w, 0),
      )
      this.position++
      options.report?.({
        stage: 'training',
        done: step + 1,
        total: options.epochs * batches,
        values: { epoch: epoch + 1, loss: last.loss, stepMs: this.stepTimes.at(-1) ?? 0 },
      })
      if (this.position < batches && performance.now() - this.lastSave > checkpointEvery) await this.save()
    }
    const { weight = 1, loss = NaN, ...metrics } = this.sums
    const validation = await this.validate()
    const record: FitEpoch = {
      epoch: epoch + 1,
      loss: loss / weight,
      metrics: Object.fromEntries(
        Object.entries(metrics).map(([name, sum]) => [name.replace('metric:', ''), sum / weight]),
      ),
      validation,
      learningRate,
      gradientNorm: last?.gradientNorm ?? NaN,
      parameterNorms: last?.parameterNorms ?? {},
      timeStepNorms: last?.timeStepNorms ?? {},
      seconds: (performance.now() - began) / 1000,
    }
    this.history.push(record)
    this.epoch++
    this.position = 0
    this.sums = {}
    await options.onEpoch?.(record)
    // An epoch may be a single batch, which never comes by the check above.
    if (performance.now() - this.lastSave > checkpointEvery) await this.save()
  }

  private add(result: StepResult, weight: number): void {
    const add = (name: string, value: number): void => {
      this.sums[name] = (this.sums[name] ?? 0) + value
    }
    add('weight', weight)
    add('loss', result.loss * weight)
    for (const [name, value] of Object.entries(result.metrics)) add(`metric:${name}`, value * weight)
  }

  private async validate(): Promise<FitEpoch['validation']> {
    if (!this.options.validate) return null
    const { weights, states } = this.options.program.snapshot()
    const validation = await this.options.validate({ weights, states })
    if (!this.best || validation.loss < this.best.loss)
      this.best = { weights, states, epoch: this.epoch + 1, loss: validation.loss }
    return validation
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
