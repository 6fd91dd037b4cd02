import type { CostRequest, PlanRequest } from '../../../shared/domain/run.ts'
import type { TrainingChoices } from '../../../shared/domain/training-choices.ts'
import type { TrainingCost, TrainingPlan } from '../../../shared/domain/training-plan.ts'
import { programCost } from '../../engine/training-program.ts'
import { clipClassifiers } from '../../models/clip-classifiers.ts'
import { featureForm } from '../backbone/backbone-form.ts'
import { commonBands, parseSize } from '../frames/frame-form.ts'
import { describeChoices } from '../settings/describe-choices.ts'
import type { JobContext } from '../task.ts'
import { subsetCounter } from '../training/subset-counts.ts'
import { tryToDivide } from '../training/try-to-divide.ts'
import { outlineBackbone } from './clip-encoding.ts'
import { countRemarks, splitRemarks, unevenClasses } from './action-remarks.ts'
import { divideActions } from './divide-actions.ts'
import { actionDataSchema, actionOptions, actionTrainingSchema, defaultClassifier } from './action-options.ts'
import { classifierProgram } from './action-program.ts'
import { findLabelledClips } from './find-labelled-clips.ts'

/** How many features a backbone has is known when it runs; the cost is estimated with a common number. */
const guessedFeatures = 1024

/** The models and settings of action recognition, described for forms. */
export function actionChoices(): TrainingChoices {
  return describeChoices(clipClassifiers, defaultClassifier, [actionDataSchema, actionTrainingSchema])
}

/** What the data step of a training will do, from labels and headers alone: no frame is decoded. @throws as `findLabelledClips` */
export async function planAction(request: PlanRequest, context: JobContext): Promise<TrainingPlan> {
  const { data: asked } = actionOptions(request.model ?? defaultClassifier, request.set, {})
  const backbone = asked.backbone === undefined ? null : await outlineBackbone(asked)
  const data = backbone?.data ?? asked
  const { spans, labels, remarks } = await findLabelledClips(request.data, data, context)
  const infos = [...new Set(spans.map(({ source }) => source.info))]
  const samples = spans.map(({ label, group, subset, source, span }) => ({
    classIndex: labels.indexOf(label),
    group,
    subset,
    sequence: infos.indexOf(source.info),
    first: span?.start ?? 0,
  }))
  const { split: divided, problem } = tryToDivide(() => divideActions(samples, data, request.seed))
  const split = divided?.description ?? null
  const countsOf = subsetCounter(divided?.subsets ?? samples.map(() => 'train'))
  const groups = [...new Set(samples.map(({ group }) => group))].sort()
  const bands = commonBands(infos, data.colour || backbone?.form.channels === 3)
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
  const form =
    data.backbone === undefined
      ? { bands: Array.from({ length: channels }, (_, i) => String(i)), size: parseSize(data.size) }
      : featureForm(guessedFeatures)
  const plain = { mean: form.bands.map(() => 0), deviation: form.bands.map(() => 1) }
  const contract = {
    frames: data.frames,
    step: null,
    seasonStart: null,
    bands: form.bands,
    size: form.size,
    normalisation: plain,
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
