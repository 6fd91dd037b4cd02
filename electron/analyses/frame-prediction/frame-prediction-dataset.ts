import { AppError } from '../../../shared/base/app-error.ts'
import type { SplitDescription } from '../../../shared/domain/dataset.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { FoundSequence } from '../../formats/found-sequence.ts'
import { chooseSequence, findSequences } from '../../formats/open-sequences.ts'
import { commonBands, parseSize, type FrameForm } from '../frames/frame-form.ts'
import { FrameStore } from '../frames/frame-store.ts'
import { measureRange } from '../frames/measure-range.ts'
import { storeSequence, type StoredSequence } from '../frames/store-sequence.ts'
import type { JobContext } from '../task.ts'
import { cutClips, defaultHop, evenly, type ClipPlace } from './clips.ts'
import type { FramePredictionData } from './frame-prediction-options.ts'
import { splitSequences } from './split-sequences.ts'

/** Sequences in the form the network sees, cut into clips. Close the store when done. */
export interface FramePredictionDataset {
  readonly form: FrameForm
  readonly store: FrameStore
  readonly sequences: readonly StoredSequence[]
  readonly clips: Readonly<Record<Subset, readonly ClipPlace[]>>
  readonly split: SplitDescription
  readonly remarks: readonly Remark[]
}

/**
 * Finds the sequences under a path that are long enough for one clip.
 * @throws `dataset/too-short` when none is; as `findSequences` and `chooseSequence`
 */
export async function findLongSequences(
  path: string,
  data: FramePredictionData,
  context: JobContext,
): Promise<{ readonly sources: readonly FoundSequence[]; readonly remarks: readonly Remark[] }> {
  const { sequences, problems } = await findSequences([path], { signal: context.signal, report: context.report })
  const wanted =
    data.sequence === undefined && sequences.length > 0
      ? sequences
      : [chooseSequence(sequences, problems, [path], data.sequence)]
  const needed = (data.inputFrames + data.horizon - 1) * data.frameStep + 1
  // Headers may count too few frames; opening such a sequence decides.
  const sources = wanted.filter(({ info }) => info.frames >= needed || isUncertain(info.warnings))
  if (sources.length === 0) {
    const longest = Math.max(...wanted.map(({ info }) => info.frames))
    throw new AppError(
      'dataset/too-short',
      `No sequence has the ${needed} frames that ${data.inputFrames} known and ${data.horizon} predicted ones need; the longest has ${longest}. Set fewer with inputFrames, horizon or frameStep.`,
      { needed, longest, sequences: wanted.length },
    )
  }
  const remarks: Remark[] = []
  if (sources.length < wanted.length)
    remarks.push({
      code: 'dataset/short-sequences',
      message: `${wanted.length - sources.length} of ${wanted.length} sequences are shorter than the ${needed} frames of a clip and are left out.`,
      details: { count: wanted.length - sources.length, of: wanted.length, needed },
    })
  const [slices] = sources.filter(({ info }) => isStackOfSlices(info))
  if (slices)
    remarks.push({
      code: 'dataset/slices-in-space',
      message: `"${slices.info.name}" shows slices through a body, not a course over time: what is predicted is the next slice. Choose a series that moves.`,
      details: { name: slices.info.name },
    })
  // A table or a note beside the sequences is no sequence that is missing.
  const broken = problems.filter(({ code }) => code !== 'formats/not-a-sequence' && code !== 'formats/unknown')
  if (broken.length > 0)
    remarks.push({
      code: 'dataset/unreadable-files',
      message: `${broken.length} files could not be read and are left out; the first: ${broken[0]?.message ?? ''}`,
      details: { count: broken.length, first: broken[0]?.message ?? '' },
    })
  return { sources, remarks }
}

/** Medical slices that lie side by side, all of one moment. */
function isStackOfSlices({ kind, frameRate, timePoints, spacingMm }: SequenceInfo): boolean {
  const isMedical = kind === 'dicom' || kind === 'nifti'
  return isMedical && frameRate === null && (timePoints ?? 1) === 1 && (spacingMm?.[2] ?? 0) > 0
}

function isUncertain(warnings: readonly string[]): boolean {
  return warnings.some((warning) => warning.includes('estimated'))
}

/**
 * Reads the sequences of a data folder into small frames, divides them and cuts them into clips.
 * @param fixed the form a trained model needs; measured from the data where absent
 * @throws `dataset/*`, `split/*`, `contract/bands`, `usage/bad-setting`, codes of the readers
 */
export async function readFramePredictionDataset(
  path: string,
  data: FramePredictionData,
  seed: number,
  context: JobContext,
  fixed?: FrameForm,
): Promise<FramePredictionDataset> {
  const { sources, remarks: found } = await findLongSequences(path, data, context)
  const remarks = [...found]
  const form = fixed ?? (await chooseForm(sources, data, context))
  const store = new FrameStore(form.size[0] * form.size[1] * form.bands.length)
  try {
    const length = data.inputFrames + data.horizon
    const sequences: StoredSequence[] = []
    for (const [done, source] of sources.entries()) {
      context.report({ stage: 'Reading sequences', done, total: sources.length })
      const read = await storeSequence(source, form, store, { step: data.frameStep, signal: context.signal })
      remarks.push(...read.remarks)
      if (read.stored && read.stored.count >= length) sequences.push(read.stored)
    }
    if (sequences.length === 0)
      throw new AppError(
        'dataset/too-short',
        `No sequence could be read for the ${length} frames of a clip${remarks.length > 0 ? `: ${remarks.at(-1)?.message ?? ''}` : '.'}`,
        { needed: length, longest: 0, sequences: 0 },
      )
    const { parts, description } = splitSequences(sequences, data, seed)
    const cut = { length, hop: data.hop ?? defaultHop(length) }
    const clipsOf = (subset: Subset): ClipPlace[] => cutClips(sequences, parts, subset, cut)
    const clips = {
      train: evenly(clipsOf('train'), data.maxClips),
      validation: clipsOf('validation'),
      test: clipsOf('test'),
    }
    return { form, store, sequences, clips, split: description, remarks }
  } catch (error) {
    store.close()
    throw error
  }
}

async function chooseForm(
  sources: readonly FoundSequence[],
  data: FramePredictionData,
  context: JobContext,
): Promise<FrameForm> {
  const infos = sources.map(({ info }) => info)
  const bands = data.features ?? commonBands(infos, data.colour)
  if (bands.length === 0)
    throw new AppError(
      'contract/bands',
      'The sequences have no band in common; name bands with features, or choose sequences of one kind.',
      { term: 'bands', expected: [], found: infos.map((info) => info.bands), missing: [] },
    )
  const open = { bands, size: parseSize(data.size), fit: data.fit, nodata: data.nodata ?? null }
  // The whole folder may be looked at for its range: it shifts and scales all values alike.
  return { ...open, ...(await measureRange(sources, open, context.signal)) }
}

/** Refuses data that leave nothing to learn from or to test on. @throws `split/too-few` */
export function requireClips(counts: Readonly<Record<Subset, number>>, split: SplitDescription): void {
  for (const subset of ['train', 'test'] as const)
    if (counts[subset] === 0)
      throw new AppError(
        'split/too-few',
        `The split leaves no clip ${subset === 'train' ? 'to learn from' : 'to test on'} (${split.text}); give longer or more sequences, or set fewer inputFrames and horizon.`,
        { subset },
      )
}
