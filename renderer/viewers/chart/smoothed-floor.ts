/**
 * The least that a cross-entropy with label smoothing can reach: the entropy of the smoothed truth.
 * @param smoothing  share of the truth that is spread over all classes, in (0, 1)
 */
export function smoothedFloor(smoothing: number, classes: number): number {
  const other = smoothing / classes
  const own = 1 - smoothing + other
  return -(own * Math.log(own) + (classes - 1) * other * Math.log(other))
}
