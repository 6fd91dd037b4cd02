import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { type ReportProgress, ignoreProgress } from '../../../shared/base/progress.ts'
import type { LabelledSample } from '../../../shared/domain/labels.ts'
import { type Remark, remarkTexts } from '../../../shared/domain/remark.ts'
import type { PixelWindow, SequenceReader } from '../../formats/sequence-reader.ts'
import { frameDays, parseDay } from './calendar.ts'
import { type SampleShape, bandIndices, stepDaysOf } from './contract.ts'
import { groupBy } from './group-by.ts'
import { type ResamplingPlan, planResampling, resamplePixels } from './resampling.ts'

/** Series of labelled pixels, ready to learn from. */
export interface SampleSet {
  /** [samples, frames, bands], physical units, no NaN; owned by the caller. */
  readonly values: Float32Array
  /** One for each row of `values`. */
  readonly samples: readonly LabelledSample[]
  /** Samples left out because a band had no valid value in the interval. */
  readonly dropped: readonly LabelledSample[]
  readonly warnings: readonly string[]
  /** The same with codes, for other languages. */
  readonly remarks: readonly Remark[]
}

/** Edge of the tiles by which samples are grouped for reading. */
const tileEdge = 256
/** Most values read at once (64 MB of float32). */
const maxValues = 16 * 1024 * 1024

/** A labelled pixel and its place in the result. */
interface Wanted {
  readonly sample: LabelledSample
  readonly index: number
}

/**
 * Reads each sample's series over its interval and resamples it to the shape that the model expects: see
 * `planResampling` for dates and gaps. Samples that lie together are read together, so that large rasters are quick.
 * @throws `samples/no-data` when no sample has data; codes of `bandIndices` and of the reader; `AbortError`
 */
export async function readSamples(
  reader: SequenceReader,
  samples: readonly LabelledSample[],
  shape: SampleShape,
  options: { readonly signal?: AbortSignal; readonly report?: ReportProgress } = {},
): Promise<SampleSet> {
  const report = options.report ?? ignoreProgress
  const bands = bandIndices(shape.bands, reader.info)
  const rowLength = shape.frames * bands.length
  const all = new Float32Array(samples.length * rowLength)
  const hasData = new Uint8Array(samples.length)
  const planOf = planner(frameDays(reader.info), shape)

  let done = 0
  for (const { window, wanted } of readingOrder(samples, reader.info.frames * bands.length)) {
    throwIfAborted(options.signal)
    for (const [from, members] of groupBy(wanted, ({ sample }) => sample.from)) {
      const plan = planOf(from)
      if (plan.frames.length === 0) continue
      const block = await reader.read({ frames: plan.frames, bands, window }, options.signal)
      const pixelCount = window.height * window.width
      for (const { sample, index } of members) {
        const pixel = (sample.row - window.row) * window.width + (sample.column - window.column)
        hasData[index] = resamplePixels(plan, block.values, bands.length, pixelCount, [pixel], all, index)[0] ?? 0
      }
    }
    done += wanted.length
    report({ stage: 'Reading samples', done, total: samples.length })
  }
  return collect(samples, all, hasData, rowLength)
}

function planner(days: Float64Array, shape: SampleShape): (from: string) => ResamplingPlan {
  const plans = new Map<string, ResamplingPlan>()
  return (from) => {
    const plan = plans.get(from) ?? planResampling(days, parseDay(from) ?? NaN, shape.frames, stepDaysOf(shape))
    plans.set(from, plan)
    return plan
  }
}

/** Groups samples by tile and gives each group the smallest window that holds it; too large windows are halved. */
function readingOrder(
  samples: readonly LabelledSample[],
  valuesPerPixel: number,
): { window: PixelWindow; wanted: readonly Wanted[] }[] {
  const wanted = samples.map((sample, index) => ({ sample, index }))
  const tiles = groupBy(
    wanted,
    ({ sample }) => `${Math.floor(sample.row / tileEdge)},${Math.floor(sample.column / tileEdge)}`,
  )
  const divide = (members: readonly Wanted[]): { window: PixelWindow; wanted: readonly Wanted[] }[] => {
    const window = boundsOf(members)
    if (window.height * window.width * valuesPerPixel <= maxValues || window.height * window.width === 1)
      return [{ window, wanted: members }]
    const byRow = window.height >= window.width
    const middle = byRow ? window.row + window.height / 2 : window.column + window.width / 2
    const isBefore = ({ sample }: Wanted): boolean => (byRow ? sample.row : sample.column) < middle
    const parts = [members.filter(isBefore), members.filter((member) => !isBefore(member))]
    return parts.filter((part) => part.length > 0).flatMap(divide)
  }
  return [...tiles.values()].flatMap(divide)
}

function boundsOf(members: readonly Wanted[]): PixelWindow {
  let [top, left, bottom, right] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { sample } of members) {
    top = Math.min(top, sample.row)
    bottom = Math.max(bottom, sample.row)
    left = Math.min(left, sample.column)
    right = Math.max(right, sample.column)
  }
  return { row: top, column: left, height: bottom - top + 1, width: right - left + 1 }
}

function collect(
  samples: readonly LabelledSample[],
  all: Float32Array,
  hasData: Uint8Array,
  rowLength: number,
): SampleSet {
  const kept = samples.filter((_, i) => hasData[i] === 1)
  const dropped = samples.filter((_, i) => hasData[i] !== 1)
  if (kept.length === 0)
    throw new AppError(
      'samples/no-data',
      `None of the ${samples.length} labelled pixels has a valid value in every band within its interval; check nodata, masks and dates.`,
      { samples: samples.length },
    )
  if (dropped.length === 0) return { values: all, samples: kept, dropped, warnings: [], remarks: [] }
  const values = new Float32Array(kept.length * rowLength)
  let next = 0
  for (let i = 0; i < samples.length; i++)
    if (hasData[i] === 1) values.set(all.subarray(i * rowLength, (i + 1) * rowLength), rowLength * next++)
  const named = dropped.slice(0, 3).map((sample) => sample.id)
  const remarks = [
    {
      code: 'samples/left-out',
      message: `${dropped.length} of ${samples.length} labelled pixels have no valid value in some band within their interval and are left out (${named.join(', ')}${dropped.length > 3 ? ', ...' : ''}).`,
      details: { count: dropped.length, of: samples.length, first: named },
    },
  ]
  return { values, samples: kept, dropped, warnings: remarkTexts(remarks), remarks }
}
