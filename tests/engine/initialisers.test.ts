import { describe, expect, test } from 'vitest'
import { lengthOf, orthogonal } from '../../electron/engine/initialisers.ts'
import { SeededRandom } from '../../shared/base/seeded-random.ts'

describe('orthogonal', () => {
  test.each([
    [64, 64],
    [16, 64],
    [64, 16],
    [3, 3, 4, 24],
  ])('has orthogonal rows or columns of length one, %i x %i', (...shape) => {
    const columns = shape.at(-1)!
    const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1)
    const values = orthogonal(shape, new SeededRandom(7))
    const isTall = rows >= columns
    const [count, length] = isTall ? [columns, rows] : [rows, columns]
    const at = (which: number, i: number): number =>
      isTall ? values[i * columns + which]! : values[which * columns + i]!
    for (let a = 0; a < count; a++)
      for (let b = 0; b <= a; b++) {
        let product = 0
        for (let i = 0; i < length; i++) product += at(a, i) * at(b, i)
        expect(Math.abs(product - (a === b ? 1 : 0))).toBeLessThan(1e-5)
      }
  })

  test('vectors are as long as Math.hypot says, bit for bit, and may be longer than a call has room for', () => {
    const random = new SeededRandom(3)
    for (let size = 1; size < 400; size += 7) {
      const vector = Float64Array.from({ length: size }, () => random.normal() * 10 ** (random.next() * 8 - 4))
      expect(lengthOf(vector)).toBe(Math.hypot(...vector))
    }
    expect(lengthOf(new Float64Array(5))).toBe(0)
    expect(lengthOf(new Float64Array(1_000_000).fill(3))).toBeCloseTo(3000, 6)
  })
})
