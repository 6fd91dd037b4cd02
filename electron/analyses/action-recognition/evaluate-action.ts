import { AppError } from '../../../shared/base/app-error.ts'
import { remarkTexts } from '../../../shared/domain/remark.ts'
import type { EvaluateRequest, RunReport } from '../../../shared/domain/run.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { hashData } from '../../store/hash-data.ts'
import { parseGiven, refuseUnknown } from '../settings/parse-settings.ts'
import type { JobContext } from '../task.ts'
import { readActionDataset } from './action-dataset.ts'
import { divideActions } from './divide-actions.ts'
import { actionDataSchema } from './action-options.ts'
import { samplesByPart, testFigures } from './train-action.ts'
import { loadClassifier } from './trained-classifier.ts'

const settingsSchema = actionDataSchema.pick({ labels: true, sequence: true })

/**
 * Metrics of a classifier on labelled clips, beside the commonest class. On the data it was trained on, the split is made again as
 * it was; on other data only `all` has a meaning.
 * @throws `evaluate/other-data` when a part of the split is asked for on data the model was not trained on
 */
export async function evaluateAction(request: EvaluateRequest, context: JobContext): Promise<RunReport> {
  const started = performance.now()
  refuseUnknown(request.set, Object.keys(settingsSchema.shape))
  const device = await chooseDevice(request.device)
  const trained = await loadClassifier(request.model, device)
  try {
    const { manifest, form, classify } = trained
    const source = await hashData(request.data, { signal: context.signal })
    const isSameData = manifest.provenance.data.some(({ sha256 }) => sha256 === source.sha256)
    if (!isSameData && request.split !== 'all')
      throw new AppError(
        'evaluate/other-data',
        `The model was not trained on "${source.name}", so it has no ${request.split} part there; evaluate all of it with --split all.`,
        { split: request.split },
      )
    const { labels: _table, sequence, ...kept } = trained.data
    const data = { ...kept, ...(isSameData ? { sequence } : {}), ...parseGiven(request.set, settingsSchema) }
    const dataset = await readActionDataset(request.data, data, context, { form, labels: manifest.labels })
    try {
      const { samples } = dataset
      const subsets = isSameData ? divideActions(samples, data, manifest.provenance.seed).subsets : null
      const parts = subsets ? samplesByPart(samples, subsets) : { train: samples, validation: samples, test: samples }
      const tested = request.split === 'all' ? samples : parts[request.split]
      const common = { store: dataset.store, form, contract: manifest.contract, classes: manifest.labels.length, data }
      const figures = await testFigures(classify, dataset, { train: parts.train, test: tested }, common)
      const remarks = [
        ...dataset.remarks,
        ...(request.split === 'all' && isSameData
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
        split: request.split === 'all' ? 'all clips' : `${request.split} part of: ${manifest.provenance.split.text}`,
        metrics: figures.metrics,
        baseline: figures.baseline,
        warnings: remarkTexts(remarks),
        remarks,
        extra: {},
      }
    } finally {
      dataset.store.close()
    }
  } finally {
    await trained.close()
  }
}
