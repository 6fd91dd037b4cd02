import type { EvaluateRequest, RunReport } from '../../../shared/domain/run.ts'
import { argMaxRows, classificationMetrics, confusionMatrix } from '../../../shared/metrics/classification.ts'
import { majorityBaseline } from '../classification/majority-baseline.ts'
import type { JobContext } from '../task.ts'
import { evaluateOnce } from '../training/evaluate-once.ts'
import { checkContract } from './contract.ts'
import { divideDataset, readLandUseDataset } from './land-use-dataset.ts'
import { landUseDataSchema } from './land-use-options.ts'
import { openLandUseSource } from './land-use-source.ts'
import { rowsOf } from './split.ts'
import { loadLandUse } from './trained-land-use.ts'

/** Metrics of a land-use model on labelled data, beside the commonest class. @throws as `evaluateOnce`, `readLandUseDataset` */
export async function evaluateLandUse(request: EvaluateRequest, context: JobContext): Promise<RunReport> {
  return evaluateOnce(request, context, {
    settings: landUseDataSchema,
    everything: 'all samples',
    load: loadLandUse,
    test: async (trained, asked, isSameData) => {
      const { manifest } = trained
      const { seed } = manifest.provenance
      const { labels: _path, sequence, ...rest } = trained.data
      // The name of a sequence says nothing about other data.
      const options = { ...rest, ...(isSameData ? { sequence } : {}), ...asked }
      const source = await openLandUseSource(request.data, trained.pipeline, options.sequence)
      const shape = { ...manifest.contract }
      try {
        checkContract(shape, source.reader.info)
        const fixed = { shape, labels: manifest.labels }
        const dataset = await readLandUseDataset(source, request.data, options, seed, context, fixed)
        // Other labels need not be divisible as those of the training were, and are not divided.
        const subsets = isSameData ? divideDataset(dataset.samples, trained.data, seed).split.subsets : null
        const rows =
          subsets === null || request.split === 'all' ? [...dataset.samples.keys()] : rowsOf(subsets, request.split)
        const learned = subsets === null ? rows : rowsOf(subsets, 'train')
        const length = shape.frames * shape.bands.length
        const series = new Float32Array(rows.length * length)
        rows.forEach((row, i) => series.set(dataset.values.subarray(row * length, (row + 1) * length), i * length))
        const truthOf = (list: readonly number[]): number[] => list.map((row) => dataset.classes[row] ?? 0)
        const predicted = argMaxRows(await trained.classify(series, rows.length), manifest.labels.length)
        return {
          tested: rows.length,
          metrics: { ...classificationMetrics(confusionMatrix(truthOf(rows), predicted, manifest.labels)) },
          baseline: { ...majorityBaseline(truthOf(learned), truthOf(rows), manifest.labels) },
          remarks: dataset.remarks,
        }
      } finally {
        await source.reader.close()
      }
    },
  })
}
