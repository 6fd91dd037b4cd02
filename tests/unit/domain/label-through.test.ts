import { describe, expect, it } from 'vitest'
import { countPixels, hasPixel } from '../../../shared/domain/label-pixels.ts'
import {
  ballOf,
  ballStroke,
  blockAround,
  brushRadiusMm,
  fillBetween,
  framesWithin,
  growThrough,
  sliceStack,
  type SliceStack,
} from '../../../shared/domain/label-through.ts'
import { brushPixels } from '../../../shared/domain/label-pixels.ts'
import type { FrameGeometry } from '../../../shared/domain/medical-image.ts'

const geometry = (positions: FrameGeometry['positions']): FrameGeometry => ({
  orientation: [
    [1, 0, 0],
    [0, 0, -1],
  ],
  positions,
  pixelSpacing: [2, 1],
  isVolume: true,
  frameSpacing: 3,
  frameOfReference: null,
})
/** Coronal slices 3 mm apart, counted against the normal, one of them missing. */
const stack = sliceStack(geometry([0, 3, 6, 12, 15].map((y) => [5, -y, 1]))) as SliceStack

describe('painting through slices', () => {
  it('knows where slices lie along their normal, gaps included', () => {
    expect(stack.depthsMm.map((depth) => Math.abs(depth))).toEqual([0, 3, 6, 12, 15])
    expect(sliceStack(geometry([[0, 0, 0]]))).toBeNull()
    expect(sliceStack(null)).toBeNull()
    expect(framesWithin(stack, 2, 6).sort()).toEqual([0, 1, 2, 3])
  })

  it('a brush is a ball: on the slices it reaches it covers the disc that the ball has there', () => {
    const even: SliceStack = { depthsMm: [0, 2, 4, 6, 8, 10, 12], spacingMm: [1, 1] }
    const size = 11
    const stroke = brushPixels({ width: 40, height: 40 }, [20, 20], [20, 20], size)
    const slices = ballStroke(stroke, size, 3, even)
    expect(slices.map(({ frame }) => frame)).toEqual([1, 2, 3, 4, 5])
    const voxels = slices.reduce((sum, { pixels }) => sum + countPixels(pixels), 0) * 2
    const ball = (4 / 3) * Math.PI * brushRadiusMm(even, size) ** 3
    expect(Math.abs(voxels / ball - 1)).toBeLessThan(0.15)
    const discs = slices.map(({ pixels }) => countPixels(pixels))
    expect(discs).toEqual([...discs].reverse())
  })

  it('a region grows through the slices within its reach, and no further', () => {
    const at = { frame: 2, column: 10, row: 8 }
    const size = { width: 30, height: 20 }
    const block = blockAround(stack, at, 7, size)
    expect(block).toMatchObject({ column: 3, row: 4, width: 15, height: 9 })
    const inside = ballOf(stack, block, at, 7)
    // A rod through all slices of the block, and one that touches nothing.
    const isRod = (index: number): boolean => {
      const [x, y] = [(index % 15) + 3, (Math.floor(index / 15) % 9) + 4]
      return (x === 10 && y === 8) || (x === 14 && y === 8)
    }
    const { slices, isCutOff } = growThrough(block, at, (index) => inside[index] === 1 && isRod(index))
    expect(slices.map(({ frame }) => frame).sort()).toEqual([0, 1, 2, 3])
    for (const { pixels } of slices) {
      expect(countPixels(pixels)).toBe(1)
      expect(hasPixel(pixels, 10, 8)).toBe(true)
    }
    expect(isCutOff).toBe(false)
  })

  it('fills the slices between two by their places in mm, and leaves painted ones alone', () => {
    const size = { width: 60, height: 24 }
    const square = (left: number): Uint8Array =>
      Uint8Array.from({ length: 60 * 24 }, (_, i) => {
        const [x, y] = [i % 60, Math.floor(i / 60)]
        return x >= left && x < left + 20 && y >= 6 && y < 16 ? 1 : 0
      })
    const painted = new Map([
      [0, square(6)],
      [4, square(21)],
    ])
    const made = fillBetween(painted, stack, size)
    expect(made.map(({ frame }) => frame).sort()).toEqual([1, 2, 3])
    const middle = ({ pixels }: (typeof made)[number]): number => {
      let [sum, count] = [0, 0]
      pixels.bits.forEach((bit, i) => {
        if (bit === 0) return
        sum += pixels.column + (i % pixels.width) + 0.5
        count++
      })
      return sum / count
    }
    // The slice 12 mm of 15 mm away lies four fifths of the way.
    const third = made.find(({ frame }) => frame === 3)
    expect(third && middle(third)).toBeCloseTo(16 + 0.8 * 15, 0)
    const kept = fillBetween(new Map([...painted, [2, square(11)]]), stack, size)
    expect(kept.map(({ frame }) => frame).sort()).toEqual([1, 3])
    expect(fillBetween(new Map([[0, square(6)]]), stack, size)).toEqual([])
  })
})
