import type { EvaluateRequest, RunReport } from '../../../shared/domain/run.ts'
import type { JobContext } from '../task.ts'
import { evaluateOnce } from '../training/evaluate-once.ts'
import { byPart } from '../training/subset-counts.ts'
import { readActionDataset } from './action-dataset.ts'
import { divideActions } from './divide-actions.ts'
import { actionDataSchema } from './action-options.ts'
import { testFigures } from './train-action.ts'
import { loadClassifier } from './trained-classifier.ts'

/** Metrics of a classifier on labelled clips, beside the commonest class. @throws as `evaluateOnce`, `readActionDataset` */
export async function evaluateAction(request: EvaluateRequest, context: JobContext): Promise<RunReport> {
  return evaluateOnce(request, context, {
    settings: actionDataSchema.pick({ labels: true, sequence: true }),
    everything: 'all clips',
    load: loadClassifier,
    test: async ({ manifest, encoding, contract, classify, data: learned }, asked, isSameData) => {
      const { labels: _table, backbone: _file, sequence, ...kept } = learned
      const data = { ...kept, ...(isSameData ? { sequence } : {}), ...asked }
      const dataset = await readActionDataset(request.data, data, context, { encoding, labels: manifest.labels })
      try {
        const { samples } = dataset
        const parts = isSameData
          ? byPart(samples, divideActions(samples, data, manifest.provenance.seed).subsets)
          : { train: samples, validation: samples, test: samples }
        const tested = request.split === 'all' ? samples : parts[request.split]
        const common = { store: dataset.store, form: encoding.kept, contract, classes: manifest.labels.length, data }
        const figures = await testFigures(classify, dataset, { train: parts.train, test: tested }, common)
        return { ...figures, tested: tested.length, remarks: dataset.remarks }
      } finally {
        dataset.store.close()
      }
    },
  })
}
