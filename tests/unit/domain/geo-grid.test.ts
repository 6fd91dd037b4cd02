import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../shared/base/app-error.ts'
import {
  createProjector,
  gridBounds,
  gridProjector,
  isGeographic,
  isSameGrid,
  mapToPixel,
  pixelSize,
  pixelToMap,
  windowGrid,
  type GeoGrid,
  type GeoTransform,
} from '../../../shared/domain/geo-grid.ts'

const grid: GeoGrid = {
  width: 7,
  height: 3,
  geoTransform: [465181, 10, 0, 5080254, 0, -20],
  crs: 'EPSG:32633',
}

describe('the grid of a raster on the Earth', () => {
  it('places pixel corners and centres in map units (north-up, unequal pixel sides)', () => {
    expect(pixelToMap(grid.geoTransform, 0, 0)).toEqual([465181, 5080254])
    expect(pixelToMap(grid.geoTransform, 2.5, 1.5)).toEqual([465206, 5080224])
    expect(gridBounds(grid)).toEqual({ minX: 465181, minY: 5080194, maxX: 465251, maxY: 5080254 })
  })

  it('inverts every transform with an area, rotated ones included (relative tolerance 1e-6)', () => {
    const step = fc.double({ min: 0.5, max: 50, noNaN: true })
    fc.assert(
      fc.property(step, step, fc.double({ min: -3, max: 3, noNaN: true }), fc.integer(), (sx, sy, angle, start) => {
        const c = Math.cos(angle)
        const s = Math.sin(angle)
        const transform: GeoTransform = [start % 1e6, sx * c, -sy * s, (start % 1e5) + 3, sx * s, sy * c]
        const [column, row] = mapToPixel(transform, ...pixelToMap(transform, 12.25, 3.75))
        expect(column).toBeCloseTo(12.25, 5)
        expect(row).toBeCloseTo(3.75, 5)
        expect(pixelSize(transform).x).toBeCloseTo(sx, 8)
        expect(pixelSize(transform).y).toBeCloseTo(sy, 8)
      }),
      { seed: 11, numRuns: 200 },
    )
  })

  it('rejects a transform without area (geo/singular-transform)', () => {
    expect(() => mapToPixel([0, 1, 2, 0, 2, 4], 5, 5)).toThrow(
      expect.objectContaining({ code: 'geo/singular-transform' }) as AppError,
    )
  })

  it('calls grids the same within a hundredth of a pixel, and different by size, place or projection', () => {
    expect(isSameGrid(grid, { ...grid, geoTransform: [465181.05, 10, 0, 5080254, 0, -20] })).toBe(true)
    expect(isSameGrid(grid, { ...grid, geoTransform: [465182, 10, 0, 5080254, 0, -20] })).toBe(false)
    expect(isSameGrid(grid, { ...grid, geoTransform: [465181, 10.1, 0, 5080254, 0, -20] })).toBe(false)
    expect(isSameGrid(grid, { ...grid, width: 8 })).toBe(false)
    expect(isSameGrid(grid, { ...grid, crs: 'EPSG:32634' })).toBe(false)
  })

  it('gives the grid of a window its own corner', () => {
    expect(windowGrid(grid, { row: 1, column: 2, height: 2, width: 4 })).toEqual({
      width: 4,
      height: 2,
      geoTransform: [465201, 10, 0, 5080234, 0, -20],
      crs: 'EPSG:32633',
    })
  })
})

describe('map projections', () => {
  it('agrees with PROJ 9 for UTM 33N at 14.5 E 46.2 N and for the MODIS sinusoidal projection (1 mm)', () => {
    // pyproj.Transformer.from_crs(4326, 32633, always_xy=True).transform(14.5, 46.2), and likewise for +proj=sinu.
    const utm = createProjector('EPSG:32633').toMap(14.5, 46.2)
    expect(utm[0]).toBeCloseTo(461423.5931, 3)
    expect(utm[1]).toBeCloseTo(5116390.7434, 3)
    const sinusoidal = '+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +a=6371007.181 +b=6371007.181 +units=m +no_defs'
    const modis = createProjector(sinusoidal).toMap(-55.9881860661, -12.0364583323)
    expect(modis[0]).toBeCloseTo(-6088739.8924, 3)
    expect(modis[1]).toBeCloseTo(-1338394.6099, 3)
    const back = createProjector(sinusoidal).toLonLat(modis[0], modis[1])
    expect(back[0]).toBeCloseTo(-55.9881860661, 8)
    expect(back[1]).toBeCloseTo(-12.0364583323, 8)
  })

  it('tells degrees from metres', () => {
    expect(isGeographic('EPSG:4326')).toBe(true)
    expect(isGeographic('+proj=longlat +datum=WGS84 +no_defs')).toBe(true)
    expect(isGeographic('EPSG:32618')).toBe(false)
  })

  it('prefers the projection text of a grid over its code', () => {
    const projector = gridProjector({ ...grid, crs: 'EPSG:5070', projection: '+proj=longlat +datum=WGS84' })
    expect(projector.toMap(3, 4)[0]).toBeCloseTo(3, 12)
    expect(projector.toMap(3, 4)[1]).toBeCloseTo(4, 12)
  })

  it('rejects a grid without projection (geo/no-crs) and an unknown code (geo/unknown-crs)', () => {
    expect(() => gridProjector({ ...grid, crs: null })).toThrow(
      expect.objectContaining({ code: 'geo/no-crs' }) as AppError,
    )
    expect(() => createProjector('EPSG:99999')).toThrow(
      expect.objectContaining({ code: 'geo/unknown-crs' }) as AppError,
    )
    expect(() => isGeographic('nonsense')).toThrow(expect.objectContaining({ code: 'geo/unknown-crs' }) as AppError)
  })
})
