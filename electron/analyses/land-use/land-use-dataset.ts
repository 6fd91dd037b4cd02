import { resolve } from 'node:path'
import type { Split } from '../../../shared/domain/dataset.ts'
import type { LabelledSample } from '../../../shared/domain/labels.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { JobContext } from '../task.ts'
import type { LabelledSeries } from '../classification/train-classifier.ts'
import { frameDays } from './calendar.ts'
import { inferShape, type SampleShape } from './contract.ts'
import { findLabelFile, readLabels } from './labels.ts'
import type { LandUseData } from './land-use-options.ts'
import { folderOf, type LandUseSource } from './land-use-source.ts'
import { readSamples } from './samples.ts'
import { splitRemarks } from './split-remarks.ts'
import { splitSamples } from './split.ts'

/** Labelled pixels with their series, ready to be divided and learned from. */
export interface LandUseDataset extends LabelledSeries {
  readonly samples: readonly LabelledSample[]
  /** Class names in the order of the model's outputs. */
  readonly labels: readonly string[]
  readonly shape: SampleShape
  readonly remarks: readonly Remark[]
}

/**
 * Reads the labels of a data folder and the series of each labelled pixel.
 * @param fixed  shape and classes of a model that exists; both are inferred where absent
 * @throws codes of `readLabels`, `inferShape`, `readSamples`
 */
export async function readLandUseDataset(
  source: LandUseSource,
  path: string,
  options: LandUseData,
  seed: number,
  context: JobContext,
  fixed?: { readonly shape: SampleShape; readonly labels: readonly string[] },
): Promise<LandUseDataset> {
  const { reader, grid } = source
  const file = options.labels ? resolve(options.labels) : await findLabelFile(await folderOf(path))
  const checked = await readLabels(file, grid, frameDays(reader.info), {
    crs: options.crs,
    labelProperty: options.labelProperty,
    maxPerClass: options.maxPerClass,
    onConflict: options.onConflict,
    seed,
    signal: context.signal,
  })
  const shape =
    fixed?.shape ??
    inferShape(reader.info, checked.samples, {
      bands: options.features,
      frames: options.frames,
      stepDays: options.stepDays,
    })
  const labels = fixed?.labels ?? checked.classes
  const known = checked.samples.filter((sample) => labels.includes(sample.label))
  const unknown = checked.samples.length - known.length
  const set = await readSamples(reader, known, shape, { signal: context.signal, report: context.report })
  const classes = Int32Array.from(set.samples, (sample) => labels.indexOf(sample.label))
  const remarks = [
    ...checked.remarks,
    ...set.remarks,
    ...(unknown > 0
      ? [
          {
            code: 'labels/class-not-of-model',
            message: `${unknown} labels are of classes the model does not know and are left out.`,
            details: { count: unknown, known: [...labels] },
          },
        ]
      : []),
  ]
  return { samples: set.samples, values: set.values, classes, labels, shape, remarks }
}

/** Divides a dataset, and says when samples of one place lie in several parts. */
export function divideDataset(
  samples: readonly LabelledSample[],
  options: LandUseData,
  seed: number,
): { split: Split; remarks: Remark[] } {
  const split = splitSamples(samples, {
    method: options.split,
    seed,
    blockSize: options.blockSize,
    testYears: options.testYears,
  })
  const { split: method, blockSize } = options
  return { split, remarks: splitRemarks({ samples, subsets: split.subsets, method, blockSize }) }
}
