import type { SeededRandom } from '../../shared/base/seeded-random.ts'
import { sizeOf } from './graph.ts'

/** Makes the first values of a weight from its shape and the run's seed. */
export type Initialiser = (shape: readonly number[], random: SeededRandom) => Float32Array

/** Every element the same. */
export const constant =
  (value: number): Initialiser =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(value)

/** Zeros: biases. */
export const zeros: Initialiser = constant(0)

/** Incoming and outgoing connections of a weight [...kernel, in, out]. */
function fans(shape: readonly number[]): [number, number] {
  const receptive = sizeOf(shape.slice(0, -2))
  return [receptive * (shape.at(-2) ?? 1), receptive * (shape.at(-1) ?? 1)]
}

/** Uniform with variance 2 / (in + out). Source: Glorot and Bengio 2010. */
export const glorotUniform: Initialiser = (shape, random) => {
  const [into, out] = fans(shape)
  const limit = Math.sqrt(6 / (into + out))
  return Float32Array.from({ length: sizeOf(shape) }, () => (2 * random.next() - 1) * limit)
}

/** Normal with variance 2 / in, for layers followed by ReLU. Source: He et al. 2015. */
export const heNormal: Initialiser = (shape, random) => {
  const deviation = Math.sqrt(2 / fans(shape)[0])
  return Float32Array.from({ length: sizeOf(shape) }, () => random.normal() * deviation)
}

/** Takes away from a vector what points along a unit vector. Plain loops: wide layers run through this a billion times. */
function removeAlong(vector: Float64Array, unit: Float64Array): void {
  let along = 0
  for (let i = 0; i < vector.length; i++) along += vector[i]! * unit[i]!
  for (let i = 0; i < vector.length; i++) vector[i]! -= along * unit[i]!
}

/** Length of a vector of any size, by the largest element and compensated summation, as `Math.hypot` has it. */
export function lengthOf(vector: Float64Array): number {
  const largest = vector.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  if (largest === 0) return 0
  let [sum, compensation] = [0, 0]
  for (const v of vector) {
    const term = (v / largest) ** 2 - compensation
    const next = sum + term
    compensation = next - sum - term
    sum = next
  }
  return Math.sqrt(sum) * largest
}

/** Rows of a random rotation, so that a recurrence neither grows nor shrinks its state at first. Source: Saxe et al. 2014. */
export const orthogonal: Initialiser = (shape, random) => {
  const columns = shape.at(-1) ?? 1
  const rows = sizeOf(shape) / columns
  const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)]
  const basis: Float64Array[] = []
  while (basis.length < short) {
    const vector = Float64Array.from({ length: long }, () => random.normal())
    // Two passes of Gram-Schmidt keep the vectors orthogonal to machine precision.
    for (let pass = 0; pass < 2; pass++) for (const other of basis) removeAlong(vector, other)
    const length = lengthOf(vector)
    if (length > 1e-6) basis.push(vector.map((v) => v / length))
  }
  const values = new Float32Array(rows * columns)
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) values[r * columns + c] = (rows >= columns ? basis[c]?.[r] : basis[r]?.[c]) ?? 0
  return values
}

/** Bias of an LSTM [4·units]: one for the forget gate, zero for the others. Source: Jozefowicz et al. 2015. */
export const unitForgetBias: Initialiser = (shape) => {
  const units = sizeOf(shape) / 4
  return Float32Array.from({ length: 4 * units }, (_, i) => (i >= units && i < 2 * units ? 1 : 0))
}
