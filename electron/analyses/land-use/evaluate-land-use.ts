import { AppError } from '../../../shared/base/app-error.ts'
import type { EvaluateRequest, RunReport } from '../../../shared/domain/run.ts'
import { remarkTexts } from '../../../shared/domain/remark.ts'
import { argMaxRows, classificationMetrics, confusionMatrix } from '../../../shared/metrics/classification.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { hashData } from '../../store/hash-data.ts'
import { parseGiven, refuseUnknown } from '../settings/parse-settings.ts'
import type { JobContext } from '../task.ts'
import { checkContract } from './contract.ts'
import { divideDataset, readLandUseDataset } from './land-use-dataset.ts'
import { landUseDataSchema } from './land-use-options.ts'
import { openLandUseSource } from './land-use-source.ts'
import { majorityBaseline } from '../classification/majority-baseline.ts'
import { rowsOf } from './split.ts'
import { loadLandUse } from './trained-land-use.ts'

/**
 * Metrics of a land-use model on labelled data. On the data it was trained on, the split is made again as it was, so
 * that `test` holds what the model has not seen; on other data only `all` has a meaning.
 * @throws `evaluate/other-data` when a part of the split is asked for on data the model was not trained on
 */
export async function evaluateLandUse(request: EvaluateRequest, context: JobContext): Promise<RunReport> {
  const started = performance.now()
  const device = await chooseDevice(request.device)
  const trained = await loadLandUse(request.model, device)
  try {
    refuseUnknown(request.set, Object.keys(landUseDataSchema.shape))
    const { manifest } = trained
    const data = await hashData(request.data, { signal: context.signal })
    const isSameData = manifest.provenance.data.some((source) => source.sha256 === data.sha256)
    if (!isSameData && request.split !== 'all')
      throw new AppError(
        'evaluate/other-data',
        `The model was not trained on "${data.name}", so it has no ${request.split} part there; evaluate all of it with --split all.`,
        { split: request.split },
      )
    const { labels: _path, sequence, ...rest } = trained.data
    // The name of a sequence says nothing about other data.
    const kept = isSameData ? { ...rest, sequence } : rest
    const options = { ...kept, ...parseGiven(request.set, landUseDataSchema) }
    const source = await openLandUseSource(request.data, trained.pipeline, options.sequence)
    const shape = { ...manifest.contract }
    try {
      checkContract(shape, source.reader.info)
      const dataset = await readLandUseDataset(source, request.data, options, manifest.provenance.seed, context, {
        shape,
        labels: manifest.labels,
      })
      // Other labels need not be divisible as those of the training were, and are not divided.
      const subsets = isSameData
        ? divideDataset(dataset.samples, trained.data, manifest.provenance.seed).split.subsets
        : null
      const rows =
        subsets === null || request.split === 'all' ? [...dataset.samples.keys()] : rowsOf(subsets, request.split)
      const learned = subsets === null ? rows : rowsOf(subsets, 'train')
      const length = shape.frames * shape.bands.length
      const series = new Float32Array(rows.length * length)
      rows.forEach((row, i) => series.set(dataset.values.subarray(row * length, (row + 1) * length), i * length))
      const truthOf = (list: readonly number[]): number[] => list.map((row) => dataset.classes[row] ?? 0)
      const predicted = argMaxRows(await trained.classify(series, rows.length), manifest.labels.length)
      const unseen =
        request.split === 'all' && isSameData
          ? [
              {
                code: 'evaluate/seen-samples',
                message: 'These samples include those the model was trained on; the score is too good.',
                details: {},
              },
            ]
          : []
      const remarks = [...dataset.remarks, ...unseen]
      return {
        ...manifest.report,
        device,
        seconds: (performance.now() - started) / 1000,
        samples: { train: 0, validation: 0, test: rows.length },
        split: request.split === 'all' ? 'all samples' : `${request.split} part of: ${manifest.provenance.split.text}`,
        metrics: { ...classificationMetrics(confusionMatrix(truthOf(rows), predicted, manifest.labels)) },
        baseline: { ...majorityBaseline(truthOf(learned), truthOf(rows), manifest.labels) },
        warnings: remarkTexts(remarks),
        remarks,
        extra: {},
      }
    } finally {
      await source.reader.close()
    }
  } finally {
    await trained.close()
  }
}
