import { sizeOf, type TensorData } from '../../electron/engine/graph.ts'
import type { SeededRandom } from '../../shared/base/seeded-random.ts'

/** A new tensor of uniform numbers in [0, 1). */
export function randomFloats(shape: readonly number[], random: SeededRandom): TensorData {
  const values = Float32Array.from({ length: sizeOf(shape) }, () => random.next())
  return { shape, dtype: 'float32', values }
}

/** One-hot rows [rows, classes] of random classes. */
export function randomOneHot(rows: number, classes: number, random: SeededRandom): TensorData {
  const values = new Float32Array(rows * classes)
  for (let row = 0; row < rows; row++) values[row * classes + random.integer(classes)] = 1
  return { shape: [rows, classes], dtype: 'float32', values }
}
