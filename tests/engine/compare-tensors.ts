import { expect } from 'vitest'
import type { NamedTensors } from '../../electron/engine/executors/executor.ts'
import type { TensorData } from '../../electron/engine/graph.ts'

/** How far two results may be apart. */
export interface Tolerance {
  /** Largest difference as a share of the largest expected value (or of each value, with `elementwise`). */
  readonly relative: number
  readonly elementwise?: boolean
  /** Results whose largest value is below this are compared as if it were this; for gradients that cancel to zero. */
  readonly smallest?: number
}

function difference(actual: TensorData, expected: TensorData, { elementwise, smallest }: Tolerance): number {
  const finite = Array.from(expected.values).filter(Number.isFinite)
  const scale = finite.reduce((largest, value) => Math.max(largest, Math.abs(value)), smallest ?? 1e-6)
  let worst = 0
  expected.values.forEach((value, i) => {
    const other = actual.values[i] as number
    if (Object.is(value, other) || value === other) return
    const apart = Math.abs(value - other) / (elementwise ? Math.max(Math.abs(value), 1e-30) : scale)
    worst = Number.isNaN(apart) ? Infinity : Math.max(worst, apart)
  })
  return worst
}

/** Expects the same names, shapes, sample types and values; whole numbers and booleans exactly. */
export function expectSameTensors(actual: NamedTensors, expected: NamedTensors, tolerance: Tolerance): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort())
  for (const [name, wanted] of Object.entries(expected)) {
    const found = actual[name] as TensorData
    expect({ name, shape: [...found.shape], dtype: found.dtype }).toEqual({
      name,
      shape: [...wanted.shape],
      dtype: wanted.dtype,
    })
    const limit = wanted.dtype === 'float32' ? tolerance.relative : 0
    const apart = difference(found, wanted, tolerance)
    const shown = (data: TensorData): string => Array.from(data.values.slice(0, 12), (v) => v.toPrecision(6)).join(' ')
    if (!(apart <= limit)) expect.fail(`${name} differs by ${apart}; expected ${shown(wanted)}, found ${shown(found)}`)
  }
}
