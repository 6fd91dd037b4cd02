import { assert } from '../../../shared/base/assert.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'

/**
 * Mean and standard deviation of each band over all frames of the given samples: pass the training samples only, so
 * that nothing of the test set enters the model. A band that does not vary gets deviation 1.
 * @param values  [samples, frames, bands]
 * @param rows    indices of the samples to learn from
 */
export function measureNormalisation(
  values: Float32Array,
  frames: number,
  bands: number,
  rows: readonly number[],
): TemporalContract['normalisation'] {
  assert(rows.length > 0, 'the split leaves samples to train on')
  const count = rows.length * frames
  const eachValue = (visit: (value: number, band: number) => void): void => {
    for (const row of rows)
      for (let i = 0; i < frames * bands; i++) visit(values[row * frames * bands + i] ?? NaN, i % bands)
  }
  const mean = new Array<number>(bands).fill(0)
  eachValue((value, band) => (mean[band] = (mean[band] ?? 0) + value / count))
  const variance = new Array<number>(bands).fill(0)
  eachValue((value, band) => (variance[band] = (variance[band] ?? 0) + (value - (mean[band] ?? 0)) ** 2 / count))
  const deviation = variance.map((value, band) => {
    const found = Math.sqrt(value)
    // Rounding leaves a tiny deviation where all values are equal; dividing by it would blow up noise.
    return found > 1e-7 * Math.max(1, Math.abs(mean[band] ?? 0)) ? found : 1
  })
  return { mean, deviation }
}

/** New array with `(value - mean) / deviation` per band; `values` are [..., bands]. */
export function normalise(values: Float32Array, normalisation: TemporalContract['normalisation']): Float32Array {
  const { mean, deviation } = normalisation
  const bands = mean.length
  return values.map((value, i) => (value - (mean[i % bands] ?? NaN)) / (deviation[i % bands] ?? NaN))
}
