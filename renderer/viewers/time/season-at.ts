import { momentOf } from './time-scale.ts'

/** A season of a prediction: first day, and the first day after it. */
export interface SeasonSpan {
  readonly label: string
  readonly from: string
  readonly to: string
}

/**
 * The season whose map may lie over an image: the chosen one where it covers the image's day, else the first that does.
 * @param time  the image's date; null for images without dates, over which the chosen season lies
 * @returns null where no season covers the day, so that nothing may be drawn over the image
 */
export function seasonAt(
  seasons: readonly SeasonSpan[],
  time: string | null,
  chosen: string | null,
): SeasonSpan | null {
  const wanted = seasons.find(({ label }) => label === chosen) ?? null
  if (time === null) return wanted
  const moment = momentOf(time)
  const covers = ({ from, to }: SeasonSpan): boolean => momentOf(from) <= moment && moment < momentOf(to)
  return wanted && covers(wanted) ? wanted : (seasons.find(covers) ?? null)
}
