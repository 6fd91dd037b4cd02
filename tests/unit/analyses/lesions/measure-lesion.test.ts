import { describe, expect, it } from 'vitest'
import { findLesions } from '../../../../electron/analyses/lesions/find-lesions.ts'
import { convexHull, diametersOf } from '../../../../electron/analyses/lesions/longest-diameter.ts'
import { measureLesion } from '../../../../electron/analyses/lesions/measure-lesion.ts'
import { doublingTimeDays } from '../../../../shared/metrics/lesion-growth.ts'
import type { PatientVector } from '../../../../shared/domain/medical/volume-geometry.ts'
import { type Phantom, phantomMask, pose, type Shape, shapeVolume, stack } from './lesion-phantom.ts'

const geometries = {
  'fine and even': { size: [60, 64, 64], spacingMm: [1, 1, 1] },
  anisotropic: { size: [36, 100, 120], spacingMm: [2, 0.7, 0.6] },
  'turned in all directions': { size: [50, 90, 90], spacingMm: [1.5, 0.8, 0.9], turnDegrees: [17, -25, 40] },
  'tilted gantry': { size: [60, 100, 100], spacingMm: [1.25, 0.7, 0.7], tiltDegrees: 18 },
} as const

const shapes: Record<string, Shape> = {
  sphere: { kind: 'sphere', centre: [1.3, -2.2, 0.4], radiusMm: 12.3 },
  ellipsoid: { kind: 'ellipsoid', centre: [-3.1, 2.4, 1.7], radiiMm: [9.4, 15.2, 11.1] },
  irregular: { kind: 'irregular', centre: [2.2, 1.1, -0.9], radiusMm: 13, bump: 0.2 },
}

function phantomOf(shape: Shape, geometry: keyof typeof geometries): Phantom {
  return {
    patientId: 'M',
    noise: 0,
    lesions: [{ name: 'only', dates: [[shape]] }],
    studies: [{ date: '20240101', geometry: stack(geometries[geometry]), pose: pose([0, 0, 0], [0, 0, 0]) }],
  }
}

const cases = Object.keys(shapes).flatMap((shape) =>
  Object.keys(geometries).map((geometry) => [shape, geometry as keyof typeof geometries] as const),
)

describe('measuring lesions of known size', () => {
  it.each(cases)('gives the volume within three percent: %s, stack %s', (name, geometry) => {
    const shape = shapes[name] as Shape
    const phantom = phantomOf(shape, geometry)
    const grid = phantom.studies[0]!.geometry
    const [lesion] = findLesions(phantomMask(phantom, 0), grid)
    const volume = { geometry: grid, values: new Float32Array(grid.size.slices * grid.size.rows * grid.size.columns) }
    const measures = measureLesion(lesion!, volume)
    expect(Math.abs(measures.volumeMm3 / shapeVolume(shape) - 1)).toBeLessThan(0.03)
    expect(measures.volumeMl).toBeCloseTo(measures.volumeMm3 / 1000, 12)
    if (name !== 'irregular')
      measures.centre.forEach((mm, axis) => expect(Math.abs(mm - shape.centre[axis]!)).toBeLessThan(0.25))
  })

  it.each(Object.keys(geometries) as (keyof typeof geometries)[])(
    'gives both diameters of a sphere within one pixel on a stack that is %s, as a line in the patient',
    (geometry) => {
      const phantom = phantomOf(shapes['sphere']!, geometry)
      const grid = phantom.studies[0]!.geometry
      const pixel = Math.max(Math.hypot(...grid.rowStep), Math.hypot(...grid.columnStep))
      const [lesion] = findLesions(phantomMask(phantom, 0), grid)
      const volume = { geometry: grid, values: new Float32Array(grid.size.slices * grid.size.rows * grid.size.columns) }
      const { longAxisMm, shortAxisMm, longAxis } = measureLesion(lesion!, volume)
      expect(Math.abs(longAxisMm - 24.6)).toBeLessThan(pixel)
      expect(Math.abs(shortAxisMm - 24.6)).toBeLessThan(1.5 * pixel)
      const [a, b] = longAxis
      expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])).toBeCloseTo(longAxisMm, 6)
      const middle = a.map((mm, axis) => (mm + b[axis]!) / 2)
      expect(Math.hypot(...middle.map((mm, axis) => mm - shapes['sphere']!.centre[axis]!))).toBeLessThan(2)
    },
  )

  it('finds the long and the short axis of an ellipsoid in the slice where it is longest', () => {
    const shape: Shape = { kind: 'ellipsoid', centre: [0, 0, 0], radiiMm: [6, 14, 9] }
    const phantom = phantomOf(shape, 'fine and even')
    const grid = phantom.studies[0]!.geometry
    const [lesion] = findLesions(phantomMask(phantom, 0), grid)
    const volume = { geometry: grid, values: new Float32Array(60 * 64 * 64) }
    const measures = measureLesion(lesion!, volume)
    expect(Math.abs(measures.longAxisMm - 28)).toBeLessThan(1)
    expect(Math.abs(measures.shortAxisMm - 12)).toBeLessThan(1)
    expect([29, 30]).toContain(measures.slice)
  })

  it('counts a gap of missing slices half to each side, so that the volume stays', () => {
    const shape = shapes['sphere']!
    const geometry = stack({ size: [60, 64, 64], spacingMm: [1, 1, 1], missing: [33] })
    const phantom: Phantom = {
      ...phantomOf(shape, 'fine and even'),
      studies: [{ date: '20240101', geometry, pose: pose([0, 0, 0], [0, 0, 0]) }],
    }
    const [lesion] = findLesions(phantomMask(phantom, 0), geometry)
    const measures = measureLesion(lesion!, { geometry, values: new Float32Array(59 * 64 * 64) })
    expect(Math.abs(measures.volumeMm3 / shapeVolume(shape) - 1)).toBeLessThan(0.03)
  })

  it('says mean, spread and range of the values inside, and leaves out what is no number', () => {
    const geometry = stack({ size: [1, 2, 3], spacingMm: [4, 2, 3] })
    const values = Float32Array.of(1, 5, 9, NaN, 100, 100)
    const measures = measureLesion({ voxels: Int32Array.of(0, 1, 2, 3) }, { geometry, values }, { sliceThicknessMm: 4 })
    expect(measures.intensity).toEqual({ mean: 5, standardDeviation: 4, minimum: 1, maximum: 9 })
    expect(measures.volumeMm3).toBeCloseTo(4 * 2 * 3 * 4, 9)
    expect(measures.voxels).toBe(4)
  })

  it('measures a single voxel as its own width', () => {
    const geometry = stack({ size: [1, 3, 3], spacingMm: [4, 2, 3] })
    const measures = measureLesion({ voxels: Int32Array.of(4) }, { geometry, values: new Float32Array(9) })
    expect(measures.longAxisMm).toBeCloseTo(3, 9)
    expect(measures.shortAxisMm).toBeCloseTo(2, 9)
  })
})

describe('diameters of an outline', () => {
  it('are those of a turned rectangle: its diagonal, and the chord at right angles to it', () => {
    const turn = (x: number, y: number): [number, number] => [x * 0.8 - y * 0.6, x * 0.6 + y * 0.8]
    const outline = [turn(0, 0), turn(4, 0), turn(4, 3), turn(0, 3), turn(2, 1)]
    const { longMm, shortMm, long, short } = diametersOf(outline)
    expect(longMm).toBeCloseTo(5, 12)
    // Through a corner, at right angles to the diagonal: its foot is 2.25 from the other corner's side.
    expect(shortMm).toBeCloseTo(3.75, 12)
    const along = [long[1][0] - long[0][0], long[1][1] - long[0][1]] as const
    const across = [short[1][0] - short[0][0], short[1][1] - short[0][1]] as const
    expect(along[0] * across[0] + along[1] * across[1]).toBeCloseTo(0, 12)
  })

  it('drops points inside and on edges from the hull', () => {
    const square = [
      [0, 0],
      [2, 0],
      [2, 2],
      [0, 2],
    ] as const
    expect(convexHull([...square, [1, 1], [1, 0], [2, 1]])).toHaveLength(4)
  })
})

describe('volume doubling time', () => {
  it.each([
    [100, 200, 60, 60],
    [100, 400, 60, 30],
    [200, 100, 90, -90],
    [100, 100, 60, null],
    [0, 100, 60, null],
    [100, 0, 60, null],
    [100, 200, 0, null],
  ])('from %d to %d mm3 in %d days: %s', (a, b, days, expected) => {
    const found = doublingTimeDays(a, b, days)
    if (expected === null) expect(found).toBeNull()
    else expect(found).toBeCloseTo(expected, 9)
  })
})

describe('finding lesions in a mask', () => {
  it('joins voxels that touch at a corner, puts the largest first and leaves out the small', () => {
    const geometry = stack({ size: [2, 4, 4], spacingMm: [5, 1, 1] })
    const mask = new Uint8Array(32)
    for (const index of [0, 16 + 5, 10, 11, 15, 14]) mask[index] = 1
    const found = findLesions(mask, geometry)
    expect(found.map(({ voxels }) => [...voxels])).toEqual([[0, 10, 11, 14, 15, 21]])
    mask[21] = 0
    expect(findLesions(mask, geometry).map(({ voxels }) => voxels.length)).toEqual([4, 1])
    expect(findLesions(mask, geometry, { minimumMm3: 6 }).map(({ voxels }) => voxels.length)).toEqual([4])
    expect(findLesions(new Uint8Array(32), geometry)).toEqual([])
  })

  it('is right for a place that is far from the origin', () => {
    const middle: PatientVector = [400, -300, 1200]
    const geometry = stack({ size: [9, 9, 9], spacingMm: [2, 2, 2], middle })
    const mask = new Uint8Array(729).fill(0)
    mask[4 * 81 + 4 * 9 + 4] = 1
    const [lesion] = findLesions(mask, geometry)
    const { centre } = measureLesion(lesion!, { geometry, values: new Float32Array(729) })
    centre.forEach((mm, axis) => expect(mm).toBeCloseTo(middle[axis]!, 9))
  })
})
