import type { CostRequest, PlanRequest } from '../../../shared/domain/run.ts'
import type { TrainingChoices } from '../../../shared/domain/training-choices.ts'
import type { TrainingCost, TrainingPlan } from '../../../shared/domain/training-plan.ts'
import { voxelSpacing, volumeGeometry } from '../../../shared/domain/medical/volume-geometry.ts'
import { programCost } from '../../engine/training-program.ts'
import { segmenters } from '../../models/segmenters.ts'
import { describeChoices } from '../settings/describe-choices.ts'
import type { JobContext } from '../task.ts'
import { subsetCounter } from '../training/subset-counts.ts'
import { tryToDivide } from '../training/try-to-divide.ts'
import { findStudies, patientNumbers } from './find-studies.ts'
import {
  defaultSegmenter,
  segmentationDataSchema,
  segmentationOptions,
  segmentationTrainingSchema,
} from './segmentation-options.ts'
import { segmenterProgram } from './segmenter-program.ts'
import { splitStudies } from './split-studies.ts'

/** The models and settings of lesion segmentation, described for forms. */
export function segmentationChoices(): TrainingChoices {
  return describeChoices(segmenters, defaultSegmenter, [segmentationDataSchema, segmentationTrainingSchema])
}

/** What the data step of a training will do, from headers alone: no slice is decoded. @throws as `findStudies`, `usage/*` */
export async function planSegmentation(request: PlanRequest, context: JobContext): Promise<TrainingPlan> {
  const { data } = segmentationOptions(request.model ?? defaultSegmenter, request.set, {})
  const { studies, remarks } = await findStudies(request.data, data, context)
  const { split: divided, problem } = tryToDivide(() => splitStudies(studies, data, request.seed))
  const countsOf = subsetCounter(divided?.subsets ?? studies.map(() => 'train'))
  const spacings = studies.flatMap(({ series: { info, medical } }) =>
    medical.geometry ? [voxelSpacing(volumeGeometry(medical.geometry, info.height, info.width))] : [],
  )
  const middle = (axis: 0 | 1): number =>
    spacings.map((spacing) => spacing[axis]).sort((a, b) => a - b)[Math.floor((spacings.length - 1) / 2)] ?? 1
  const spacing = data.spacing ?? middle(1)
  const modality = studies[0]?.series.medical.modality ?? ''
  return {
    classes: [{ label: 'lesion', ...countsOf(() => true) }],
    samples: countsOf(() => true),
    split: divided?.description ?? null,
    problem,
    picture: null,
    groups: [...patientNumbers(studies)].map(([patient, number]) => ({
      name: `Patient ${number}`,
      ...countsOf((i) => studies[i]?.patient === patient),
    })),
    years: [],
    contract: {
      frames: data.slices,
      step: { value: 1, unit: 'frame' },
      seasonStart: null,
      bands: [modality === '' ? 'value' : modality],
      size: [data.patchSize, data.patchSize],
      spacingMm: [spacing, spacing, middle(0)],
    },
    dates: null,
    seasons: [],
    remarks: [...(divided?.remarks ?? []), ...remarks],
  }
}

/** What a training of a model takes; nothing is read. @throws as `segmentationOptions` */
export function costSegmentation(request: CostRequest): TrainingCost {
  const { data, training, definition, modelOptions } = segmentationOptions(
    request.model ?? defaultSegmenter,
    request.set,
    request,
  )
  const patches = request.size.train * training.patchesPerStudy
  const batch = Math.min(training.batch, patches)
  const model = definition.build(modelOptions, null)
  const { parameters, stepBytes } = programCost({ ...segmenterProgram(model, data, training, batch), seed: 0 })
  return { parameters, stepBytes, batch, epochs: training.epochs, stepsPerEpoch: Math.ceil(patches / batch) }
}
