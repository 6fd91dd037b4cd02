import type { Subset } from '../../../shared/domain/labels.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { CostRequest, PlanRequest } from '../../../shared/domain/run.ts'
import type { TrainingChoices } from '../../../shared/domain/training-choices.ts'
import type { TrainingCost, TrainingPlan } from '../../../shared/domain/training-plan.ts'
import { programCost } from '../../engine/training-program.ts'
import { framePredictors } from '../../models/frame-predictors.ts'
import { commonBands, parseSize } from '../frames/frame-form.ts'
import type { StoredSequence } from '../frames/store-sequence.ts'
import { describeChoices } from '../settings/describe-choices.ts'
import type { JobContext } from '../task.ts'
import { tryToDivide } from '../training/try-to-divide.ts'
import { cutClips, defaultHop, evenly, type SequencePart } from './clips.ts'
import { findLongSequences, requireClips } from './frame-prediction-dataset.ts'
import {
  defaultPredictor,
  framePredictionDataSchema,
  framePredictionOptions,
  framePredictionTrainingSchema,
} from './frame-prediction-options.ts'
import { splitSequences } from './split-sequences.ts'
import { predictorProgram } from './train-frame-prediction.ts'

/** Too few clips to learn more than these sequences by heart. */
const fewClips = 50

/** The models and settings of frame prediction, described for forms. */
export function framePredictionChoices(): TrainingChoices {
  return describeChoices(framePredictors, defaultPredictor, [framePredictionDataSchema, framePredictionTrainingSchema])
}

/**
 * What the data step of a training will do, from the sequences' headers alone: no frame is decoded.
 * @throws as `findLongSequences`, `usage/*`
 */
export async function planFramePrediction(request: PlanRequest, context: JobContext): Promise<TrainingPlan> {
  const { data } = framePredictionOptions(request.model ?? defaultPredictor, request.set, {})
  const { sources, remarks } = await findLongSequences(request.data, data, context)
  const infos = sources.map(({ info }) => info)
  const sequences = infos.map((info): StoredSequence => ({
    info,
    clip: null,
    first: 0,
    count: Math.ceil(info.frames / data.frameStep),
    step: data.frameStep,
  }))
  const length = data.inputFrames + data.horizon
  const cut = { length, hop: data.hop ?? defaultHop(length) }
  const divided = tryToDivide(() => splitSequences(sequences, data, request.seed))
  const split = divided.split?.description ?? null
  const whole = sequences.map(({ count }, sequence): SequencePart => ({
    sequence,
    subset: 'train',
    from: 0,
    to: count,
  }))
  const parts = divided.split?.parts ?? whole
  const clipsOf = (subset: Subset): number[] => cutClips(sequences, parts, subset, cut).map(({ sequence }) => sequence)
  const clips = {
    train: evenly(clipsOf('train'), data.maxClips),
    validation: clipsOf('validation'),
    test: clipsOf('test'),
  }
  const counts = { train: clips.train.length, validation: clips.validation.length, test: clips.test.length }
  const { problem: lack } = tryToDivide(() => split && requireClips(counts, split))
  const bands = data.features ?? commonBands(infos, data.colour)
  return {
    classes: [],
    samples: counts,
    split,
    problem: divided.problem ?? lack,
    picture: null,
    groups: infos.map(({ name }, sequence) => ({
      name,
      train: clips.train.filter((one) => one === sequence).length,
      validation: clips.validation.filter((one) => one === sequence).length,
      test: clips.test.filter((one) => one === sequence).length,
    })),
    years: [],
    contract: {
      frames: data.inputFrames,
      step: { value: data.frameStep, unit: 'frame' },
      seasonStart: null,
      bands: bands.length > 0 ? bands : ['grey'],
      size: parseSize(data.size),
      spacingMm: null,
    },
    dates: null,
    seasons: [],
    remarks: [...remarks, ...(split ? clipRemarks(counts, split.method, data.horizon) : [])],
  }
}

function clipRemarks(counts: TrainingPlan['samples'], method: string, horizon: number): Remark[] {
  const remarks: Remark[] = []
  if (method === 'time')
    remarks.push({
      code: 'split/same-scene',
      message:
        'Training and testing look at the same scene at different times, so the score says little about other scenes. Add sequences to split by source.',
      details: {},
    })
  if (counts.train > 0 && counts.train < fewClips)
    remarks.push({
      code: 'dataset/few-clips',
      message: `Only ${counts.train} clips to learn from: the network will learn them by heart rather than learn how things move. Hundreds are better; ${horizon > 4 ? 'fewer inputFrames and horizon, a smaller hop, or more sequences give more' : 'a smaller hop or more sequences give more'}.`,
      details: { count: counts.train },
    })
  return remarks
}

/** What a training of a model takes; nothing is read. @throws as `framePredictionOptions` */
export function costFramePrediction(request: CostRequest): TrainingCost {
  const { data, training, definition, modelOptions } = framePredictionOptions(
    request.model ?? defaultPredictor,
    request.set,
    request,
  )
  const { bands: channels, train } = request.size
  const shape = { inputFrames: data.inputFrames, horizon: data.horizon, size: parseSize(data.size), channels }
  const batch = Math.min(training.batch, train)
  const model = definition.build(modelOptions, { horizon: shape.horizon })
  const { parameters, stepBytes } = programCost({ ...predictorProgram(model, shape, training, batch), seed: 0 })
  return { parameters, stepBytes, batch, epochs: training.epochs, stepsPerEpoch: Math.ceil(train / batch) }
}
