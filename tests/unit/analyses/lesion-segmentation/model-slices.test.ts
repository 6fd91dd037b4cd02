import { describe, expect, it } from 'vitest'
import {
  applyGreyRange,
  bodyPercentiles,
  greyRangeOf,
  windowAround,
} from '../../../../electron/analyses/lesion-segmentation/intensity.ts'
import {
  bestThreshold,
  meanScores,
  scoreStudy,
} from '../../../../electron/analyses/lesion-segmentation/measure-segmentation.ts'
import {
  inPlaneGrid,
  resizeMask,
  resizeSlice,
  slicesOf,
} from '../../../../electron/analyses/lesion-segmentation/model-slices.ts'
import { cutPatch, drawPatch } from '../../../../electron/analyses/lesion-segmentation/patches.ts'
import type { StudySample } from '../../../../electron/analyses/lesion-segmentation/segmentation-dataset.ts'
import { windowStarts } from '../../../../electron/analyses/lesion-segmentation/segment-slices.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'
import { placeOf } from '../../../../shared/domain/medical/volume-geometry.ts'
import { segmentationScores } from '../../../../shared/metrics/segmentation.ts'
import { pose, stack } from '../lesions/lesion-phantom.ts'

describe('the grid of a network', () => {
  const geometry = stack({ size: [3, 20, 30], spacingMm: [5, 1, 0.8], turnDegrees: [10, 5, -20], tiltDegrees: 8 })

  it('covers the same picture: its corners lie where those of the series do', () => {
    const grid = inPlaneGrid(geometry, 2)
    expect(grid.size).toEqual({ slices: 3, rows: 10, columns: 12 })
    for (const [row, column] of [
      [-0.5, -0.5],
      [9.5, -0.5],
      [9.5, 11.5],
    ] as const)
      placeOf(grid, 1, row, column).forEach((value, axis) =>
        expect(value).toBeCloseTo(
          placeOf(geometry, 1, (row + 0.5) * 2 - 0.5, (column + 0.5) * 2.5 - 0.5)[axis] ?? NaN,
          9,
        ),
      )
    expect(inPlaneGrid(geometry, 0.95).size).toMatchObject({ rows: 20, columns: 25 })
  })

  it('keeps a slope when a slice is enlarged, and the mean when it is made smaller', () => {
    const slope = Float32Array.from({ length: 24 }, (_, i) => 3 * Math.floor(i / 6) + (i % 6))
    const large = resizeSlice(slope, [4, 6], [8, 12])
    expect(large[3 * 12 + 5]).toBeCloseTo(3 * 1.25 + 2.25, 5)
    const small = resizeSlice(slope, [4, 6], [2, 3])
    expect(small[0]).toBeCloseTo((0 + 1 + 3 + 4) / 4, 5)
    expect([...resizeMask(Uint8Array.of(0, 1, 1, 0), [2, 2], [4, 4])]).toEqual([
      0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0,
    ])
  })

  it('shows the study before at the same places of the patient, also where it lies elsewhere', () => {
    const before = stack({ size: [9, 40, 40], spacingMm: [3, 1, 1] })
    const transform = pose([0, 0, 0], [4, -3, 2])
    const ramp = Float32Array.from({ length: 9 * 1600 }, (_, i) => {
      const [x, y, z] = placeOf(before, Math.floor(i / 1600), Math.floor(i / 40) % 40, i % 40)
      return x + 2 * y + 3 * z
    })
    const own = stack({ size: [3, 12, 12], spacingMm: [3, 1, 1] })
    const volume = { geometry: own, values: new Float32Array(3 * 144) }
    const source = slicesOf(volume, 1, { volume: { geometry: before, values: ramp }, mask: null, transform })
    const planes = new Float32Array(3 * 144)
    source.read(1, planes)
    const [x, y, z] = placeOf(own, 1, 5, 7)
    expect(planes[144 + 5 * 12 + 7]).toBeCloseTo(x + 4 + 2 * (y - 3) + 3 * (z + 2), 3)
    expect(source.hasEarlier).toBe(true)
  })
})

describe('brightness in common terms', () => {
  it('is the same for another scale and offset, and for more air around the body', () => {
    const random = new SeededRandom(5)
    const body = Float32Array.from({ length: 4000 }, () => 100 + 20 * random.normal())
    const air = (count: number): Float32Array => Float32Array.from({ length: count }, () => 2 * random.next())
    const small = Float32Array.of(...body, ...air(1000))
    const large = Float32Array.of(...body, ...air(6000)).map((value) => 7 * value + 30)
    const [a, b] = [greyRangeOf(bodyPercentiles, small), greyRangeOf(bodyPercentiles, large)]
    expect(b.low).toBeCloseTo(7 * a.low + 30, -1)
    const values = Float32Array.of(100, 300, -5000)
    applyGreyRange(values, a)
    expect(Math.abs(values[0] ?? NaN)).toBeLessThan(0.15)
    expect(values[1]).toBeGreaterThan(3)
    expect(values[2]).toBe(-4)
  })

  it('has a range also where there is one value alone or none', () => {
    expect(greyRangeOf(bodyPercentiles, new Float32Array(50).fill(3))).toEqual({ low: 2, high: 4 })
    expect(greyRangeOf(bodyPercentiles, new Float32Array(50).fill(NaN))).toEqual({ low: 0, high: 1 })
    expect(windowAround(new Float32Array())).toEqual({ low: -1000, high: 1000 })
  })
})

describe('windows and patches', () => {
  it('windows of slices share their outermost slices and end with the last one', () => {
    expect(windowStarts(12, 5)).toEqual([0, 4, 7])
    expect(windowStarts(4, 1)).toEqual([0, 1, 2, 3])
    expect(windowStarts(3, 5)).toEqual([0])
    expect(windowStarts(5, 5)).toEqual([0])
  })

  const study = (lesions: readonly Int32Array[]): StudySample => ({
    name: 's',
    subset: 'train',
    slices: {
      ...{ slices: 6, rows: 30, columns: 40, hasEarlier: false },
      read: (slice, out) => out.forEach((_, i) => (out[i] = i < 1200 ? 100 * slice + i : 0)),
    },
    readMask: (slice, out) =>
      out.forEach((_, i) => (out[i] = lesions.some((list) => list.includes(slice * 1200 + i)) ? 1 : 0)),
    lesions,
    own: { size: { slices: 6, rows: 30, columns: 40 }, spacing: [3, 1, 1], marked: new Int32Array() },
  })

  it('a patch that is not turned holds the pixels around its middle, and the outermost ones beyond the edges', () => {
    const [x, y] = [new Float32Array(2 * 64 * 4), new Float32Array(2 * 64)]
    const place = { first: 5, row: 15.5, column: 3.5, turn: 0, scale: 1, isMirrored: false, isReversed: false }
    cutPatch(study([Int32Array.of(5 * 1200 + 12 * 40)]), place, { slices: 2, patchSize: 8 }, x, y, 0)
    expect([x[0], x[4], x[8]]).toEqual([500 + 12 * 40, 500 + 12 * 40 + 1, 500 + 12 * 40 + 2])
    // Beyond the last slice it is repeated.
    expect(x[64 * 4]).toBe(x[0])
    expect([y[0], y[1]]).toEqual([1, 0])
  })

  it('lies around a lesion when it should, each lesion as often as any other, however small', () => {
    const large = Int32Array.from({ length: 200 }, (_, i) => 1200 + 5 * 40 + 5 + i)
    const small = Int32Array.of(4 * 1200 + 25 * 40 + 35)
    const random = new SeededRandom(2)
    let nearSmall = 0
    for (let i = 0; i < 200; i++) {
      const training = { lesionShare: 1, augment: true, mirror: true }
      const { row, column } = drawPatch(study([large, small]), { slices: 3, patchSize: 8 }, training, random)
      if (Math.hypot(row - 25, column - 35) < 4) nearSmall++
    }
    expect(nearSmall).toBeGreaterThan(70)
    expect(nearSmall).toBeLessThan(130)
  })
})

describe('figures', () => {
  const size = { slices: 6, rows: 20, columns: 24 }
  const box = (s0: number, s1: number, r0: number, r1: number): Uint8Array =>
    Uint8Array.from({ length: 6 * 480 }, (_, i) => {
      const [s, r, c] = [Math.floor(i / 480), Math.floor(i / 24) % 20, i % 24]
      return s >= s0 && s < s1 && r >= r0 && r < r1 && c > 3 && c < 9 ? 1 : 0
    })
  const marked = (mask: Uint8Array): Int32Array => Int32Array.from([...mask].flatMap((value, i) => (value ? [i] : [])))

  it('are those of the whole volume, although only the part around the masks is looked at', () => {
    const [found, truth] = [box(1, 3, 4, 9), box(1, 4, 5, 12)]
    const scores = scoreStudy({ name: 's', own: { size, spacing: [4, 1, 1.5], marked: marked(truth) } }, found)
    expect(scores).toEqual({ name: 's', ...segmentationScores(found, truth, size, [4, 1, 1.5]) })
  })

  it('are defined for empty masks: 1 where both are, no distance where one is', () => {
    const empty = new Uint8Array(6 * 480)
    const both = scoreStudy({ name: 'a', own: { size, spacing: [4, 1, 1], marked: new Int32Array() } }, empty)
    expect(both).toMatchObject({ dice: 1, hd95Mm: 0, lesionSensitivity: null, falsePositives: 0 })
    const missed = scoreStudy({ name: 'b', own: { size, spacing: [4, 1, 1], marked: marked(box(1, 3, 4, 9)) } }, empty)
    expect(missed).toMatchObject({ dice: 0, hd95Mm: null, volumeError: -1, lesionSensitivity: 0 })
    expect(meanScores([both, missed])).toMatchObject({
      dice: 0.5,
      hd95Mm: 0,
      lesionSensitivity: 0,
      falsePositivesPerScan: 0,
    })
  })

  it('the best threshold is found on either side', () => {
    const sample = (sign: number): StudySample => ({
      ...{ name: 's', subset: 'train', lesions: [] },
      slices: {
        ...{ slices: 1, rows: 10, columns: 10, hasEarlier: false },
        read: (_, out) => out.forEach((_value, i) => (out[i] = sign * (i < 12 ? 2 : i < 20 ? 1 : 0))),
      },
      readMask: (_, out) => out.forEach((_value, i) => (out[i] = i < 12 ? 1 : 0)),
      own: { size: { slices: 1, rows: 10, columns: 10 }, spacing: [1, 1, 1], marked: new Int32Array() },
    })
    const above = bestThreshold([sample(1)])
    expect(above).toMatchObject({ side: 'above' })
    expect(above.threshold).toBeGreaterThan(1)
    expect(above.threshold).toBeLessThanOrEqual(2)
    const below = bestThreshold([sample(-1)])
    expect(below.side).toBe('below')
    expect(below.threshold).toBeLessThan(-1)
  })
})
