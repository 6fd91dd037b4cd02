import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CommonGridReader } from '../../../../electron/compute/reading/common-grid-reader.ts'
import { openSequence } from '../../../../electron/formats/open-sequences.ts'
import { isSceneReader } from '../../../../electron/formats/scene-collection.ts'
import type { SequenceReader } from '../../../../electron/formats/sequence-reader.ts'
import { createProjector } from '../../../../shared/domain/geo-grid.ts'
import { smallGrid, writeRaster } from '../../formats/raster-fixture.ts'

describe('CommonGridReader', () => {
  let folder: string
  let reader: SequenceReader

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chronolens-grids-'))
    await writeRaster(join(folder, 'scene_2020-01-01.tif'), 1000)
    // Two pixels to the left and one up.
    const shifted = { ...smallGrid, geoTransform: [465161, 10, 0, 5080274, 0, -20] as const }
    await writeRaster(join(folder, 'scene_2020-01-09.tif'), 2000, [undefined], { grid: shifted })
    // The neighbouring zone, on pixels so large that one of them covers the others.
    const [longitude, latitude] = createProjector('EPSG:32633').toLonLat(465181, 5080254)
    const [x, y] = createProjector('EPSG:32634').toMap(longitude, latitude)
    const coarse = {
      width: 3,
      height: 2,
      geoTransform: [x - 1500, 1000, 0, y + 500, 0, -1000] as const,
      crs: 'EPSG:32634',
    }
    await writeRaster(join(folder, 'scene_2020-01-17.tif'), 3000, [undefined], { grid: coarse })
    const opened = await openSequence([folder])
    reader = isSceneReader(opened) ? CommonGridReader.over(opened) : opened
  })
  afterAll(async () => {
    await reader.close()
    await rm(folder, { recursive: true, force: true })
  })

  const at = async (frame: number, x: number, y: number): Promise<number> => {
    const [x0 = 0, dx = 1, , y0 = 0, , dy = 1] = reader.info.geoTransform ?? []
    const window = { row: Math.floor((y - y0) / dy), column: Math.floor((x - x0) / dx), height: 1, width: 1 }
    return (await reader.read({ frames: [frame], bands: [0], window })).values[0] ?? NaN
  }

  it('takes the finest grid, extended to hold all scenes without moving its pixels', () => {
    const { crs, geoTransform, width, height } = reader.info
    expect(crs).toBe('EPSG:32633')
    const [x0 = 0, dx, , y0 = 0, , dy] = geoTransform ?? []
    expect([dx, dy]).toEqual([10, -20])
    expect((465181 - x0) % 10).toBe(0)
    expect((y0 - 5080254) % 20).toBe(0)
    // The coarse scene is 3 km by 2 km, and a little more when seen from the other zone.
    expect(width * 10).toBeGreaterThanOrEqual(3000)
    expect(height * 20).toBeGreaterThanOrEqual(2000)
  })

  it('reads each scene where it lies: row 2, column 3 of the first scene', async () => {
    const [x, y] = [465181 + 35, 5080254 - 50] as const
    expect(await at(0, x, y)).toBe(1023)
    expect(await at(1, x, y)).toBe(2035)
    // The coarse pixel in row 0, column 1 begins 500 m to the left and ends 500 m to the right of the corner.
    expect(await at(2, x, y)).toBe(3001)
  })

  it('has no data where a scene does not lie', async () => {
    expect(await at(0, 465181 - 5, 5080254 - 10)).toBeNaN()
    expect(await at(1, 465181 + 45, 5080254 - 10)).toBeNaN()
    expect(await at(1, 465181 - 5, 5080254 - 10)).toBe(2011)
  })

  it('leaves a sequence whose scenes share a grid as it is', async () => {
    const opened = await openSequence([join(folder, 'scene_2020-01-01.tif')])
    if (!isSceneReader(opened)) throw new Error('a GeoTIFF sequence consists of scenes')
    expect(CommonGridReader.over(opened)).toBe(opened)
    await opened.close()
  })
})
