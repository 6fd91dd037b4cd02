import { describe, expect, it } from 'vitest'
import { growVolume, interpolateMasks, strokeOnSlice } from '../../../shared/domain/label-volume.ts'
import { brushPixels, countPixels } from '../../../shared/domain/label-pixels.ts'

const size = { slices: 5, rows: 6, columns: 7 }
const indexOf = (slice: number, row: number, column: number): number =>
  (slice * size.rows + row) * size.columns + column

describe('growVolume', () => {
  it('grows through the slices face to face, and not over edges or corners, nor around the ends of rows', () => {
    const like = new Set([
      indexOf(0, 1, 6),
      indexOf(1, 1, 6),
      indexOf(2, 1, 6),
      indexOf(2, 1, 5),
      // Neighbours by an edge, by a corner, and in memory only.
      indexOf(3, 2, 6),
      indexOf(3, 2, 5),
      indexOf(2, 2, 0),
    ])
    const { voxels, count, isCutOff } = growVolume(size, { slice: 0, row: 1, column: 6 }, (i) => like.has(i), 100)
    expect([...voxels].flatMap((bit, i) => (bit === 1 ? [i] : []))).toEqual(
      [indexOf(0, 1, 6), indexOf(1, 1, 6), indexOf(2, 1, 5), indexOf(2, 1, 6)].sort((a, b) => a - b),
    )
    expect([count, isCutOff]).toEqual([4, false])
  })

  it('stops at its limit and says so; begins nowhere outside', () => {
    expect(growVolume(size, { slice: 2, row: 2, column: 2 }, () => true, 9)).toMatchObject({ count: 9, isCutOff: true })
    expect(growVolume(size, { slice: 9, row: 2, column: 2 }, () => true, 9)).toMatchObject({
      count: 0,
      isCutOff: false,
    })
  })
})

describe('strokeOnSlice', () => {
  const grid = { width: 100, height: 80 }

  it.each([0, 3, 6, 9])(
    'makes discs %i mm off have the radius of a ball of 10 mm there, within 0.6 pixels',
    (offset) => {
      const stroke = brushPixels(grid, [50.5, 40.5], [50.5, 40.5], 20)
      const found = strokeOnSlice(stroke, 10, offset, [1, 1])
      const radius = Math.sqrt((found ? countPixels(found) : 0) / Math.PI)
      expect(Math.abs(radius - Math.sqrt(100 - offset * offset))).toBeLessThan(0.6)
    },
  )

  it('leaves a stroke that is as long, with round ends; nothing beyond the ball', () => {
    const stroke = brushPixels(grid, [30, 40.5], [70, 40.5], 20)
    const thin = strokeOnSlice(stroke, 10, 8, [1, 1])
    const columns = [...(thin?.bits ?? [])].flatMap((bit, i) => (bit === 1 ? [stroke.column + (i % stroke.width)] : []))
    expect([Math.min(...columns), Math.max(...columns)]).toEqual([24, 75])
    expect(strokeOnSlice(stroke, 10, 10, [1, 1])).toBeNull()
  })
})

describe('interpolateMasks', () => {
  const disc = (radius: number, centre: number): Uint8Array =>
    Uint8Array.from({ length: 60 * 60 }, (_, i) =>
      Math.hypot((i % 60) + 0.5 - centre, Math.floor(i / 60) + 0.5 - 30) < radius ? 1 : 0,
    )
  const count = (mask: Uint8Array | undefined): number => mask?.reduce((sum, bit) => sum + bit, 0) ?? 0

  it('goes evenly from a disc to a larger one: radii 8, 11, 14, 17 within half a pixel', () => {
    const between = interpolateMasks(disc(8, 30), disc(17, 30), { rows: 60, columns: 60 }, [1, 1], [1 / 3, 2 / 3])
    const radii = between.map((mask) => Math.sqrt(count(mask) / Math.PI))
    expect(Math.abs((radii[0] ?? 0) - 11)).toBeLessThan(0.5)
    expect(Math.abs((radii[1] ?? 0) - 14)).toBeLessThan(0.5)
  })

  it('repeats a mask that does not change, whatever the spacing', () => {
    const same = disc(9, 26)
    const [half] = interpolateMasks(same, same, { rows: 60, columns: 60 }, [0.5, 3], [0.5])
    expect(half).toEqual(same)
  })

  it('moves with what moves by less than its size', () => {
    const [half] = interpolateMasks(disc(10, 25), disc(10, 33), { rows: 60, columns: 60 }, [1, 1], [0.5])
    let sum = 0
    half?.forEach((bit, i) => (sum += bit * ((i % 60) + 0.5)))
    expect(sum / count(half)).toBeCloseTo(29, 1)
  })
})
