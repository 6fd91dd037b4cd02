/** A mark on the time axis. */
export interface TimeTick {
  /** Place in [0, 1]. */
  readonly at: number
  readonly label: string
  readonly isYear: boolean
}

/** Places of the frames on a common axis: milliseconds where they have dates, else their index. */
export function frameMoments(times: readonly string[] | null, frames: number): number[] {
  if (!times) return Array.from({ length: frames }, (_, i) => i)
  return times.map((time) => momentOf(time))
}

/** Milliseconds of an ISO date or date-time; one without a zone is UTC, as the data's dates are. */
export function momentOf(time: string): number {
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(time)
  return Date.parse(time.length === 10 ? `${time}T00:00:00Z` : hasZone ? time : `${time}Z`)
}

/** Index of the frame nearest to a moment; the earlier one of two that are as near. `moments` ascend. */
export function nearestFrame(moments: readonly number[], moment: number): number {
  let [low, high] = [0, moments.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((moments[middle] ?? 0) <= moment) low = middle
    else high = middle
  }
  const [before, after] = [moments[low] ?? 0, moments[high] ?? 0]
  return moment - before <= after - moment ? low : high
}

/** Part of the axis at which a moment lies; the axis reaches from the first to the last frame. */
export function partAt(moments: readonly number[], moment: number): number {
  const [first, last] = [moments[0] ?? 0, moments.at(-1) ?? 0]
  return last === first ? 0.5 : (moment - first) / (last - first)
}

/**
 * Marks for a dated axis: years, and months between them as far as there is room (at least `minimumPixels` apart).
 * @param month  writes the name of a month of a moment
 */
export function dateTicks(
  moments: readonly number[],
  width: number,
  month: (moment: number) => string,
  minimumPixels = 46,
): TimeTick[] {
  const [first, last] = [moments[0], moments.at(-1)]
  if (first === undefined || last === undefined || last <= first) return []
  const monthsShown = (last - first) / (30.44 * 86_400_000)
  const perMonth = width / monthsShown
  const step = [1, 2, 3, 6, 12, 24, 60, 120].find((months) => months * perMonth >= minimumPixels) ?? 240
  const ticks: TimeTick[] = []
  const start = new Date(first)
  for (let index = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / step) * step; ; index += step) {
    const moment = Date.UTC(Math.floor(index / 12), index % 12, 1)
    if (moment > last) break
    if (moment < first) continue
    const isYear = index % 12 === 0
    ticks.push({ at: partAt(moments, moment), label: isYear ? String(Math.floor(index / 12)) : month(moment), isYear })
  }
  return ticks
}
