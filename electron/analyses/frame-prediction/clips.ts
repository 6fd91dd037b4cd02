import type { Subset } from '../../../shared/domain/labels.ts'
import type { StoredSequence } from '../frames/store-sequence.ts'

/** Known and future frames of one clip, next to each other in the store. */
export interface ClipPlace {
  /** Store index of its first frame. */
  readonly first: number
  /** Position of its sequence in the dataset. */
  readonly sequence: number
}

/** A part of a sequence that belongs to one subset: frames [from, to). */
export interface SequencePart {
  readonly sequence: number
  readonly subset: Subset
  readonly from: number
  readonly to: number
}

/** How clips are cut. */
export interface ClipCut {
  /** Frames of a clip: known and future ones. */
  readonly length: number
  /** Frames from the start of one training clip to that of the next. */
  readonly hop: number
}

/** Clips of training overlap by half, those of testing do not. */
export function defaultHop(length: number): number {
  return Math.max(1, Math.floor(length / 2))
}

/** The clips of one subset that fit into the parts, in order. */
export function cutClips(
  sequences: readonly StoredSequence[],
  parts: readonly SequencePart[],
  subset: Subset,
  { length, hop }: ClipCut,
): ClipPlace[] {
  const every = subset === 'train' ? hop : length
  return parts
    .filter((part) => part.subset === subset)
    .flatMap(({ sequence, from, to }) => {
      const clips: ClipPlace[] = []
      const start = sequences[sequence]?.first ?? 0
      for (let first = from; first + length <= to; first += every) clips.push({ first: start + first, sequence })
      return clips
    })
}

/** At most `limit` clips, evenly taken; all of them where there is no limit. */
export function evenly<T>(items: readonly T[], limit: number | undefined): T[] {
  if (limit === undefined || items.length <= limit) return [...items]
  return Array.from({ length: limit }, (_, i) => items[Math.floor((i * items.length) / limit)] as T)
}
