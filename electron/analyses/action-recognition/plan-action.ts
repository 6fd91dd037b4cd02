import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { CostRequest, PlanRequest } from '../../../shared/domain/run.ts'
import type { TrainingChoices } from '../../../shared/domain/training-choices.ts'
import type { SubsetCounts, TrainingCost, TrainingPlan } from '../../../shared/domain/training-plan.ts'
import { programCost } from '../../engine/training-program.ts'
import { clipClassifiers } from '../../models/clip-classifiers.ts'
import { commonBands, parseSize } from '../frames/frame-form.ts'
import { describeSettings } from '../settings/describe-settings.ts'
import type { JobContext } from '../task.ts'
import { countRemarks, splitRemarks, unevenClasses } from './action-remarks.ts'
import { divideActions } from './divide-actions.ts'
import { actionDataSchema, actionOptions, actionTrainingSchema, defaultClassifier } from './action-options.ts'
import { classifierProgram } from './action-program.ts'
import { findLabelledClips } from './find-labelled-clips.ts'

const notOffered = new Set(['labels', 'sequence', 'epochs', 'batch'])

/** The models and settings of action recognition, described for forms. */
export function actionChoices(): TrainingChoices {
  return {
    models: clipClassifiers.map(({ id, summary, optionsSchema }) => ({
      id,
      summary,
      isDefault: id === defaultClassifier,
      settings: describeSettings(optionsSchema as unknown as z.ZodObject),
    })),
    settings: [...describeSettings(actionDataSchema), ...describeSettings(actionTrainingSchema)].filter(
      ({ key }) => !notOffered.has(key),
    ),
  }
}

/** What the data step of a training will do, from labels and headers alone: no frame is decoded. @throws as `findLabelledClips` */
export async function planAction(request: PlanRequest, context: JobContext): Promise<TrainingPlan> {
  const { data } = actionOptions(request.model ?? defaultClassifier, request.set, {})
  const { spans, labels, remarks } = await findLabelledClips(request.data, data, context)
  const infos = [...new Set(spans.map(({ source }) => source.info))]
  const samples = spans.map(({ label, group, subset, source, span }) => ({
    classIndex: labels.indexOf(label),
    group,
    subset,
    sequence: infos.indexOf(source.info),
    first: span?.start ?? 0,
  }))
  let subsets: readonly Subset[] = samples.map(() => 'train')
  let [split, problem]: [TrainingPlan['split'], Remark | null] = [null, null]
  try {
    const divided = divideActions(samples, data, request.seed)
    subsets = divided.subsets
    split = divided.description
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    problem = { code: error.code, message: error.message, details: { ...error.details } }
  }
  const countsOf = (isMeant: (row: number) => boolean): SubsetCounts => {
    const counts = { train: 0, validation: 0, test: 0 }
    subsets.forEach((subset, i) => (counts[subset] += isMeant(i) ? 1 : 0))
    return counts
  }
  const groups = [...new Set(samples.map(({ group }) => group))].sort()
  const bands = commonBands(infos, data.colour)
  return {
    classes: labels.map((label, index) => ({ label, ...countsOf((i) => samples[i]?.classIndex === index) })),
    samples: countsOf(() => true),
    split,
    problem,
    picture: null,
    groups: groups.map((name) => ({ name, ...countsOf((i) => samples[i]?.group === name) })),
    years: [],
    contract: {
      frames: data.frames,
      step: null,
      seasonStart: null,
      bands: bands.length > 0 ? bands : ['grey'],
      size: parseSize(data.size),
      spacingMm: null,
    },
    dates: null,
    seasons: [],
    remarks: [...remarks, ...countRemarks(samples, labels), ...unevenClasses(samples, labels), ...splitRemarks(split)],
  }
}

/** What a training of a model takes; nothing is read. @throws as `actionOptions` */
export function costAction(request: CostRequest): TrainingCost {
  const { data, training, definition, modelOptions } = actionOptions(
    request.model ?? defaultClassifier,
    request.set,
    request,
  )
  const { bands: channels, classes, train } = request.size
  const contract = {
    frames: data.frames,
    step: null,
    seasonStart: null,
    bands: Array.from({ length: channels }, (_, i) => String(i)),
    size: parseSize(data.size),
    normalisation: { mean: new Array<number>(channels).fill(0), deviation: new Array<number>(channels).fill(1) },
    spacingMm: null,
  }
  const batch = Math.min(training.batch, train)
  const model = definition.build(modelOptions, { classes })
  const { parameters, stepBytes } = programCost({
    ...classifierProgram(model, contract, classes, training, batch),
    seed: 0,
  })
  return { parameters, stepBytes, batch, epochs: training.epochs, stepsPerEpoch: Math.ceil(train / batch) }
}
