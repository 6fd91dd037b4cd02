import type { RunReport, TrainRequest } from '../../../shared/domain/run.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import { SeededRandom } from '../../../shared/base/seeded-random.ts'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import type { TrainedNumbers } from '../../engine/apply-program.ts'
import type { Executor } from '../../engine/executors/executor.ts'
import { segmenterChannels } from '../../models/conv-lstm-unet.ts'
import { hashData } from '../../store/hash-data.ts'
import type { JobContext } from '../task.ts'
import { fitPlan, withoutPaths } from '../training/fit-plan.ts'
import { byPart } from '../training/subset-counts.ts'
import { type AppliedInTraining, type PreparedTraining, trainOnce } from '../training/train-once.ts'
import { bestThreshold } from './measure-segmentation.ts'
import { cutPatch, drawPatch, patchBatchMaker, type PatchShape } from './patches.ts'
import {
  readSegmentationDataset,
  type SegmentationDataset,
  type SliceForm,
  type StudySample,
} from './segmentation-dataset.ts'
import {
  defaultSegmenter,
  type SegmentationData,
  segmentationOptions,
  type SegmentationOptions,
} from './segmentation-options.ts'
import { inOwnUnit, segmenterFeatures, segmenterProgram } from './segmenter-program.ts'
import { WindowPrograms } from './segment-slices.ts'
import { testSegmenter } from './test-segmenter.ts'

/** What the one class is called. */
const lesionLabel = 'lesion'

/**
 * Trains a network that marks lesions on the studies of a folder and writes its model folder.
 * @throws `dataset/*`, `split/*`, `usage/*`, `lesions/*`, codes of readers and store, `device/*`, `training/*`; `AbortError` after
 *   a checkpoint
 */
export async function trainSegmentation(request: TrainRequest, context: JobContext): Promise<RunReport> {
  const options = segmentationOptions(request.model ?? defaultSegmenter, request.set, request)
  return trainOnce(request, context, {
    task: 'lesion-segmentation',
    model: options.definition.id,
    prepare: () => prepare(request, options, context),
  })
}

async function prepare(
  request: TrainRequest,
  options: SegmentationOptions,
  context: JobContext,
): Promise<PreparedTraining> {
  const { data, training, definition, modelOptions } = options
  const dataset = await readSegmentationDataset(request.data, data, request.seed, context)
  try {
    const { form, samples, split, remarks } = dataset
    const parts = byPart(
      samples,
      samples.map(({ subset }) => subset),
    )
    const model = definition.build(modelOptions, null)
    const plan = fitPlan(training, parts.train.length * training.patchesPerStudy)
    const { batch } = plan
    return {
      modelOptions,
      labels: [lesionLabel],
      contract: segmentationContract(data, form),
      data: await hashData(request.data, { signal: context.signal }),
      samples: { train: parts.train.length, validation: parts.validation.length, test: parts.test.length },
      split,
      remarks,
      steps: [
        { step: 'slices', options: { ...form } },
        { step: 'dataset', options: withoutPaths(data) },
        { step: 'training', options: { ...training } },
      ],
      program: segmenterProgram(model, data, training, batch),
      fit: {
        ...plan,
        makeBatch: patchBatchMaker({ studies: parts.train, shape: data, batch, training }),
      },
      apply: (executor) => applyInTraining(options, dataset, parts, request.seed, executor, context),
      exported: {
        model: inOwnUnit(model, form.intensity),
        features: segmenterFeatures({ slices: data.slices, height: data.patchSize, width: data.patchSize }),
      },
      close: dataset.close,
    }
  } catch (error) {
    dataset.close()
    throw error
  }
}

/** What a segmenter needs of a series. */
export function segmentationContract(
  data: Pick<SegmentationData, 'slices' | 'patchSize'>,
  form: SliceForm,
): TemporalContract {
  const { intensity, modality, spacingMm, sliceSpacingMm } = form
  const [mean, deviation] =
    intensity.kind === 'window' ? [(intensity.low + intensity.high) / 2, (intensity.high - intensity.low) / 2] : [0, 1]
  return {
    frames: data.slices,
    step: { value: 1, unit: 'frame' },
    seasonStart: null,
    bands: [modality === '' ? 'value' : modality],
    size: [data.patchSize, data.patchSize],
    normalisation: { mean: [mean], deviation: [deviation] },
    spacingMm: [spacingMm, spacingMm, sliceSpacingMm],
  }
}

async function applyInTraining(
  { data, definition, modelOptions }: SegmentationOptions,
  { samples }: SegmentationDataset,
  parts: { readonly validation: readonly StudySample[]; readonly test: readonly StudySample[] },
  seed: number,
  executor: Executor,
  context: JobContext,
): Promise<AppliedInTraining> {
  const model = definition.build(modelOptions, null)
  const programs = new WindowPrograms(model, definition.edgeMultiple(modelOptions), executor)
  const watched = watchedPatches(parts.validation, data, seed)
  return Promise.resolve({
    validate: watched.length === 0 ? undefined : (numbers) => validate(programs, numbers, watched, data, context),
    test: async (numbers) => {
      const rule = bestThreshold(samples.filter(({ subset }) => subset === 'train'))
      return testSegmenter({ programs, numbers, window: data.slices, rule }, parts.test, context)
    },
    dispose: () => programs.close(),
  })
}

/** Patches that are looked at after every epoch: always the same ones, half of them around lesions. */
const mostWatched = 48

interface WatchedPatch {
  readonly x: Float32Array
  readonly y: Float32Array
}

function watchedPatches(studies: readonly StudySample[], shape: PatchShape, seed: number): WatchedPatch[] {
  if (studies.length === 0) return []
  const random = new SeededRandom(seed).fork('watched')
  const pixels = shape.slices * shape.patchSize * shape.patchSize
  const each = Math.max(1, Math.floor(mostWatched / studies.length))
  return studies.flatMap((study) =>
    Array.from({ length: each }, () => {
      const [x, y] = [new Float32Array(pixels * segmenterChannels), new Float32Array(pixels)]
      const place = drawPatch(study, shape, { lesionShare: 0.5, augment: false, mirror: false }, random)
      cutPatch(study, place, shape, x, y, 0)
      return { x, y }
    }),
  )
}

/** The loss of training (`diceFocalLoss`) and the overlap over all voxels of the patches together. */
async function validate(
  programs: WindowPrograms,
  numbers: TrainedNumbers,
  patches: readonly WatchedPatch[],
  { slices, patchSize: patch }: PatchShape,
  { signal }: JobContext,
): Promise<{ loss: number; metrics: { dice: number } }> {
  const program = await programs.for({ slices, height: patch, width: patch })
  let [loss, both, either] = [0, 0, 0]
  for (const { x, y } of patches) {
    throwIfAborted(signal)
    const { probabilities = new Float32Array() } = await program.run(numbers, { x }, 1)
    let [common, found, truth, focal] = [0, 0, 0, 0]
    probabilities.forEach((raw, i) => {
      const p = Math.min(1 - 1e-6, Math.max(1e-6, raw))
      const isLesion = (y[i] ?? 0) > 0
      common += isLesion ? p : 0
      found += p
      truth += isLesion ? 1 : 0
      focal -= isLesion ? 0.75 * (1 - p) ** 2 * Math.log(p) : 0.25 * p ** 2 * Math.log(1 - p)
      if (p >= 0.5 && isLesion) both++
      either += (p >= 0.5 ? 1 : 0) + (isLesion ? 1 : 0)
    })
    loss += 1 - (2 * common + 1) / (found + truth + 1) + focal / Math.max(1, probabilities.length)
  }
  return { loss: loss / patches.length, metrics: { dice: either === 0 ? 1 : (2 * both) / either } }
}
