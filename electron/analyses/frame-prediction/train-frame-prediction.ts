import { defined } from '../../../shared/base/assert.ts'
import type { RunReport, TestedFrameClip, TrainRequest } from '../../../shared/domain/run.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import { ApplyProgram } from '../../engine/apply-program.ts'
import type { Executor } from '../../engine/executors/executor.ts'
import type { ModelFunction } from '../../engine/model-function.ts'
import type { TrainingProgramOptions } from '../../engine/training-program.ts'
import { hashData } from '../../store/hash-data.ts'
import { clipSetFingerprint } from '../frames/clip-set.ts'
import type { FrameForm } from '../frames/frame-form.ts'
import type { StoredSequence } from '../frames/store-sequence.ts'
import type { JobContext } from '../task.ts'
import { fitPlan, stepRule } from '../training/fit-plan.ts'
import { trainOnce, type AppliedInTraining, type PreparedTraining } from '../training/train-once.ts'
import { clipBatchMaker } from './clip-batches.ts'
import { evenly, type ClipPlace } from './clips.ts'
import { readFramePredictionDataset, requireClips, type FramePredictionDataset } from './frame-prediction-dataset.ts'
import {
  defaultPredictor,
  framePredictionOptions,
  type FramePredictionOptions,
  type FramePredictionTraining,
} from './frame-prediction-options.ts'
import { asMetrics, measurePredictions, type ClipQuality } from './measure-predictions.ts'
import {
  futureError,
  inPhysicalUnits,
  predictionLoss,
  predictorFeatures,
  predictorTargets,
  trainingFeatures,
  type ClipShape,
} from './predictor-program.ts'

/** So many clips are looked at after every epoch; more would cost more than they tell. */
const mostValidated = 128
/** Test clips that are listed one by one in the report. */
const mostListed = 200
/** Clips that go through a predictor at once when it is applied. */
export const appliedBatch = 4

/** Name of the baseline in reports. */
export const copyBaseline = 'copy the last frame'

/**
 * Trains a predictor of frames on the sequences of a folder and writes its model folder.
 * @throws `dataset/*`, `split/*`, `usage/*`, codes of readers and store, `device/*`, `training/*`; `AbortError` after a checkpoint
 */
export async function trainFramePrediction(request: TrainRequest, context: JobContext): Promise<RunReport> {
  const options = framePredictionOptions(request.model ?? defaultPredictor, request.set, request)
  return trainOnce(request, context, {
    task: 'frame-prediction',
    model: options.definition.id,
    prepare: () => prepare(request, options, context),
  })
}

async function prepare(
  request: TrainRequest,
  options: FramePredictionOptions,
  context: JobContext,
): Promise<PreparedTraining> {
  const { data, training, definition, modelOptions } = options
  const dataset = await readFramePredictionDataset(request.data, data, request.seed, context)
  try {
    const { clips, form, store, split, remarks } = dataset
    const samples = { train: clips.train.length, validation: clips.validation.length, test: clips.test.length }
    requireClips(samples, split)
    const shape = clipShape(options, form)
    const contract = contractOf(options, form)
    const model = definition.build(modelOptions, { horizon: shape.horizon })
    const { totalSteps, ...plan } = fitPlan(training, clips.train.length)
    const { batch } = plan
    const teachingSteps = Math.round(training.teacherForcing * totalSteps)
    return {
      modelOptions,
      labels: [],
      contract,
      data: await hashData(request.data, { signal: context.signal }),
      samples,
      split,
      remarks,
      steps: [
        { step: 'frames', options: { ...form } },
        { step: 'dataset', options: { ...data } },
        { step: 'training', options: { ...training } },
      ],
      program: predictorProgram(model, shape, training, batch),
      fit: {
        ...plan,
        makeBatch: clipBatchMaker({ store, clips: clips.train, shape, batch, teachingSteps }),
      },
      apply: (executor) => applyInTraining(model, dataset, shape, executor, context),
      exported: { model: inPhysicalUnits(model, contract.normalisation), features: predictorFeatures(shape) },
      close: () => store.close(),
    }
  } catch (error) {
    dataset.store.close()
    throw error
  }
}

/** Sizes of the clips that a training looks at. */
export function clipShape({ data }: FramePredictionOptions, form: Pick<FrameForm, 'size' | 'bands'>): ClipShape {
  return { inputFrames: data.inputFrames, horizon: data.horizon, size: form.size, channels: form.bands.length }
}

function contractOf({ data }: FramePredictionOptions, form: FrameForm): TemporalContract {
  return {
    frames: data.inputFrames,
    step: { value: data.frameStep, unit: 'frame' },
    seasonStart: null,
    bands: [...form.bands],
    size: [...form.size],
    normalisation: { mean: [...form.low], deviation: [...form.range] },
    spacingMm: null,
  }
}

/** The training program of a predictor, apart from seed and device. */
export function predictorProgram(
  model: ModelFunction,
  shape: ClipShape,
  training: FramePredictionTraining,
  batch: number,
): Omit<TrainingProgramOptions, 'seed' | 'executor'> {
  return {
    model,
    features: trainingFeatures(shape),
    targets: predictorTargets(shape),
    loss: predictionLoss(training),
    metrics: { mse: futureError },
    batch,
    ...stepRule(training),
  }
}

/** Where each test clip lies, with its errors; evenly chosen where there are more than a person looks at. */
function listTestClips(
  places: readonly ClipPlace[],
  sequences: readonly StoredSequence[],
  qualities: readonly ClipQuality[],
): TestedFrameClip[] {
  const all = places.map(({ first, sequence }, i): TestedFrameClip => {
    const stored = defined(sequences[sequence], 'every clip has a sequence')
    return {
      sequence: stored.info.id,
      start: (first - stored.first) * stored.step,
      ...defined(qualities[i], 'every clip was measured'),
    }
  })
  return evenly(all, mostListed)
}

/** Two runs with the same one can be compared. */
function testSetOf(
  places: readonly ClipPlace[],
  sequences: readonly StoredSequence[],
  { inputFrames, horizon, size }: ClipShape,
): string {
  return clipSetFingerprint(
    places.map(({ first, sequence }) => {
      const stored = defined(sequences[sequence], 'every clip has a sequence')
      const from = (first - stored.first) * stored.step
      // Errors are summed over pixels, so frames of another size are another test.
      return { sequence: stored.info.id, from, to: from + (inputFrames + horizon) * stored.step, label: size.join('x') }
    }),
  )
}

async function applyInTraining(
  model: ModelFunction,
  { store, clips, sequences }: FramePredictionDataset,
  shape: ClipShape,
  executor: Executor,
  context: JobContext,
): Promise<AppliedInTraining> {
  const program = await ApplyProgram.create(model, predictorFeatures(shape), appliedBatch, executor)
  const watched = evenly(clips.validation, mostValidated)
  const pixels = shape.size[0] * shape.size[1] * shape.channels
  const silent = { signal: context.signal, report: () => undefined }
  return {
    validate:
      watched.length === 0
        ? undefined
        : async (numbers) => {
            const { model: quality } = await measurePredictions({ program, numbers }, store, watched, shape, silent)
            return { loss: quality.mse / pixels, metrics: { ssim: quality.ssim, psnr: quality.psnr } }
          },
    test: async (numbers) => {
      const quality = await measurePredictions({ program, numbers }, store, clips.test, shape, context)
      return {
        metrics: asMetrics(quality.model),
        baseline: { name: copyBaseline, ...asMetrics(quality.copy) },
        extra: {
          testClips: listTestClips(clips.test, sequences, quality.clips),
          testSet: testSetOf(clips.test, sequences, shape),
        },
      }
    },
    dispose: () => program.dispose(),
  }
}
