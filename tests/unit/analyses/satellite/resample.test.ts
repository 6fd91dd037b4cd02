import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { GeoGrid } from '../../../../shared/domain/geo-grid.ts'
import { mapGrid } from '../../../../shared/imaging/resample-mapping.ts'
import { neededSourceWindow, resamplePatch, type ResampleMethod } from '../../../../shared/imaging/resample.ts'

interface Raster {
  crs: string
  width: number
  height: number
  geoTransform: [number, number, number, number, number, number]
}
const oracle = JSON.parse(readFileSync(new URL('./reference/warp.json', import.meta.url), 'utf8')) as {
  source: Raster & { values: (number | null)[] }
  cases: (Raster & { name: string; results: Record<ResampleMethod | 'gdalAverage', (number | null)[]> })[]
}
const source = { ...oracle.source, values: Float32Array.from(oracle.source.values, (value) => value ?? NaN) }

function gridOf(raster: Raster): GeoGrid {
  return { crs: raster.crs, width: raster.width, height: raster.height, geoTransform: raster.geoTransform }
}

function warp(target: Raster, method: ResampleMethod, tolerance: number): Float32Array {
  const mapping = mapGrid(gridOf(target), gridOf(source), tolerance)
  const corners = method === 'average' ? 1 : 0
  const places = mapping.places(
    { row: 0, column: 0, height: target.height + corners, width: target.width + corners },
    method === 'average' ? 0 : 0.5,
  )
  const window = neededSourceWindow(places, method, mapping.sourcePerTarget, source)
  if (window === null) return new Float32Array(target.height * target.width).fill(NaN)
  const values = new Float32Array(window.height * window.width)
  for (let r = 0; r < window.height; r++)
    for (let c = 0; c < window.width; c++)
      values[r * window.width + c] = source.values[(window.row + r) * source.width + window.column + c] as number
  const patch = { ...window, values, rasterHeight: source.height, rasterWidth: source.width }
  return resamplePatch(patch, places, method, mapping.sourcePerTarget)
}

function compare(actual: Float32Array, expected: readonly (number | null)[], tolerance: number) {
  let [validityDiffers, valueDiffers, both, worst] = [0, 0, 0, 0]
  expected.forEach((value, i) => {
    const own = actual[i] as number
    if ((value === null) !== Number.isNaN(own)) validityDiffers++
    else if (value !== null) {
      both++
      worst = Math.max(worst, Math.abs(own - value))
      if (Math.abs(own - value) > tolerance) valueDiffers++
    }
  })
  return { validityDiffers, valueDiffers, both, worst }
}

describe('resampling against GDAL and exact polygon overlap (values 60 to 230, tolerance 0.01)', () => {
  for (const target of oracle.cases)
    for (const method of ['nearest', 'bilinear', 'average'] as const)
      it(`${method}: ${target.name}`, () => {
        const result = compare(warp(target, method, 0), target.results[method], 0.01)
        expect(result.both).toBeGreaterThan(90)
        expect(result.validityDiffers).toBe(0)
        // centres on the very edge of a source pixel fall to one side by the last digit of the projection
        expect(result.valueDiffers).toBeLessThanOrEqual(method === 'nearest' ? 2 : 0)
      })

  it('agrees with GDAL average where the target nests in the source, whatever definition of the box', () => {
    const target = oracle.cases.find((item) => item.name.includes('aligned')) as (typeof oracle.cases)[number]
    const inside = target.results.gdalAverage.map((value, i) => (i % target.width === target.width - 1 ? null : value))
    const own = warp(target, 'average', 0).map((value, i) => (i % target.width === target.width - 1 ? NaN : value))
    expect(compare(own, inside, 0.01)).toMatchObject({ validityDiffers: 0, valueDiffers: 0 })
  })
})

describe('mapGrid', () => {
  const fine: GeoGrid = { crs: 'EPSG:32618', width: 7000, height: 7100, geoTransform: [395085, 30, 0, 4582215, 0, -30] }
  const world: GeoGrid = { crs: 'EPSG:4326', width: 9000, height: 8000, geoTransform: [-77, 0.0003, 0, 42, 0, -0.0003] }

  it.each([0.125, 0.01])('keeps every interpolated place within %f source pixels of the exact one', (tolerance) => {
    const mapping = mapGrid(world, fine, tolerance)
    const window = { row: 1203, column: 4017, height: 211, width: 305 }
    const places = mapping.places(window, 0.5)
    let worst = 0
    for (let r = 0; r < window.height; r += 3)
      for (let c = 0; c < window.width; c += 2) {
        const [x, y] = mapping.exactPlace(window.column + c + 0.5, window.row + r + 0.5)
        const i = r * window.width + c
        worst = Math.max(worst, Math.abs((places.columns[i] as number) - x), Math.abs((places.rows[i] as number) - y))
      }
    expect(worst).toBeGreaterThan(0)
    expect(worst).toBeLessThanOrEqual(tolerance)
  })

  it('gives a place the same coordinates in whatever window it is asked', () => {
    const mapping = mapGrid(world, fine)
    const large = mapping.places({ row: 100, column: 40, height: 150, width: 140 }, 0.5)
    const small = mapping.places({ row: 163, column: 127, height: 5, width: 9 }, 0.5)
    for (let r = 0; r < 5; r++)
      for (let c = 0; c < 9; c++) {
        const i = (63 + r) * 140 + 87 + c
        expect([small.columns[r * 9 + c], small.rows[r * 9 + c]]).toEqual([large.columns[i], large.rows[i]])
      }
  })

  it('measures one source pixel per target pixel for a grid that is only rotated', () => {
    const turn = Math.PI / 6
    const rotated: GeoGrid = {
      ...fine,
      geoTransform: [
        400000,
        30 * Math.cos(turn),
        30 * Math.sin(turn),
        4.57e6,
        30 * Math.sin(turn),
        -30 * Math.cos(turn),
      ],
    }
    const { isAffine, sourcePerTarget } = mapGrid(rotated, fine)
    expect(isAffine).toBe(true)
    expect(sourcePerTarget.x).toBeCloseTo(1, 9)
    expect(sourcePerTarget.y).toBeCloseTo(1, 9)
  })

  it('has no source window where the grids lie apart', () => {
    const apart: GeoGrid = { ...fine, geoTransform: [9e5, 30, 0, 1e6, 0, -30] }
    const mapping = mapGrid(apart, fine)
    const places = mapping.places({ row: 0, column: 0, height: 4, width: 3 }, 0.5)
    expect(neededSourceWindow(places, 'bilinear', mapping.sourcePerTarget, fine)).toBeNull()
  })

  it('fails with geo/unknown-crs for a projection nobody knows', () => {
    expect(() => mapGrid({ ...fine, crs: 'EPSG:999999' }, fine)).toThrowError(
      expect.objectContaining({ code: 'geo/unknown-crs' }),
    )
  })
})
