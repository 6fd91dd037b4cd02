import { AppError } from '../../../shared/base/app-error.ts'
import { remarkTexts } from '../../../shared/domain/remark.ts'
import type { EvaluateRequest, RunReport } from '../../../shared/domain/run.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { hashData } from '../../store/hash-data.ts'
import { parseGiven, refuseUnknown } from '../settings/parse-settings.ts'
import type { JobContext } from '../task.ts'
import { bestThreshold } from './measure-segmentation.ts'
import { readSegmentationDataset } from './segmentation-dataset.ts'
import { segmentationDataSchema } from './segmentation-options.ts'
import { testSegmenter } from './test-segmenter.ts'
import { loadSegmenter } from './trained-segmenter.ts'

/** Settings that may be other ones than in training: which series, and whether and how the study before is shown. */
const settingsSchema = segmentationDataSchema.pick({
  labels: true,
  classes: true,
  sequence: true,
  series: true,
  earlier: true,
  registration: true,
})

/**
 * Metrics of a segmenter on studies, beside the best threshold and the empty mask. On the data it was trained on, the split is made
 * again as it was; on other data only `all` has a meaning, and the threshold is the best one for those very studies.
 * @throws `evaluate/other-data` when a part of the split is asked for on data the model was not trained on
 */
export async function evaluateSegmentation(request: EvaluateRequest, context: JobContext): Promise<RunReport> {
  const started = performance.now()
  refuseUnknown(request.set, Object.keys(settingsSchema.shape))
  const asked = parseGiven(request.set, settingsSchema)
  const device = await chooseDevice(request.device)
  const trained = await loadSegmenter(request.model, device)
  try {
    const { manifest, form } = trained
    const source = await hashData(request.data, { signal: context.signal })
    const isSameData = manifest.provenance.data.some(({ sha256 }) => sha256 === source.sha256)
    if (!isSameData && request.split !== 'all')
      throw new AppError(
        'evaluate/other-data',
        `The model was not trained on "${source.name}", so it has no ${request.split} part there; evaluate all of it with --split all.`,
        { split: request.split },
      )
    const { series, labels: _, ...kept } = trained.data
    const data = { ...kept, ...(isSameData && series !== undefined ? { series } : {}), ...asked }
    const isWhole = request.split === 'all'
    const dataset = await readSegmentationDataset(request.data, data, manifest.provenance.seed, context, {
      fixed: form,
      isWhole,
    })
    try {
      const tested = isWhole ? dataset.samples : dataset.samples.filter(({ subset }) => subset === request.split)
      if (tested.length === 0)
        throw new AppError(
          'split/no-studies',
          `There is no study in the ${request.split} part; evaluate another part, or all studies with --split all.`,
          { subset: request.split },
        )
      const learned = dataset.samples.filter(({ subset }) => subset === 'train')
      const rule = bestThreshold(isWhole ? tested : learned)
      const figures = await testSegmenter({ ...trained, rule }, tested, context)
      const remarks = [
        ...dataset.remarks,
        ...(figures.remarks ?? []),
        ...((isWhole && isSameData) || request.split === 'train'
          ? [
              {
                code: 'evaluate/seen-samples',
                message: 'These samples include those the model was trained on; the score is too good.',
                details: {},
              },
            ]
          : []),
      ]
      return {
        ...manifest.report,
        device,
        seconds: (performance.now() - started) / 1000,
        samples: { train: 0, validation: 0, test: tested.length },
        split: isWhole ? 'all studies' : `${request.split} part of: ${manifest.provenance.split.text}`,
        metrics: figures.metrics,
        baseline: figures.baseline,
        warnings: remarkTexts(remarks),
        remarks,
        extra: {},
      }
    } finally {
      dataset.close()
    }
  } finally {
    await trained.close()
  }
}
