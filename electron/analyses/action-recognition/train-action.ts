import { defined } from '../../../shared/base/assert.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import type { RunReport, TrainRequest } from '../../../shared/domain/run.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import { type TestSamples, testSamplesSchema } from '../../../shared/domain/test-samples.ts'
import { argMaxRows } from '../../../shared/metrics/classification.ts'
import { ApplyProgram, type TrainedNumbers } from '../../engine/apply-program.ts'
import type { Executor } from '../../engine/executors/executor.ts'
import type { ModelFunction } from '../../engine/model-function.ts'
import { hashData } from '../../store/hash-data.ts'
import { clipSetFingerprint } from '../frames/clip-set.ts'
import { parseSize } from '../frames/frame-form.ts'
import type { JobContext } from '../task.ts'
import { fitPlan, withoutPaths } from '../training/fit-plan.ts'
import { byPart } from '../training/subset-counts.ts'
import { trainOnce, type AppliedInTraining, type PreparedTraining, type TestFigures } from '../training/train-once.ts'
import { rateOf, readActionDataset, type ActionDataset, type ActionSample } from './action-dataset.ts'
import { divideActions } from './divide-actions.ts'
import { actionMetrics, majorityActionBaseline } from './action-metrics.ts'
import { splitRemarks } from './action-remarks.ts'
import { actionOptions, defaultClassifier, type ActionData, type ActionOptions } from './action-options.ts'
import {
  actionBatchMaker,
  appliedClassifier,
  classifierProgram,
  classifyStretches,
  classifyWith,
  clipFeatures,
  type Classify,
} from './action-program.ts'
import { backboneMetadata, backboneStep, chooseBackbone, wholeContract } from './clip-encoding.ts'
import { compareIntervals } from './long-sequences.ts'
import { framesOfClip } from './sample-clips.ts'

/** Clips that go through a classifier at once when it is applied. */
const appliedBatch = 8

/**
 * Trains a classifier of clips on the labelled clips of a folder and writes its model folder.
 * @throws `labels/*`, `split/*`, `usage/*`, codes of readers and store, `device/*`, `training/*`; `AbortError` after a checkpoint
 */
export async function trainAction(request: TrainRequest, context: JobContext): Promise<RunReport> {
  const options = actionOptions(request.model ?? defaultClassifier, request.set, request)
  return trainOnce(request, context, {
    task: 'action-recognition',
    model: options.definition.id,
    prepare: () => prepare(request, options, context),
  })
}

async function prepare(request: TrainRequest, options: ActionOptions, context: JobContext): Promise<PreparedTraining> {
  const { training, definition, modelOptions } = options
  const chosen = await chooseBackbone(options.data)
  const data = chosen?.data ?? options.data
  const closeBackbone = async (): Promise<void> => chosen?.backbone.close()
  const dataset = await readActionDataset(request.data, data, context, null, chosen?.backbone).catch(async (error) => {
    await closeBackbone()
    throw error
  })
  try {
    const { encoding, store, labels, samples } = dataset
    const form = encoding.kept
    const { subsets, description } = divideActions(samples, data, request.seed)
    const parts = byPart(samples, subsets)
    const contract = contractOf(dataset, parts.train, data)
    const model = definition.build(modelOptions, { classes: labels.length })
    const plan = fitPlan(training, parts.train.length)
    const { batch } = plan
    const common = { store, form, contract, classes: labels.length, data }
    return {
      modelOptions,
      labels,
      contract: wholeContract(contract, encoding),
      data: await hashData(request.data, { signal: context.signal }),
      samples: { train: parts.train.length, validation: parts.validation.length, test: parts.test.length },
      split: description,
      remarks: [...dataset.remarks, ...missingClasses(parts, labels), ...splitRemarks(description)],
      steps: [
        { step: 'frames', options: { ...encoding.frames } },
        ...(chosen ? [backboneStep(chosen, contract.normalisation)] : []),
        { step: 'dataset', options: withoutPaths(data) },
        { step: 'training', options: { ...training } },
      ],
      program: classifierProgram(model, contract, labels.length, training, batch),
      fit: {
        ...plan,
        makeBatch: actionBatchMaker({ ...common, samples: parts.train, training, batch }),
      },
      apply: (executor) => applyInTraining(model, dataset, parts, common, executor),
      exported: {
        model: appliedClassifier(model, contract),
        features: clipFeatures(contract),
        ...(chosen ? { metadata: backboneMetadata(chosen) } : {}),
      },
      ...(chosen ? { backbone: chosen.file.bytes } : {}),
      close: async () => {
        store.close()
        await closeBackbone()
      },
    }
  } catch (error) {
    dataset.store.close()
    await closeBackbone()
    throw error
  }
}

/** Samples by the part they are in. */
export type ActionParts = Readonly<Record<Subset, readonly ActionSample[]>>

function missingClasses(parts: ActionParts, labels: readonly string[]) {
  return labels.flatMap((label, index) =>
    parts.train.some(({ classIndex }) => classIndex === index)
      ? []
      : [
          {
            code: 'split/class-not-learned',
            message: `No clip of the class "${label}" is in the part to learn from, so the model cannot know it. Add clips of other groups.`,
            details: { label, labels: label },
          },
        ],
  )
}

/** What the model needs: how long a clip is, and what the pixels are like, from the training clips only. */
function contractOf(dataset: ActionDataset, train: readonly ActionSample[], data: ActionData): TemporalContract {
  const { sequences, encoding } = dataset
  const { kept, backbone } = encoding
  const hasTime = sequences.every(({ clip, info }) => clip !== null || info.frameRate !== null)
  const lengths = train
    .map(({ count, sequence }) => {
      const stored = sequences[sequence]
      return stored && hasTime ? count / rateOf(stored) : count
    })
    .sort((a, b) => a - b)
  const length = lengths[Math.floor(lengths.length / 2)] ?? data.frames
  return {
    frames: data.frames,
    step: { value: Number((length / data.frames).toPrecision(6)), unit: hasTime ? 'second' : 'frame' },
    seasonStart: null,
    bands: [...kept.bands],
    size: backbone ? kept.size : parseSize(data.size),
    normalisation: measureNormalisation(dataset, train, data),
    spacingMm: null,
  }
}

function measureNormalisation(
  { store, encoding: { kept: form } }: ActionDataset,
  train: readonly ActionSample[],
  data: ActionData,
): TemporalContract['normalisation'] {
  const bands = form.bands.length
  const [sums, squares] = [new Float64Array(bands), new Float64Array(bands)]
  let count = 0
  for (const sample of train)
    for (const index of framesOfClip(sample, data, null)) {
      const frame = store.frame(index)
      count += frame.length / bands
      frame.forEach((value, i) => {
        const physical = value * (form.range[i % bands] ?? 1) + (form.low[i % bands] ?? 0)
        sums[i % bands] = (sums[i % bands] ?? 0) + physical
        squares[i % bands] = (squares[i % bands] ?? 0) + physical * physical
      })
    }
  const mean = Array.from(sums, (sum) => sum / count)
  const deviation = mean.map((value, band) => {
    const found = Math.sqrt(Math.max(0, (squares[band] ?? 0) / count - value * value))
    return found > 1e-6 * (form.range[band] ?? 1) ? found : (form.range[band] ?? 1)
  })
  return { mean, deviation }
}

async function applyInTraining(
  model: ModelFunction,
  dataset: ActionDataset,
  parts: ActionParts,
  common: Parameters<typeof classifyStretches>[2],
  executor: Executor,
): Promise<AppliedInTraining> {
  const { contract, classes } = common
  const program = await ApplyProgram.create(
    appliedClassifier(model, contract),
    clipFeatures(contract),
    appliedBatch,
    executor,
  )
  const watched = parts.validation
  return {
    validate:
      watched.length === 0
        ? undefined
        : async (numbers: TrainedNumbers) => {
            const probabilities = await classifyStretches(classifyWith(program, numbers), watched, common)
            return validationFigures(probabilities, watched, classes)
          },
    test: (numbers) => testFigures(classifyWith(program, numbers), dataset, parts, common),
    dispose: () => program.dispose(),
  }
}

/** Metrics on the test clips, beside the commonest class; where test sequences hold several intervals, theirs, too. */
export async function testFigures(
  classify: Classify,
  dataset: ActionDataset,
  parts: Pick<ActionParts, 'train' | 'test'>,
  common: Parameters<typeof classifyStretches>[2],
): Promise<TestFigures> {
  const classesOf = (samples: readonly ActionSample[]): number[] => samples.map(({ classIndex }) => classIndex)
  const probabilities = await classifyStretches(classify, parts.test, common)
  const samples = describeTestClips(dataset, parts.test, probabilities)
  const intervals = await compareIntervals(classify, dataset, parts.test, common)
  return {
    metrics: {
      ...actionMetrics(classesOf(parts.test), probabilities, dataset.labels),
      ...(intervals ? { intervals } : {}),
    },
    baseline: { ...majorityActionBaseline(classesOf(parts.train), classesOf(parts.test), dataset.labels) },
    // Two runs with the same one can be compared clip by clip.
    extra: {
      testSet: clipSetFingerprint(
        (samples.clips ?? []).map((clip, i) => ({ ...clip, label: samples.labels[samples.truth[i] ?? -1] ?? '' })),
      ),
    },
    samples,
  }
}

/** What the model said of each test clip. @param probabilities [clips × classes] */
function describeTestClips(
  { sequences, labels }: Pick<ActionDataset, 'sequences' | 'labels'>,
  tested: readonly ActionSample[],
  probabilities: Float32Array,
): TestSamples {
  const clips = tested.map(({ sequence, first, count }) => {
    const { info, first: start } = defined(sequences[sequence], 'every sample has a sequence')
    return { sequence: info.id, from: first - start, to: first - start + count }
  })
  return testSamplesSchema.parse({
    format: 'chronolens-test-samples',
    version: 1,
    labels: [...labels],
    id: clips.map(({ sequence, from, to }) => `${sequence} ${from}-${to}`),
    clips,
    truth: tested.map(({ classIndex }) => classIndex),
    predicted: [...argMaxRows(probabilities, labels.length)],
    probabilities: Array.from(probabilities, (value) => Math.round(value * 1e4) / 1e4),
  })
}

function validationFigures(
  probabilities: Float32Array,
  samples: readonly ActionSample[],
  classes: number,
): { loss: number; metrics: { accuracy: number } } {
  let [loss, right] = [0, 0]
  samples.forEach(({ classIndex }, i) => {
    const own = probabilities.subarray(i * classes, (i + 1) * classes)
    loss -= Math.log(Math.max(own[classIndex] ?? 0, 1e-12))
    if (own.every((p) => p <= (own[classIndex] ?? 0))) right++
  })
  return { loss: loss / samples.length, metrics: { accuracy: right / samples.length } }
}
