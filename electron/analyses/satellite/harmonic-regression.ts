import { yearDays } from './calendar.ts'

/** A yearly course fitted to one pixel's series. */
export interface HarmonicModel {
  /** Number of coefficients. */
  readonly terms: number
  /**
   * Least squares fit to the valid values of a series (one value per date, NaN where missing).
   * @returns coefficients, or null when the valid dates do not determine them
   */
  fit(series: Float64Array): Float64Array | null
  /** The course at one of the dates. */
  predict(coefficients: Float64Array, date: number): number
}

/**
 * A regression on a constant, `harmonics` pairs of cosine and sine of the year and, with `trend`, a steady rise.
 * Terms in this order: constant, cos 1, sin 1, cos 2, sin 2 ..., years since the mean date.
 * A fit wants at least one valid date more than there are terms; the design is computed once for all pixels.
 * @param days day numbers, one per date
 * Source: harmonic analysis of time series as in HANTS (Roerink et al. 2000); solved by Cholesky decomposition.
 */
export function harmonicModel(days: readonly number[], harmonics: number, trend: boolean): HarmonicModel {
  const terms = 1 + 2 * harmonics + (trend ? 1 : 0)
  const middle = days.reduce((sum, day) => sum + day, 0) / Math.max(1, days.length)
  const design = new Float64Array(days.length * terms) // [date, term]
  days.forEach((day, date) => {
    const row = design.subarray(date * terms, (date + 1) * terms)
    row[0] = 1
    for (let k = 1; k <= harmonics; k++) {
      const phase = (2 * Math.PI * k * day) / yearDays
      row[2 * k - 1] = Math.cos(phase)
      row[2 * k] = Math.sin(phase)
    }
    if (trend) row[terms - 1] = (day - middle) / yearDays
  })
  const predict = (coefficients: Float64Array, date: number): number => {
    let sum = 0
    for (let term = 0; term < terms; term++)
      sum += (coefficients[term] as number) * (design[date * terms + term] as number)
    return sum
  }
  const fit = (series: Float64Array): Float64Array | null => {
    const normal = new Float64Array(terms * terms) // lower triangle
    const right = new Float64Array(terms)
    let valid = 0
    for (let date = 0; date < series.length; date++) {
      const value = series[date] as number
      if (Number.isNaN(value)) continue
      valid++
      const row = date * terms
      for (let i = 0; i < terms; i++) {
        const left = design[row + i] as number
        right[i] = (right[i] as number) + left * value
        for (let j = 0; j <= i; j++)
          normal[i * terms + j] = (normal[i * terms + j] as number) + left * (design[row + j] as number)
      }
    }
    return valid > terms && solveSymmetric(normal, right, terms) ? right : null
  }
  return { terms, fit, predict }
}

/**
 * Pivots below this share of their diagonal mean that the dates do not determine the course: the solution would
 * swing widely between them (all dates of one season, for example).
 */
const smallestPivot = 1e-3

/** Solves in place by Cholesky; `right` becomes the solution. @returns false when the matrix is nearly singular */
function solveSymmetric(matrix: Float64Array, right: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j] as number
      for (let k = 0; k < j; k++) sum -= (matrix[i * size + k] as number) * (matrix[j * size + k] as number)
      if (i !== j) matrix[i * size + j] = sum / (matrix[j * size + j] as number)
      else if (sum <= smallestPivot * (matrix[i * size + i] as number)) return false
      else matrix[i * size + i] = Math.sqrt(sum)
    }
  }
  for (let i = 0; i < size; i++) {
    let sum = right[i] as number
    for (let k = 0; k < i; k++) sum -= (matrix[i * size + k] as number) * (right[k] as number)
    right[i] = sum / (matrix[i * size + i] as number)
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = right[i] as number
    for (let k = i + 1; k < size; k++) sum -= (matrix[k * size + i] as number) * (right[k] as number)
    right[i] = sum / (matrix[i * size + i] as number)
  }
  return true
}
