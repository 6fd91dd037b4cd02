import type { TensorData } from '../../electron/engine/graph.ts'
import { sizeOf } from '../../electron/engine/graph.ts'

/** Numbers in [0, 1) that are the same in every run (mulberry32, public domain). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Makes a tensor from a seed, so that each input of a test has values of its own. */
export type TensorMaker = (seed: number) => TensorData

/** Float values spread over [low, high); not symmetric about zero by default. */
export function floats(shape: readonly number[], low = -1.3, high = 1.7): TensorMaker {
  return (seed) => {
    const next = randomNumbers(seed)
    return {
      shape,
      dtype: 'float32',
      values: Float32Array.from({ length: sizeOf(shape) }, () => low + next() * (high - low)),
    }
  }
}

/** Whole numbers in [low, high]. */
export function integers(shape: readonly number[], low = -4, high = 7): TensorMaker {
  return (seed) => {
    const next = randomNumbers(seed)
    const values = Int32Array.from({ length: sizeOf(shape) }, () => low + Math.floor(next() * (high - low + 1)))
    return { shape, dtype: 'int32', values }
  }
}

/** True in two of three places. */
export function booleans(shape: readonly number[]): TensorMaker {
  return (seed) => {
    const next = randomNumbers(seed)
    return { shape, dtype: 'bool', values: Uint8Array.from({ length: sizeOf(shape) }, () => (next() < 0.67 ? 1 : 0)) }
  }
}

/** The values as given. */
export function exactly(shape: readonly number[], values: readonly number[]): TensorMaker {
  return () => ({ shape, dtype: 'float32', values: Float32Array.from(values) })
}

/** The whole numbers as given. */
export function exactIntegers(shape: readonly number[], values: readonly number[]): TensorMaker {
  return () => ({ shape, dtype: 'int32', values: Int32Array.from(values) })
}
