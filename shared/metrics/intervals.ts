/** An action from `start` up to, not including, `end`, in seconds or frames. */
export interface LabelledInterval {
  readonly label: string
  readonly start: number
  readonly end: number
}

/** A found action with the model's confidence. */
export interface ScoredInterval extends LabelledInterval {
  readonly score: number
}

/** Overlap of two stretches of time as a share of what they cover together, in [0, 1] (tIoU). */
export function temporalIou(a: Omit<LabelledInterval, 'label'>, b: Omit<LabelledInterval, 'label'>): number {
  const shared = Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start))
  const together = a.end - a.start + (b.end - b.start) - shared
  return together > 0 ? shared / together : 0
}

/** True and found intervals of one video. */
export interface VideoIntervals {
  readonly truth: readonly LabelledInterval[]
  readonly found: readonly ScoredInterval[]
}

/**
 * Average precision of one class at an overlap: found intervals in order of their score, each true one taken once by the first
 * that overlaps it enough and most; area under the precision that never rises with recall. NaN without true intervals.
 * Source: the ActivityNet evaluation (Caba Heilbron et al., CVPR 2015), which interpolates as Pascal VOC 2010.
 */
export function averagePrecision(videos: readonly VideoIntervals[], label: string, threshold: number): number {
  const truths = videos.map(({ truth }) => truth.filter((interval) => interval.label === label))
  const positives = truths.reduce((sum, list) => sum + list.length, 0)
  if (positives === 0) return NaN
  const taken = truths.map((list) => list.map(() => false))
  const found = videos
    .flatMap(({ found: list }, video) => list.filter((one) => one.label === label).map((one) => ({ ...one, video })))
    .sort((a, b) => b.score - a.score)
  const precision: number[] = []
  const recall: number[] = []
  let right = 0
  found.forEach((interval, i) => {
    const candidates = (truths[interval.video] ?? [])
      .map((truth, index) => ({ index, overlap: temporalIou(truth, interval) }))
      .sort((a, b) => b.overlap - a.overlap)
    const match = candidates.find(({ index, overlap }) => overlap >= threshold && !taken[interval.video]?.[index])
    if (match) {
      const list = taken[interval.video]
      if (list) list[match.index] = true
      right++
    }
    precision.push(right / (i + 1))
    recall.push(right / positives)
  })
  let [area, best, reached] = [0, 0, recall.at(-1) ?? 0]
  for (let i = precision.length - 1; i >= 0; i--) {
    best = Math.max(best, precision[i] ?? 0)
    const before = i > 0 ? (recall[i - 1] ?? 0) : 0
    area += (reached - before) * best
    reached = before
  }
  return area
}

/** Mean of `averagePrecision` over the classes that occur in the truth; NaN when none does. */
export function meanAveragePrecision(videos: readonly VideoIntervals[], threshold: number): number {
  const labels = new Set(videos.flatMap(({ truth }) => truth.map(({ label }) => label)))
  const each = [...labels].map((label) => averagePrecision(videos, label, threshold))
  return each.reduce((sum, value) => sum + value, 0) / each.length
}

/** Stretches of equal labels in labels per frame; `background` is left out. */
export function segmentsOf(frames: readonly string[], background: string): LabelledInterval[] {
  const segments: LabelledInterval[] = []
  let start = 0
  for (let frame = 1; frame <= frames.length; frame++) {
    const label = frames[start]
    if (frame < frames.length && frames[frame] === label) continue
    if (label !== undefined && label !== background) segments.push({ label, start, end: frame })
    start = frame
  }
  return segments
}

/**
 * How much the order of actions agrees, in [0, 100], however long each lasts: one minus the edit distance of the two lists of
 * segments over the longer list. Source: Lea et al., CVPR 2017 (segmental edit score).
 */
export function editScore(truth: readonly string[], found: readonly string[], background: string): number {
  const [a, b] = [segmentsOf(truth, background), segmentsOf(found, background)].map((list) =>
    list.map(({ label }) => label),
  ) as [string[], string[]]
  const longer = Math.max(a.length, b.length)
  if (longer === 0) return 100
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  a.forEach((label, i) => {
    const next = [i + 1]
    b.forEach((other, j) => {
      const swapped = (row[j] ?? 0) + (label === other ? 0 : 1)
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, swapped))
    })
    row = next
  })
  return (1 - (row[b.length] ?? 0) / longer) * 100
}

/**
 * F1 of found segments in [0, 1]: one is right when it overlaps a true segment of its class, not taken before, by the share
 * given (tIoU). Source: Lea et al., CVPR 2017 (F1@k).
 */
export function segmentalF1(
  truth: readonly string[],
  found: readonly string[],
  threshold: number,
  background: string,
): number {
  const [wanted, given] = [segmentsOf(truth, background), segmentsOf(found, background)]
  const taken = wanted.map(() => false)
  let right = 0
  for (const segment of given) {
    let best = -1
    let overlap = -1
    wanted.forEach((other, index) => {
      const here = other.label === segment.label ? temporalIou(other, segment) : -1
      if (here > overlap) [best, overlap] = [index, here]
    })
    if (best >= 0 && overlap >= threshold && !taken[best]) {
      taken[best] = true
      right++
    }
  }
  const all = wanted.length + given.length
  return all === 0 ? 1 : (2 * right) / all
}
