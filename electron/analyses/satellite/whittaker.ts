/**
 * A smooth curve through the valid values of a series: least squares plus `lambda` times the squared second divided
 * differences. Dates count in units of their mean step, so that `lambda` means the same for any step.
 * @param days day numbers, ascending
 * @returns function of a series (NaN where missing) to the curve at every date; null with fewer than two valid values
 * Source: Eilers, "A perfect smoother", 2003, with divided differences for uneven dates; banded LDL decomposition.
 */
export function whittakerSmoother(
  days: readonly number[],
  lambda: number,
): (series: Float64Array) => Float64Array | null {
  const size = days.length
  // penalty of second differences: three diagonals of a symmetric matrix, [date]
  const diagonal = new Float64Array(size)
  const first = new Float64Array(size)
  const second = new Float64Array(size)
  const meanStep = size > 1 ? ((days[size - 1] as number) - (days[0] as number)) / (size - 1) : 1
  // dates that coincide would divide by zero
  const step = (i: number): number => Math.max(0.01, ((days[i + 1] as number) - (days[i] as number)) / (meanStep || 1))
  for (let i = 0; i + 2 < size; i++) {
    const [a, b] = [step(i), step(i + 1)]
    const row = [2 / (a * (a + b)), -2 / (a * b), 2 / (b * (a + b))] as const
    for (let j = 0; j < 3; j++) diagonal[i + j] = (diagonal[i + j] as number) + lambda * (row[j] as number) ** 2
    first[i] = (first[i] as number) + lambda * row[0] * row[1]
    first[i + 1] = (first[i + 1] as number) + lambda * row[1] * row[2]
    second[i] = (second[i] as number) + lambda * row[0] * row[2]
  }
  return (series) => {
    let valid = 0
    for (const value of series) if (!Number.isNaN(value)) valid++
    if (valid < 2) return null
    const pivot = new Float64Array(size)
    const lower1 = new Float64Array(size) // L[i + 1, i]
    const lower2 = new Float64Array(size) // L[i + 2, i]
    const curve = new Float64Array(size)
    for (let i = 0; i < size; i++) {
      const value = series[i] as number
      const hasValue = !Number.isNaN(value)
      const [p1, p2] = [pivot[i - 1] ?? 0, pivot[i - 2] ?? 0]
      const [l1, l2] = [lower1[i - 1] ?? 0, lower2[i - 2] ?? 0]
      pivot[i] = (diagonal[i] as number) + (hasValue ? 1 : 0) - l1 * l1 * p1 - l2 * l2 * p2
      lower1[i] = ((first[i] as number) - (lower2[i - 1] ?? 0) * l1 * p1) / (pivot[i] as number)
      lower2[i] = (second[i] as number) / (pivot[i] as number)
      curve[i] = (hasValue ? value : 0) - l1 * (curve[i - 1] ?? 0) - l2 * (curve[i - 2] ?? 0)
    }
    for (let i = 0; i < size; i++) curve[i] = (curve[i] as number) / (pivot[i] as number)
    for (let i = size - 1; i >= 0; i--)
      curve[i] =
        (curve[i] as number) - (lower1[i] as number) * (curve[i + 1] ?? 0) - (lower2[i] as number) * (curve[i + 2] ?? 0)
    return curve
  }
}
