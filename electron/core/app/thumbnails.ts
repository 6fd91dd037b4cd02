import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { decodeDataArray, encodeDataArray, floatsOf } from '../../../shared/contracts/data-array.ts'
import type { DataRead } from '../../../shared/contracts/data-plane.ts'
import type { OpenSequence } from '../../../shared/contracts/sequences.ts'
import { type FramePaint, paintFrame, type StretchRange } from '../../../shared/imaging/paint-frame.ts'
import type { DataSource } from './handles.ts'

/** What a small picture is made from; see `ViewedSequence`. */
export interface ThumbnailSubject {
  describe(handle: string): OpenSequence
  read(read: DataRead, signal?: AbortSignal): Promise<ArrayBuffer>
  close(): Promise<void>
}

/** Opens one sequence under paths; it is closed again at once. */
export type OpenSubject = (
  paths: readonly string[],
  sequence: string,
  signal?: AbortSignal,
) => Promise<ThumbnailSubject>

/** Pictures kept (about 20 MiB at 96 pixels), and sequences that are open for them at once. */
const limits = { kept: 600, readers: 2 }

/** Small pictures for lists. A few are made at a time, the latest asked for first: that is what is on the screen now. */
export class Thumbnails {
  private readonly openSubject: OpenSubject
  private readonly kept = new Map<string, ArrayBuffer>()
  private readonly waiting: (() => void)[] = []
  private busy = 0

  constructor(openSubject: OpenSubject) {
    this.openSubject = openSubject
  }

  /** The pictures of what lies under paths, for the data plane. */
  of(paths: readonly string[]): DataSource {
    return {
      read: async (read, signal) => {
        // A copy: what is handed on may be given away.
        if (read.kind === 'thumbnail') return (await this.picture(paths, read.sequence, read.edge, signal)).slice(0)
        throw new AppError('data/wrong-kind', 'This handle gives small pictures only.')
      },
      close: () => Promise.resolve(), // Nothing is held open between reads.
    }
  }

  /** @returns uint8 [height, width, 4], encoded @throws the reader's codes, `AbortError` */
  private async picture(
    paths: readonly string[],
    sequence: string,
    edge: number,
    signal: AbortSignal | undefined,
  ): Promise<ArrayBuffer> {
    const key = JSON.stringify([paths, sequence, edge])
    const known = this.kept.get(key)
    if (known) return known
    await this.turn()
    try {
      throwIfAborted(signal)
      const subject = await this.openSubject(paths, sequence, signal)
      try {
        const made = await pictureOf(subject, edge, signal)
        this.kept.set(key, made)
        for (const oldest of this.kept.keys()) {
          if (this.kept.size <= limits.kept) break
          this.kept.delete(oldest)
        }
        return made
      } finally {
        await subject.close()
      }
    } finally {
      this.busy--
      this.waiting.pop()?.()
    }
  }

  /** Waits for a free place, and takes it. */
  private async turn(): Promise<void> {
    while (this.busy >= limits.readers) await new Promise<void>((resolve) => this.waiting.push(resolve))
    this.busy++
  }
}

async function pictureOf(subject: ThumbnailSubject, edge: number, signal?: AbortSignal): Promise<ArrayBuffer> {
  const sequence = subject.describe('')
  const { info, medical, clip } = sequence
  if (info.frames === 0 || info.width === 0 || info.height === 0)
    throw new AppError('sequences/no-frames', `"${info.name}" holds no picture.`)
  const frame = Math.floor(info.frames / 2)
  const scale = edge / Math.max(info.width, info.height)
  const [outWidth, outHeight] = [info.width, info.height].map((size) => Math.max(1, Math.round(size * scale))) as [
    number,
    number,
  ]
  if (clip || info.kind === 'video' || info.kind === 'images')
    return subject.read({ kind: 'picture', frame, outHeight, outWidth }, signal)
  const isColour = new Set(sequence.composite).size > 1
  const bands = isColour ? sequence.composite : [sequence.composite[0]]
  const window = { row: 0, column: 0, height: info.height, width: info.width }
  const found = await subject.read(
    { kind: 'frame', frame, bands, window, outHeight, outWidth, resampling: 'average' },
    signal,
  )
  const values = floatsOf(decodeDataArray(found))
  const pixels = outHeight * outWidth
  const range = (place: number): StretchRange => spread(values, place * pixels, (place + 1) * pixels)
  const [named] = medical?.windows ?? []
  const grey = named ? { low: named.centre - named.width / 2, high: named.centre + named.width / 2 } : range(0)
  const paint: FramePaint = isColour
    ? { kind: 'composite', ranges: [range(0), range(1), range(2)], gamma: 1 }
    : {
        kind: 'single',
        range: medical?.isInverted ? { low: grey.high, high: grey.low } : grey,
        colourMap: 'grey',
        gamma: 1,
      }
  const painted = paintFrame(values, pixels, paint)
  const colours = new Uint8Array(painted.buffer)
  return encodeDataArray({ type: 'uint8', shape: [outHeight, outWidth, 4], values: colours, remarks: { frame } })
}

/** Darkest and brightest of what is shown: 1 % of the picture's own values lie beyond. */
function spread(values: ArrayLike<number>, first: number, end: number): StretchRange {
  const valid: number[] = []
  for (let i = first; i < end; i++) if (Number.isFinite(values[i])) valid.push(values[i] ?? 0)
  const sorted = Float64Array.from(valid).sort()
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))] ?? 0
  const [low, high] = [at(0.01), at(0.99)]
  return low === high ? { low: low - 1, high: high + 1 } : { low, high }
}
