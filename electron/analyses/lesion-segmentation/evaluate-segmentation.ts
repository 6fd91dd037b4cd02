import { AppError } from '../../../shared/base/app-error.ts'
import type { EvaluateRequest, RunReport } from '../../../shared/domain/run.ts'
import type { JobContext } from '../task.ts'
import { evaluateOnce } from '../training/evaluate-once.ts'
import { bestThreshold } from './measure-segmentation.ts'
import { readSegmentationDataset } from './segmentation-dataset.ts'
import { segmentationDataSchema } from './segmentation-options.ts'
import { testSegmenter } from './test-segmenter.ts'
import { loadSegmenter } from './trained-segmenter.ts'

/** Which series, and whether and how the study before is shown. */
const settings = segmentationDataSchema.pick({
  labels: true,
  classes: true,
  sequence: true,
  series: true,
  earlier: true,
  registration: true,
})

/**
 * Metrics of a segmenter on studies, beside the best threshold and the empty mask. On all studies the threshold is the best one for
 * those very studies.
 * @throws as `evaluateOnce`, `readSegmentationDataset`; `split/no-studies`
 */
export async function evaluateSegmentation(request: EvaluateRequest, context: JobContext): Promise<RunReport> {
  return evaluateOnce(request, context, {
    settings,
    everything: 'all studies',
    load: loadSegmenter,
    test: async (trained, asked, isSameData) => {
      const { series, labels: _, ...kept } = trained.data
      const data = { ...kept, ...(isSameData && series !== undefined ? { series } : {}), ...asked }
      const isWhole = request.split === 'all'
      const { seed } = trained.manifest.provenance
      const dataset = await readSegmentationDataset(request.data, data, seed, context, { fixed: trained.form, isWhole })
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
        const { metrics, baseline, remarks = [] } = await testSegmenter({ ...trained, rule }, tested, context)
        return { tested: tested.length, metrics, baseline, remarks: [...dataset.remarks, ...remarks] }
      } finally {
        dataset.close()
      }
    },
  })
}
