import {
  type ClassificationMetrics,
  classificationMetrics,
  confusionMatrix,
} from '../../../shared/metrics/classification.ts'

/** The metrics of always answering with one class. */
export interface MajorityBaseline extends ClassificationMetrics {
  readonly name: 'majority class'
  /** The class that is most frequent among the training samples; the first by name among equals. */
  readonly label: string
}

/**
 * The baseline of a classification: what answering every sample with the commonest training class would score.
 * @param trainTruth  classes of the training samples, indices into `labels`
 * @param testTruth   classes of the test samples
 * @throws `metrics/no-samples` when there is no test sample
 */
export function majorityBaseline(
  trainTruth: ArrayLike<number>,
  testTruth: ArrayLike<number>,
  labels: readonly string[],
): MajorityBaseline {
  const counts = labels.map(() => 0)
  for (let i = 0; i < trainTruth.length; i++) counts[trainTruth[i] ?? -1] = (counts[trainTruth[i] ?? -1] ?? 0) + 1
  const majority = counts.indexOf(Math.max(...counts))
  const predicted = new Int32Array(testTruth.length).fill(majority)
  const metrics = classificationMetrics(confusionMatrix(testTruth, predicted, labels))
  return { name: 'majority class', label: labels[majority] ?? '', ...metrics }
}
