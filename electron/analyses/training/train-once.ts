import type { Subset } from '../../../shared/domain/labels.ts'
import type { DataSource, Provenance } from '../../../shared/domain/model-folder.ts'
import type { SplitDescription } from '../../../shared/domain/dataset.ts'
import { type Remark, remarkTexts } from '../../../shared/domain/remark.ts'
import type { RunReport, TaskId, TrainRequest } from '../../../shared/domain/run.ts'
import type { TestSamples } from '../../../shared/domain/test-samples.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import type { TrainedNumbers } from '../../engine/apply-program.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { openExecutor } from '../../engine/executors/executor-for.ts'
import type { Executor } from '../../engine/executors/executor.ts'
import { exportOnnx } from '../../engine/export-onnx.ts'
import { fit, type FitOptions, type FitResult, type FitState } from '../../engine/fit.ts'
import type { FeatureSpecs, ModelFunction } from '../../engine/model-function.ts'
import { TrainingProgram, type TrainingProgramOptions } from '../../engine/training-program.ts'
import { readCheckpoint, writeCheckpoint } from '../../store/checkpoint.ts'
import { appendHistory, rewindHistory } from '../../store/history.ts'
import { prepareModelFolder, readManifest, writeModelFolder } from '../../store/model-folder.ts'
import type { JobContext } from '../task.ts'
import { toEpochRecord } from './epoch-record.ts'
import { fromCheckpoint, toCheckpoint } from './fit-checkpoint.ts'
import { toModelTensors } from './model-tensors.ts'
import { runLog, type RunLog } from './run-log.ts'
import { computeVersions } from './versions.ts'

/** What a model scored on the test part, beside the baseline. */
export interface TestFigures {
  readonly metrics: RunReport['metrics']
  readonly baseline: RunReport['baseline']
  readonly remarks?: readonly Remark[]
  readonly extra?: { readonly [name: string]: unknown }
  /** What the model said of each sample, kept with it. */
  readonly samples?: TestSamples
}

/** How a model in training is applied: compiled once per run. */
export interface AppliedInTraining {
  /** Absent where no sample is kept for validation. */
  readonly validate: FitOptions['validate']
  readonly test: (numbers: TrainedNumbers) => Promise<TestFigures>
  readonly dispose: () => Promise<void>
}

/** Data that were read and divided, and everything else that one training is made of. */
export interface PreparedTraining {
  readonly modelOptions: Record<string, unknown>
  /** Class names in the order of the model's output; empty where there are none. */
  readonly labels: readonly string[]
  readonly contract: TemporalContract
  readonly data: DataSource
  readonly samples: Readonly<Record<Subset, number>>
  readonly split: SplitDescription
  readonly remarks: readonly Remark[]
  /** Steps from files to samples, without paths; with the model's options they must be the same to resume. */
  readonly steps: Provenance['pipeline']
  readonly program: Omit<TrainingProgramOptions, 'seed' | 'executor'>
  readonly fit: Pick<FitOptions, 'samples' | 'batch' | 'epochs' | 'schedule' | 'makeBatch' | 'patience'>
  readonly apply: (executor: Executor) => Promise<AppliedInTraining>
  /** The model as it is exported: physical units in and out. */
  readonly exported: {
    readonly model: ModelFunction
    readonly features: FeatureSpecs
    /** What else the file says of itself. */
    readonly metadata?: { readonly [key: string]: string }
  }
  /** Bytes of a network that comes before the model, kept with it. */
  readonly backbone?: Uint8Array
  /** Frees what the data hold. */
  readonly close: () => void | Promise<void>
}

/** What a task gives to `trainOnce`. */
export interface TrainOnceOptions {
  readonly task: TaskId
  readonly model: string
  /** Reads and divides the data. */
  readonly prepare: (device: string) => Promise<PreparedTraining>
}

/**
 * One training from data to model folder, with log, history and checkpoints: a run that was cancelled or killed goes on
 * with `resume` and ends with the same model.
 * @throws codes of `prepare` and of the store, `device/*`, `training/*`; `AbortError` after a checkpoint
 */
export async function trainOnce(
  request: TrainRequest,
  context: JobContext,
  options: TrainOnceOptions,
): Promise<RunReport> {
  const device = await chooseDevice(request.device)
  const state = await prepareModelFolder(request.out, { resume: request.resume })
  if (state === 'finished') return (await readManifest(request.out)).report
  const log = runLog(request.out)
  await log.began(state === 'unfinished', options.model, device)
  return log.around(async () => {
    const started = performance.now()
    context.report({ stage: 'Reading the data', done: 0, total: 0 })
    const prepared = await options.prepare(device)
    try {
      await log.found(prepared.samples, prepared.labels.length, prepared.remarks)
      const { executor, close } = await openExecutor(device)
      try {
        return await new OneTraining({ request, context, options, prepared, device, executor, log, started }).run()
      } finally {
        await close()
      }
    } finally {
      await prepared.close()
    }
  })
}

interface Parts {
  readonly request: TrainRequest
  readonly context: JobContext
  readonly options: TrainOnceOptions
  readonly prepared: PreparedTraining
  readonly device: string
  readonly executor: Executor
  readonly log: RunLog
  /** When the job began, by `performance.now`. */
  readonly started: number
}

class OneTraining {
  private readonly parts: Parts
  private readonly fingerprint: string

  constructor(parts: Parts) {
    const { request, options, prepared, device } = parts
    this.parts = parts
    this.fingerprint = JSON.stringify({
      model: options.model,
      modelOptions: prepared.modelOptions,
      steps: prepared.steps,
      seed: request.seed,
      device,
      versions: computeVersions(),
      sha256: prepared.data.sha256,
    })
  }

  async run(): Promise<RunReport> {
    const { request, prepared, executor } = this.parts
    const resume = await this.resumed()
    await rewindHistory(request.out, resume?.epoch ?? 0)
    const program = await TrainingProgram.create({ ...prepared.program, seed: request.seed, executor })
    try {
      const applied = await prepared.apply(executor)
      try {
        const result = await this.fit(program, applied, resume)
        this.parts.context.report({ stage: 'Testing', done: 0, total: 0 })
        const tested = await applied.test(result.numbers)
        const report = this.report(result, program.vector.size, tested)
        await this.write(result, report, tested.samples)
        return report
      } finally {
        await applied.dispose()
      }
    } finally {
      await program.dispose()
    }
  }

  private async resumed(): Promise<FitState | undefined> {
    const { request } = this.parts
    const checkpoint = request.resume ? await readCheckpoint(request.out) : null
    return (checkpoint && fromCheckpoint(checkpoint, this.fingerprint).fit) ?? undefined
  }

  private async fit(program: TrainingProgram, applied: AppliedInTraining, resume?: FitState): Promise<FitResult> {
    const { request, context, prepared, log } = this.parts
    return fit({
      ...prepared.fit,
      program,
      seed: request.seed,
      ...(applied.validate ? { validate: applied.validate } : {}),
      ...(resume ? { resume } : {}),
      saveCheckpoint: (state) =>
        writeCheckpoint(
          request.out,
          toCheckpoint({ fingerprint: this.fingerprint, stage: 'final', done: {}, fit: state }),
        ),
      onEpoch: async (epoch) => {
        await appendHistory(request.out, toEpochRecord(epoch))
        await log.epoch(epoch)
      },
      signal: context.signal,
      report: (progress) => context.report({ ...progress, stage: 'Training' }),
    })
  }

  private report(result: FitResult, parameters: number, tested: TestFigures): RunReport {
    const { request, options, prepared, device, started } = this.parts
    const remarks = [...prepared.remarks, ...(tested.remarks ?? [])]
    return {
      task: options.task,
      model: options.model,
      device,
      seed: request.seed,
      parameters,
      epochs: result.history.length,
      seconds: (performance.now() - started) / 1000,
      stepMs: result.stepMs,
      samples: { ...prepared.samples },
      split: prepared.split.text,
      metrics: tested.metrics,
      baseline: tested.baseline,
      history: result.history.map(toEpochRecord),
      warnings: remarkTexts(remarks),
      remarks,
      extra: {
        bestEpoch: result.bestEpoch,
        trainingSeconds: result.seconds,
        // Highest resident memory of the compute process so far.
        peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
        ...tested.extra,
      },
    }
  }

  private async write(result: FitResult, report: RunReport, samples?: TestSamples): Promise<void> {
    const { request, options, prepared, device, context } = this.parts
    context.report({ stage: 'Writing the model', done: 0, total: 0 })
    const { model, features, metadata } = prepared.exported
    const onnx = await exportOnnx(model, features, result.numbers, {
      task: options.task,
      model: options.model,
      labels: JSON.stringify(prepared.labels),
      bands: prepared.contract.bands.join(','),
      ...metadata,
    })
    await writeModelFolder(request.out, {
      description: {
        task: options.task,
        model: { name: options.model, options: prepared.modelOptions },
        labels: [...prepared.labels],
        contract: prepared.contract,
        report,
        provenance: {
          data: [prepared.data],
          seed: request.seed,
          device,
          versions: computeVersions(),
          pipeline: prepared.steps,
          split: prepared.split,
          trainedAt: new Date().toISOString(),
        },
      },
      onnx,
      tensors: toModelTensors(result),
      ...(samples ? { samples } : {}),
      ...(prepared.backbone ? { backbone: prepared.backbone } : {}),
    })
  }
}
