import { throwIfAborted } from '../../../shared/base/abort.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { TrainedNumbers } from '../../engine/apply-program.ts'
import type { JobContext } from '../task.ts'
import type { TestFigures } from '../training/train-once.ts'
import { applyThreshold, type BrightnessRule, meanScores, scoreStudy } from './measure-segmentation.ts'
import type { StudySample } from './segmentation-dataset.ts'
import { segmentSlices, type WindowPrograms } from './segment-slices.ts'

/** Names of the baselines in reports. */
export const thresholdBaseline = 'best threshold'
const emptyBaseline = 'empty mask'

/** Bytes of a probability from which a voxel is a lesion, by default. */
export const evenOdds = 128

/** What is tested. */
export interface SegmenterUnderTest {
  readonly programs: WindowPrograms
  readonly numbers: TrainedNumbers
  /** Slices that the network looks at together. */
  readonly window: number
  /** Made from the studies to learn from; null where they are not at hand. */
  readonly rule: BrightnessRule | null
}

/**
 * Metrics on whole studies, on the grid of the series as it was taken, beside the best threshold and the empty mask.
 * @throws `AbortError`
 */
export async function testSegmenter(
  { programs, numbers, window, rule }: SegmenterUnderTest,
  studies: readonly StudySample[],
  context: JobContext,
): Promise<TestFigures> {
  const [ofModel, ofRule, ofEmpty] = [[], [], []] as ReturnType<typeof scoreStudy>[][] as [
    ReturnType<typeof scoreStudy>[],
    ReturnType<typeof scoreStudy>[],
    ReturnType<typeof scoreStudy>[],
  ]
  for (const [i, study] of studies.entries()) {
    throwIfAborted(context.signal)
    context.report({ stage: 'Testing', done: i, total: studies.length })
    const { size } = study.own
    const silent = { ...context, report: () => undefined }
    const found = await segmentSlices(study.slices, { programs, numbers, window, size, context: silent })
    ofModel.push(
      scoreStudy(
        study,
        found.map((value) => (value >= evenOdds ? 1 : 0)),
      ),
    )
    if (rule) ofRule.push(scoreStudy(study, applyThreshold(study, rule)))
    ofEmpty.push(scoreStudy(study, new Uint8Array(found.length)))
  }
  const empty = { name: emptyBaseline, ...meanScores(ofEmpty) }
  return {
    metrics: meanScores(ofModel),
    baseline: rule
      ? { name: thresholdBaseline, ...meanScores(ofRule), rule, others: [empty] }
      : { ...empty, others: [] },
    remarks: remarksOn(studies),
  }
}

function remarksOn(studies: readonly StudySample[]): Remark[] {
  const without = studies.filter(({ own }) => own.marked.length === 0).length
  if (without === 0) return []
  return [
    {
      code: 'evaluate/studies-without-lesions',
      message: `${without} of ${studies.length} studies tested have no lesion: there the overlap (Dice) is 1 when nothing is found and 0 otherwise, and distance and sensitivity are not defined.`,
      details: { count: without, of: studies.length },
    },
  ]
}
