import { AppError } from '../../../shared/base/app-error.ts'
import { secondsOf } from '../../../shared/domain/clip.ts'
import type { SplitDescription } from '../../../shared/domain/dataset.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { FoundSequence } from '../../formats/found-sequence.ts'
import { commonBands, parseSize, type FrameForm } from '../frames/frame-form.ts'
import { FrameStore } from '../frames/frame-store.ts'
import { measureRange } from '../frames/measure-range.ts'
import { splitByGroup } from '../frames/split-groups.ts'
import { storeSequence, type StoredSequence } from '../frames/store-sequence.ts'
import type { JobContext } from '../task.ts'
import type { ActionData } from './action-options.ts'
import { findLabelledClips, type LabelledSpan } from './find-labelled-clips.ts'

/** A labelled stretch of a stored sequence: frames [first, first + count) of the store. */
export interface ActionSample {
  readonly sequence: number
  readonly first: number
  readonly count: number
  /** Index into the labels. */
  readonly classIndex: number
  readonly group: string
  readonly subset: Subset | null
}

/** Clips in the form the network sees, a margin wider for random places. Close the store when done. */
export interface ActionDataset {
  readonly form: FrameForm
  readonly store: FrameStore
  readonly sequences: readonly StoredSequence[]
  readonly samples: readonly ActionSample[]
  readonly labels: readonly string[]
  readonly remarks: readonly Remark[]
}

/** Frames are kept by this much larger than the network sees them. */
export const cropMargin = 8 / 7
/** Classes with fewer clips cannot be learned, tested and validated. */
const fewestPerClass = 3

/** The size that frames are kept in. */
export function storedSize([height, width]: readonly [number, number]): [number, number] {
  return [Math.round(height * cropMargin), Math.round(width * cropMargin)]
}

/** Frames per second of a stored sequence; 1 where there is no time, so that seconds are frames. */
export function rateOf({ clip, info }: Pick<StoredSequence, 'clip' | 'info'>): number {
  return clip?.frameRate ?? info.frameRate ?? 1
}

/**
 * Reads the labelled clips of a folder.
 * @param fixed form and classes of a trained model; found in the data where absent
 * @throws `labels/*`, `contract/bands`, `dataset/*`, codes of the readers
 */
export async function readActionDataset(
  path: string,
  data: ActionData,
  context: JobContext,
  fixed?: { readonly form: FrameForm; readonly labels: readonly string[] },
): Promise<ActionDataset> {
  const found = await findLabelledClips(path, data.labels, context)
  const labels = fixed?.labels ?? found.labels
  const remarks = [...found.remarks]
  const spans = found.spans.filter(({ label }) => labels.includes(label))
  if (spans.length < found.spans.length)
    remarks.push({
      code: 'labels/class-not-of-model',
      message: `${found.spans.length - spans.length} labels are of classes the model does not know and are left out.`,
      details: { count: found.spans.length - spans.length, known: [...labels] },
    })
  const sources = [...new Set(spans.map(({ source }) => source))]
  const form = fixed?.form ?? (await chooseForm(sources, data, context))
  const store = new FrameStore(form.size[0] * form.size[1] * form.bands.length)
  try {
    const sequences: StoredSequence[] = []
    const samples: ActionSample[] = []
    for (const [done, source] of sources.entries()) {
      context.report({ stage: 'Reading clips', done, total: sources.length })
      const read = await storeSequence(source, form, store, { step: 1, signal: context.signal })
      remarks.push(...read.remarks)
      if (!read.stored) continue
      sequences.push(read.stored)
      const own = spans.filter((span) => span.source === source)
      samples.push(
        ...own.flatMap((span) => toSample(span, read.stored as StoredSequence, sequences.length - 1, labels)),
      )
    }
    if (samples.length === 0)
      throw new AppError(
        'dataset/no-clips',
        `None of the ${spans.length} labelled clips can be read: ${remarks.at(-1)?.message ?? ''}`,
        {
          clips: spans.length,
        },
      )
    return {
      form,
      store,
      sequences,
      samples,
      labels,
      remarks: [...remarks, ...(fixed ? [] : countRemarks(samples, labels))],
    }
  } catch (error) {
    store.close()
    throw error
  }
}

/** The frames that a span holds; none where it lies beyond the end. */
function toSample(
  span: LabelledSpan,
  stored: StoredSequence,
  sequence: number,
  labels: readonly string[],
): ActionSample[] {
  const { first, count } = spanFrames(span.span, stored)
  if (count === 0) return []
  const { group, subset, label } = span
  return [{ sequence, first: stored.first + first, count, classIndex: labels.indexOf(label), group, subset }]
}

/** Frames whose time lies in [start, end), counted from the sequence's first. */
export function spanFrames(
  span: LabelledSpan['span'],
  { clip, info, count }: Pick<StoredSequence, 'clip' | 'info' | 'count'>,
): { first: number; count: number } {
  if (!span) return { first: 0, count }
  const timeOf = (frame: number): number => (clip ? secondsOf(clip, frame) : frame / rateOf({ clip, info }))
  let [from, to] = [0, 0]
  for (let frame = 0; frame < count; frame++) {
    // A time stamp may be off by rounding; a label of exactly its time means this frame.
    if (timeOf(frame) < span.start - 1e-4) from = frame + 1
    if (timeOf(frame) < span.end - 1e-4) to = frame + 1
  }
  return { first: from, count: Math.max(0, to - from) }
}

/** Classes with too few clips to be learned and tested. */
export function countRemarks(
  samples: readonly Pick<ActionSample, 'classIndex'>[],
  labels: readonly string[],
): Remark[] {
  return labels.flatMap((label, index) => {
    const count = samples.filter(({ classIndex }) => classIndex === index).length
    if (count >= fewestPerClass) return []
    return [
      {
        code: 'dataset/few-of-class',
        message: `The class "${label}" has ${count === 1 ? 'one clip only' : `${count} clips only`}: it cannot be both learned and tested. Add clips, or leave the class out.`,
        details: { label, count },
      },
    ]
  })
}

async function chooseForm(
  sources: readonly FoundSequence[],
  data: ActionData,
  context: JobContext,
): Promise<FrameForm> {
  const infos = sources.map(({ info }) => info)
  const bands = commonBands(infos, data.colour)
  if (bands.length === 0)
    throw new AppError('contract/bands', 'The clips have no band in common; choose clips of one kind.', {
      term: 'bands',
      expected: [],
      found: infos.map((info) => info.bands),
      missing: [],
    })
  const open = { bands, size: storedSize(parseSize(data.size)), fit: data.fit, nodata: null }
  return { ...open, ...(await measureRange(sources, open, context.signal)) }
}

/**
 * Divides samples by group, or as the data say.
 * @throws `split/not-given`, `split/too-few`
 */
export function divideActions(
  samples: readonly Pick<ActionSample, 'group' | 'classIndex' | 'subset'>[],
  { split: asked }: Pick<ActionData, 'split'>,
  seed: number,
): { readonly subsets: readonly Subset[]; readonly description: SplitDescription } {
  const unknown = samples.filter(({ subset }) => subset === null).length
  const has = (subset: Subset): boolean => samples.some((sample) => sample.subset === subset)
  const isGiven = unknown === 0 && has('train') && has('test')
  if (asked === 'given' && !isGiven)
    throw new AppError(
      'split/not-given',
      `${unknown} clips do not say which part they belong to; fill the column "split" with train, validation and test, or choose another split.`,
      { count: unknown },
    )
  if (asked === 'given' || (asked === 'auto' && isGiven))
    return {
      subsets: samples.map(({ subset }) => subset ?? 'train'),
      description: { method: 'given', text: 'as the data say', seed: null, blockSize: null },
    }
  const subsets = splitByGroup(
    samples.map(({ group, classIndex }) => ({ group, label: String(classIndex) })),
    seed,
  )
  const groups = new Set(samples.map(({ group }) => group)).size
  if (!subsets.includes('test'))
    throw new AppError(
      'split/too-few',
      `A split by group needs at least three groups, and there are ${groups}; add clips of other sources.`,
      { found: groups, needed: 3 },
    )
  return {
    subsets,
    description: {
      method: 'group',
      text: `by group (${groups} of them), so that no patient, actor or scene is both learned from and tested on`,
      seed,
      blockSize: null,
    },
  }
}
