/** What the container says about one packet of the picture track, without decoding it. */
export interface PacketNote {
  /** Time stamp in units of the track; null when there is none. */
  readonly pts: number | null
  readonly isKey: boolean
}

/** The frames of a file in the order in which they are shown. */
export interface FrameIndex {
  /** Time stamps in units of the track, strictly ascending. */
  readonly pts: Float64Array
  /** 1 where decoding can begin. */
  readonly keys: Uint8Array
  /**
   * Whether a frame can be told by its time stamp, so that the file can be entered anywhere. Where it cannot (AVI with
   * packed frames, MPEG program streams), frames are counted from the beginning.
   */
  readonly isSeekable: boolean
}

/**
 * The index that the packets suggest.
 * @returns null where packets lack time stamps or share them, so that only decoding tells which frames there are
 */
export function indexOfPackets(packets: readonly PacketNote[]): FrameIndex | null {
  const sorted: { readonly pts: number; readonly isKey: boolean }[] = []
  for (const { pts, isKey } of packets) {
    if (pts === null) return null
    sorted.push({ pts, isKey })
  }
  sorted.sort((a, b) => a.pts - b.pts)
  if (sorted.some(({ pts }, i) => i > 0 && pts === sorted[i - 1]?.pts)) return null
  return {
    pts: Float64Array.from(sorted, ({ pts }) => pts),
    keys: Uint8Array.from(sorted, ({ isKey }) => Number(isKey)),
    isSeekable: sorted[0]?.isKey ?? false,
  }
}

/**
 * The index of a file that was decoded from beginning to end, because its packets do not tell which frames there are.
 * @param decoded time stamps of the frames as they came; null where a frame had none
 * @param step usual distance between frames, for frames without a time stamp or with one that runs backwards
 */
export function indexOfDecoded(decoded: readonly (number | null)[], step: number): FrameIndex {
  const pts = new Float64Array(decoded.length)
  let last = -Infinity
  decoded.forEach((stamp, i) => {
    last = stamp !== null && stamp > last ? stamp : last === -Infinity ? 0 : last + step
    pts[i] = last
  })
  return { pts, keys: new Uint8Array(decoded.length), isSeekable: false }
}

/** Whether decoded time stamps are all those of the index from a frame on. */
export function isSame(decoded: readonly (number | null)[], pts: Float64Array, from = 0): boolean {
  return from + decoded.length === pts.length && decoded.every((stamp, i) => stamp === pts[from + i])
}

/** The last frame at or before `frame` where decoding can begin; 0 when none is marked. */
export function keyAtOrBefore(index: FrameIndex, frame: number): number {
  for (let i = frame; i > 0; i--) if (index.keys[i] === 1) return i
  return 0
}

/** The frame with a time stamp; -1 when there is none. */
export function frameAt({ pts }: FrameIndex, stamp: number): number {
  let low = 0
  let high = pts.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = pts[middle] ?? 0
    if (found === stamp) return middle
    if (found < stamp) low = middle + 1
    else high = middle - 1
  }
  return -1
}
