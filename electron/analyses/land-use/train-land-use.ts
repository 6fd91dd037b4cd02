import type { RunReport, TrainRequest } from '../../../shared/domain/run.ts'
import { remarkTexts } from '../../../shared/domain/remark.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import {
  argMaxRows,
  classificationMetrics,
  confusionMatrix,
  sumConfusions,
  type Confusion,
} from '../../../shared/metrics/classification.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { openExecutor } from '../../engine/executors/executor-for.ts'
import type { Executor } from '../../engine/executors/executor.ts'
import { exportOnnx } from '../../engine/export-onnx.ts'
import type { FitEpoch } from '../../engine/fit.ts'
import type { ModelFunction } from '../../engine/model-function.ts'
import { readCheckpoint, writeCheckpoint } from '../../store/checkpoint.ts'
import { hashData } from '../../store/hash-data.ts'
import { appendHistory, rewindHistory } from '../../store/history.ts'
import { prepareModelFolder, readManifest, writeModelFolder } from '../../store/model-folder.ts'
import { seriesFeatures } from '../classification/classifier-program.ts'
import { fromCheckpoint, toCheckpoint, type RunState } from '../training/fit-checkpoint.ts'
import { appliedModel, trainClassifier, type TrainedClassifier } from '../classification/train-classifier.ts'
import type { JobContext } from '../task.ts'
import { divideDataset, readLandUseDataset, type LandUseDataset } from './land-use-dataset.ts'
import { defaultModel, landUseOptions, type LandUseOptions } from './land-use-options.ts'
import { openLandUseSource } from './land-use-source.ts'
import { majorityBaseline } from '../classification/majority-baseline.ts'
import { toEpochRecord } from '../training/epoch-record.ts'
import { withoutPaths } from '../training/fit-plan.ts'
import { toModelTensors } from '../training/model-tensors.ts'
import { runLog, type RunLog } from '../training/run-log.ts'
import { computeVersions } from '../training/versions.ts'
import { describeTestSamples, testSetFingerprint } from './test-samples.ts'
import { measureNormalisation } from './normalisation.ts'
import { blockFolds, countSubsets, rowsOf, splitOfFold } from './split.ts'

/** Share of the samples outside a test fold on which training is stopped in time, where it is to stop early. */
const foldValidationShare = 0.15

/** One training on given parts of the dataset; `stage` names it in progress and checkpoint. */
interface StageRun {
  readonly stage: string
  readonly trainRows: readonly number[]
  readonly validationRows: readonly number[]
  readonly onEpoch?: (epoch: FitEpoch) => Promise<void>
}

/** State that all stages of one run share. */
class LandUseRun {
  readonly request: TrainRequest
  readonly options: LandUseOptions
  readonly dataset: LandUseDataset
  readonly model: ModelFunction
  private readonly executor: Executor
  private readonly context: JobContext
  private readonly fingerprint: string
  private state: RunState

  constructor(parts: {
    request: TrainRequest
    options: LandUseOptions
    dataset: LandUseDataset
    executor: Executor
    context: JobContext
    fingerprint: string
    resumed: RunState | null
  }) {
    this.request = parts.request
    this.options = parts.options
    this.dataset = parts.dataset
    this.executor = parts.executor
    this.context = parts.context
    this.fingerprint = parts.fingerprint
    this.state = parts.resumed ?? { fingerprint: parts.fingerprint, stage: '', done: {}, fit: null }
    this.model = parts.options.definition.build(parts.options.modelOptions, { classes: parts.dataset.labels.length })
  }

  finished(stage: string): unknown {
    return this.state.done[stage]
  }

  contractFor(trainRows: readonly number[]): TemporalContract {
    const { shape, values } = this.dataset
    return { ...shape, normalisation: measureNormalisation(values, shape.frames, shape.bands.length, trainRows) }
  }

  async train(stage: StageRun): Promise<TrainedClassifier> {
    const resume = this.state.stage === stage.stage ? (this.state.fit ?? undefined) : undefined
    return trainClassifier({
      model: this.model,
      contract: this.contractFor(stage.trainRows),
      classCount: this.dataset.labels.length,
      data: this.dataset,
      trainRows: stage.trainRows,
      validationRows: stage.validationRows,
      training: this.options.training,
      seed: this.request.seed,
      executor: this.executor,
      resume,
      onEpoch: stage.onEpoch,
      signal: this.context.signal,
      report: (progress) =>
        this.context.report({ ...progress, stage: stage.stage === 'final' ? 'Training' : `Training ${stage.stage}` }),
      saveCheckpoint: async (fit) => {
        this.state = { ...this.state, stage: stage.stage, fit }
        await writeCheckpoint(this.request.out, toCheckpoint(this.state))
      },
    })
  }

  async finish(stage: string, result: unknown): Promise<void> {
    this.state = { fingerprint: this.fingerprint, stage: '', fit: null, done: { ...this.state.done, [stage]: result } }
    await writeCheckpoint(this.request.out, toCheckpoint(this.state))
  }

  /** Class probabilities [rows × classes] of a trained classifier. */
  async probabilities(trained: TrainedClassifier, rows: readonly number[]): Promise<Float32Array> {
    const { shape, values } = this.dataset
    const length = shape.frames * shape.bands.length
    const gathered = new Float32Array(rows.length * length)
    rows.forEach((row, i) => gathered.set(values.subarray(row * length, (row + 1) * length), i * length))
    return trained.classify(gathered, rows.length)
  }

  /** Confusion matrix of probabilities on some rows. */
  confusion(probabilities: Float32Array, rows: readonly number[]): Confusion {
    const { classes, labels } = this.dataset
    return confusionMatrix(
      rows.map((row) => classes[row] ?? 0),
      argMaxRows(probabilities, labels.length),
      labels,
    )
  }
}

/** Tests every sample once, each time with a model that saw no sample of its block. */
async function crossValidate(run: LandUseRun): Promise<{ [name: string]: unknown } | null> {
  const { folds: count, blockSize } = run.options.data
  if (count < 2) return null
  const folds = blockFolds(run.dataset.samples, count, run.request.seed, blockSize)
  const confusions: Confusion[] = []
  for (let fold = 0; fold < count; fold++) {
    const stage = `fold ${fold + 1} of ${count}`
    const earlier = run.finished(stage) as Confusion | undefined
    if (earlier) {
      confusions.push(earlier)
      continue
    }
    const share = run.options.training.patience > 0 ? foldValidationShare : 0
    const { subsets } = splitOfFold(run.dataset.samples, folds, fold, share)
    const trained = await run.train({
      stage,
      trainRows: rowsOf(subsets, 'train'),
      validationRows: rowsOf(subsets, 'validation'),
    })
    const tested = rowsOf(subsets, 'test')
    const confusion = run.confusion(await run.probabilities(trained, tested), tested)
    await trained.dispose()
    confusions.push(confusion)
    await run.finish(stage, confusion)
  }
  const perFold = confusions.map((confusion) => classificationMetrics(confusion).overallAccuracy)
  return {
    folds: count,
    blockSize,
    overallAccuracyPerFold: perFold,
    pooled: classificationMetrics(sumConfusions(confusions)),
  }
}

/**
 * Trains a land-use model on the labelled pixels of a satellite time series and writes its model folder.
 * @throws codes of the readers, labels, split and store; `device/*`, `training/*`; `AbortError` after a checkpoint
 */
export async function trainLandUse(request: TrainRequest, context: JobContext): Promise<RunReport> {
  const options = landUseOptions(request.model ?? defaultModel, request.set, request)
  const device = await chooseDevice(request.device)
  const state = await prepareModelFolder(request.out, { resume: request.resume })
  if (state === 'finished') return (await readManifest(request.out)).report
  const log = runLog(request.out)
  await log.began(state === 'unfinished', options.definition.id, device)
  return log.around(() => trainInto(request, options, device, log, context))
}

async function trainInto(
  request: TrainRequest,
  options: LandUseOptions,
  device: string,
  log: RunLog,
  context: JobContext,
): Promise<RunReport> {
  const started = performance.now()
  context.report({ stage: 'Reading the data', done: 0, total: 0 })
  const source = await openLandUseSource(request.data, options.pipeline, options.data.sequence)
  let dataset: LandUseDataset
  try {
    dataset = await readLandUseDataset(source, request.data, options.data, request.seed, context)
  } finally {
    await source.reader.close()
  }
  const provenanceData = await hashData(request.data, { signal: context.signal })
  const { split, remarks: splitRemarks } = divideDataset(dataset.samples, options.data, request.seed)
  const remarks = [...dataset.remarks, ...splitRemarks]
  await log.found(countSubsets(split.subsets), dataset.labels.length, remarks)
  const used = {
    model: options.definition.id,
    modelOptions: options.modelOptions,
    data: options.data,
    training: options.training,
    pipeline: source.pipeline,
  }
  const fingerprint = JSON.stringify({
    ...used,
    seed: request.seed,
    device,
    versions: computeVersions(),
    sha256: provenanceData.sha256,
  })
  const checkpoint = request.resume ? await readCheckpoint(request.out) : null
  const resumed = checkpoint ? fromCheckpoint(checkpoint, fingerprint) : null
  await rewindHistory(request.out, resumed?.stage === 'final' ? (resumed.fit?.epoch ?? 0) : 0)

  const { executor, close } = await openExecutor(device)
  try {
    const run = new LandUseRun({ request, options, dataset, executor, context, fingerprint, resumed })
    const crossValidation = await crossValidate(run)
    const [trainRows, validationRows, testRows] = [
      rowsOf(split.subsets, 'train'),
      rowsOf(split.subsets, 'validation'),
      rowsOf(split.subsets, 'test'),
    ]
    const trained = await run.train({
      stage: 'final',
      trainRows,
      validationRows,
      onEpoch: async (epoch) => {
        await appendHistory(request.out, toEpochRecord(epoch))
        await log.epoch(epoch)
      },
    })
    const { result } = trained
    const probabilities = await run.probabilities(trained, testRows)
    const classesOf = (rows: readonly number[]): number[] => rows.map((row) => dataset.classes[row] ?? 0)
    const testSamples = testRows.flatMap((row) => dataset.samples[row] ?? [])
    const report: RunReport = {
      task: 'land-use',
      model: options.definition.id,
      device,
      seed: request.seed,
      parameters: trained.parameters,
      epochs: result.history.length,
      seconds: (performance.now() - started) / 1000,
      stepMs: result.stepMs,
      samples: countSubsets(split.subsets),
      split: split.description.text,
      metrics: { ...classificationMetrics(run.confusion(probabilities, testRows)) },
      baseline: { ...majorityBaseline(classesOf(trainRows), classesOf(testRows), dataset.labels) },
      history: result.history.map(toEpochRecord),
      warnings: remarkTexts(remarks),
      remarks,
      extra: {
        bestEpoch: result.bestEpoch,
        trainingSeconds: result.seconds,
        // Two runs with the same one can be compared sample by sample.
        testSet: testSetFingerprint(testSamples),
        // Highest resident memory of the compute process so far.
        peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
        ...(crossValidation ? { crossValidation } : {}),
      },
    }
    await trained.dispose()
    context.report({ stage: 'Writing the model', done: 0, total: 0 })
    const contract = run.contractFor(trainRows)
    const features = seriesFeatures(contract)
    const onnx = await exportOnnx(appliedModel(run.model, contract), features, result.numbers, {
      task: 'land-use',
      model: options.definition.id,
      labels: JSON.stringify(dataset.labels),
      bands: contract.bands.join(','),
    })
    await writeModelFolder(request.out, {
      description: {
        task: 'land-use',
        model: { name: options.definition.id, options: options.modelOptions },
        labels: [...dataset.labels],
        contract,
        report,
        provenance: {
          data: [provenanceData],
          seed: request.seed,
          device,
          versions: computeVersions(),
          pipeline: [
            { step: 'satellite', options: { ...source.pipeline } },
            { step: 'dataset', options: withoutPaths(options.data) },
            { step: 'training', options: { ...options.training } },
          ],
          split: split.description,
          trainedAt: new Date().toISOString(),
        },
      },
      onnx,
      tensors: toModelTensors(result),
      samples: describeTestSamples(testSamples, classesOf(testRows), probabilities, dataset.labels, source.grid),
    })
    return report
  } finally {
    await close()
  }
}
