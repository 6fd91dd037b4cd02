import { AppError } from '../../../shared/base/app-error.ts'
import { secondsOf } from '../../../shared/domain/clip.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { FoundSequence } from '../../formats/found-sequence.ts'
import type { Backbone } from '../backbone/open-backbone.ts'
import { commonBands, parseSize, type FrameForm } from '../frames/frame-form.ts'
import type { FrameStore } from '../frames/frame-store.ts'
import { measureRange } from '../frames/measure-range.ts'
import { storeSequence, type StoredSequence } from '../frames/store-sequence.ts'
import type { JobContext } from '../task.ts'
import type { ActionData } from './action-options.ts'
import { clipStore, encodingOf, type ClipEncoding } from './clip-encoding.ts'
import { countRemarks } from './action-remarks.ts'
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
  readonly encoding: ClipEncoding
  readonly store: FrameStore
  readonly sequences: readonly StoredSequence[]
  readonly samples: readonly ActionSample[]
  readonly labels: readonly string[]
  readonly remarks: readonly Remark[]
}

/** Frames are kept by this much larger than the network sees them. */
export const cropMargin = 8 / 7

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
 * @param fixed encoding and classes of a trained model; found in the data where absent
 * @param backbone turns frames into features; not closed here
 * @throws `labels/*`, `contract/bands`, `dataset/*`, codes of the readers
 */
export async function readActionDataset(
  path: string,
  data: ActionData,
  context: JobContext,
  fixed: { readonly encoding: ClipEncoding; readonly labels: readonly string[] } | null,
  backbone: Backbone | null = null,
): Promise<ActionDataset> {
  const found = await findLabelledClips(path, data, context)
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
  const encoding = fixed?.encoding ?? encodingOf(await chooseForm(sources, data, backbone, context), backbone)
  const { store, sink } = clipStore(encoding)
  try {
    const sequences: StoredSequence[] = []
    const samples: ActionSample[] = []
    for (const [done, source] of sources.entries()) {
      context.report({ stage: 'Reading clips', done, total: sources.length })
      const read = await storeSequence(source, encoding.frames, sink, { step: 1, signal: context.signal })
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
      encoding,
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

async function chooseForm(
  sources: readonly FoundSequence[],
  data: ActionData,
  backbone: Backbone | null,
  context: JobContext,
): Promise<FrameForm> {
  const infos = sources.map(({ info }) => info)
  const channels = backbone?.form.channels
  const bands = commonBands(infos, data.colour || channels === 3)
  if (bands.length === 0 || (channels !== undefined && bands.length > 1 && bands.length !== channels))
    throw new AppError('contract/bands', 'The clips have no band in common; choose clips of one kind.', {
      term: 'bands',
      expected: [],
      found: infos.map((info) => info.bands),
      missing: [],
    })
  // Features are made once, so there is no margin to move about in.
  const size = backbone?.form.size ?? storedSize(parseSize(data.size))
  const open = { bands, size, fit: data.fit, nodata: null }
  return { ...open, ...(await measureRange(sources, open, context.signal)) }
}
