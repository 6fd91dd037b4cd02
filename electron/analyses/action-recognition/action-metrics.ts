import { argMaxRows, classificationMetrics, confusionMatrix } from '../../../shared/metrics/classification.ts'
import { majorityBaseline } from '../classification/majority-baseline.ts'

/** The metrics of action recognition, beside those of any classification. */
export interface ActionMetrics {
  /** Share of clips whose class is the first, or among the first five, by probability. */
  readonly top1: number
  readonly top5: number
  /** Mean share of clips found, over the classes that occur: balanced accuracy. */
  readonly meanClassAccuracy: number
  readonly [name: string]: unknown
}

/**
 * @param probabilities [clips × classes]
 * @throws `metrics/no-samples`
 */
export function actionMetrics(
  truth: readonly number[],
  probabilities: Float32Array,
  labels: readonly string[],
): ActionMetrics {
  const classes = labels.length
  const isAmong = (row: number, own: number, count: number): boolean => {
    const score = probabilities[row * classes + own] ?? 0
    let better = 0
    for (let c = 0; c < classes; c++) {
      const other = probabilities[row * classes + c] ?? 0
      if (other > score || (other === score && c < own)) better++
    }
    return better < count
  }
  const share = (count: number): number => truth.filter((own, row) => isAmong(row, own, count)).length / truth.length
  const common = classificationMetrics(confusionMatrix(truth, argMaxRows(probabilities, classes), labels))
  return { top1: share(1), top5: share(5), meanClassAccuracy: meanRecall(common.perClass), ...common }
}

/** The same metrics of always answering with the commonest class; the others follow in their order. */
export function majorityActionBaseline(
  learned: readonly number[],
  truth: readonly number[],
  labels: readonly string[],
): ActionMetrics & { readonly name: string } {
  const counts = labels.map((_, c) => learned.filter((own) => own === c).length)
  const ranking = Float32Array.from({ length: truth.length * labels.length }, (_, i) => counts[i % labels.length] ?? 0)
  const { name, label } = majorityBaseline(learned, truth, labels)
  return { ...actionMetrics(truth, ranking, labels), name, label }
}

function meanRecall(perClass: Readonly<Record<string, { readonly recall: number; readonly support: number }>>): number {
  const present = Object.values(perClass).filter(({ support }) => support > 0)
  return present.reduce((sum, { recall }) => sum + recall, 0) / Math.max(1, present.length)
}
