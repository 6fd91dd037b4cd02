import { describe, expect, it } from 'vitest'
import { createPixelArea } from '../../../../electron/analyses/land-use/pixel-area.ts'
import oracle from './pixel-areas.json' with { type: 'json' }
import { errorOf } from './error-code.ts'

describe('createPixelArea', () => {
  it.each(oracle.geographic)(
    'is exact for degrees on the ellipsoid, from $top° N (pyproj, relative 1e-6)',
    ({ top, step, area }) => {
      const grid = { width: 4, height: 3, geoTransform: [7, step, 0, top, 0, -step], crs: 'EPSG:4326' } as const
      expect(createPixelArea(grid)(2, 0) / area).toBeCloseTo(1, 6)
    },
  )

  it('grows towards the equator row by row', () => {
    const grid = { width: 4, height: 3, geoTransform: [7, 0.5, 0, 50, 0, -0.5], crs: 'EPSG:4326' } as const
    expect(createPixelArea(grid)(0, 1) / (oracle.geographic[1]?.area ?? NaN)).toBeCloseTo(1, 6)
  })

  it.each(oracle.projected)(
    'takes the scale error of $crs out at x = $x (pyproj, relative 1e-6)',
    ({ crs, x, y, size, area }) => {
      const grid = { width: 20, height: 20, geoTransform: [x, size, 0, y, 0, -size], crs } as const
      expect(createPixelArea(grid)(7, 3) / area).toBeCloseTo(1, 6)
    },
  )

  it('takes the geotransform of the equal-area MODIS grid: 5.3665 ha a pixel', () => {
    const size = 231.6563582640091
    const crs = '+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +a=6371007.181 +b=6371007.181 +units=m +no_defs'
    const grid = { width: 37, height: 27, geoTransform: [-6089550.68, size, 0, -1332950.72, 0, -size], crs } as const
    expect(createPixelArea(grid)(36, 26)).toBeCloseTo(53664.67, 2)
  })

  it('needs a projection', async () => {
    const grid = { width: 2, height: 2, geoTransform: [0, 1, 0, 0, 0, -1], crs: null } as const
    expect((await errorOf(() => createPixelArea(grid))).code).toBe('geo/no-crs')
  })
})
