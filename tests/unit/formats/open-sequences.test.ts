import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inspectPaths, openSequence } from '../../../electron/formats/open-sequences.ts'
import { isSceneReader } from '../../../electron/formats/scene-collection.ts'
import { smallGrid, writeRaster } from './raster-fixture.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronolens-open-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (...parts: string[]): string => join(folder, ...parts)
const dates = ['2019-03-05', '2019-03-21', '2019-04-06']
const pixel = { row: 1, column: 2, height: 1, width: 1 }

describe('stacks with one band per date', () => {
  it('joins sibling stacks into one sequence, with a band per file and dates from the list beside them', async () => {
    await writeRaster(at('red.tif'), 0, [undefined, undefined, undefined])
    await writeRaster(at('nir.tif'), 1000, [undefined, undefined, undefined])
    writeFileSync(at('timeline'), `${dates.join('\n')}\n`)
    const { sequences, problems } = await inspectPaths([folder])
    expect(problems).toEqual([])
    expect(sequences).toMatchObject([
      {
        kind: 'geotiff',
        frames: 3,
        height: 4,
        width: 6,
        bands: ['nir', 'red'],
        dtype: 'int16',
        times: dates,
        crs: 'EPSG:32633',
        geoTransform: [465181, 10, 0, 5080254, 0, -20],
        orderedBy: 'By the list of dates in the file "timeline" (one per band).',
        warnings: [],
      },
    ])
    const reader = await openSequence([folder])
    const block = await reader.read({ frames: [2, 0], bands: [1, 0], window: { ...pixel, width: 2 } })
    expect([...block.values]).toEqual([212, 213, 1212, 1213, 12, 13, 1012, 1013])
    expect(block).toMatchObject({ frames: 2, bands: 2, height: 1, width: 2 })
    await reader.close()
  })

  it.each([
    ['dates.csv', `date,cloud\n${dates.map((date) => `${date},0.1`).join('\n')}`],
    ['mytimes.txt', dates.join('\r\n')],
    ['timestamps.json', JSON.stringify(dates)],
    ['acquisitions', '2019064\n2019080\n2019096'],
  ])('finds the dates in %s', async (name, text) => {
    await writeRaster(at('ndvi.tif'), 0, [undefined, undefined, undefined])
    writeFileSync(at(name), text)
    const { sequences, problems } = await inspectPaths([folder])
    expect(sequences.map(({ times }) => times)).toEqual([dates])
    expect(problems).toEqual([])
  })

  it('takes dates from band descriptions, and bands too where they carry both', async () => {
    await writeRaster(at('plain.tif'), 0, dates)
    await writeRaster(at('both.tif'), 0, ['20190305_B4', '20190305_B8', '20190321_B4', '20190321_B8'])
    const { sequences } = await inspectPaths([folder])
    expect(sequences.map(({ name, bands, times }) => [name, bands, times])).toEqual([
      ['both.tif', ['B4', 'B8'], dates.slice(0, 2)],
      ['plain.tif', ['plain'], dates],
    ])
    const reader = await openSequence([folder], sequences[0]?.id)
    expect([...(await reader.read({ frames: [1], bands: [0, 1], window: pixel })).values]).toEqual([212, 312])
    await reader.close()
  })

  it('reads the frames in order of time when the list is not, and warns', async () => {
    await writeRaster(at('ndvi.tif'), 0, [undefined, undefined, undefined])
    writeFileSync(at('dates.txt'), '2019-03-21\n2019-04-06\n2019-03-05')
    const reader = await openSequence([folder])
    expect(reader.info.times).toEqual(dates)
    expect(reader.info.warnings).toEqual([expect.stringContaining('not in order')])
    expect([...(await reader.read({ frames: [0, 1, 2], bands: [0], window: pixel })).values]).toEqual([212, 12, 112])
    await reader.close()
  })

  it('warns when a date comes twice', async () => {
    await writeRaster(at('ndvi.tif'), 0, [undefined, undefined, undefined])
    writeFileSync(at('dates.txt'), '2019-03-05\n2019-03-05\n2019-04-06')
    const { sequences } = await inspectPaths([folder])
    expect(sequences[0]).toMatchObject({ frames: 3, warnings: [expect.stringContaining('2019-03-05')] })
  })

  it('says when the list and the bands differ in number (sequence/date-count)', async () => {
    await writeRaster(at('ndvi.tif'), 0, [undefined, undefined, undefined])
    writeFileSync(at('timeline'), '2019-03-05\n2019-03-21\n')
    const { sequences, problems } = await inspectPaths([folder])
    expect(sequences).toEqual([])
    expect(problems).toMatchObject([
      { code: 'sequence/date-count', message: expect.stringContaining('2 dates') as string },
    ])
    await expect(openSequence([folder])).rejects.toMatchObject({ code: 'formats/no-sequence' })
  })

  it('says which line of the list is no date (sequence/bad-date), and reads no frames without trustworthy dates', async () => {
    await writeRaster(at('ndvi.tif'), 0, [undefined, undefined, undefined])
    writeFileSync(at('timeline'), '2019-03-05\n2019-02-30\n2019-04-06')
    const { sequences, problems } = await inspectPaths([folder])
    expect(sequences).toEqual([])
    expect(problems).toMatchObject([
      { code: 'sequence/bad-date', message: expect.stringContaining('Line 2') as string },
    ])
  })
})

describe('files with one date each', () => {
  it('reads one multi-band file per date, in order of the dates and not of the names', async () => {
    await writeRaster(at('b_20190305.tif'), 0, ['red', 'nir'])
    await writeRaster(at('a_20190321.tif'), 1000, ['red', 'nir'])
    await writeRaster(at('c_20190210.tif'), 2000, ['red', 'nir'])
    const reader = await openSequence([folder])
    expect(reader.info).toMatchObject({
      frames: 3,
      bands: ['nir', 'red'],
      times: ['2019-02-10', '2019-03-05', '2019-03-21'],
      orderedBy: 'By the dates (YYYYMMDD) in the names.',
    })
    const block = await reader.read({ frames: [0, 1, 2], bands: [1, 0], window: pixel })
    expect([...block.values]).toEqual([2012, 2112, 12, 112, 1012, 1112])
    await reader.close()
  })

  it('reads one file per date and band, and NaN where one is missing', async () => {
    await writeRaster(at('s2_red_2019-03-05.tif'), 0)
    await writeRaster(at('s2_nir_2019-03-05.tif'), 100)
    await writeRaster(at('s2_red_2019-03-21.tif'), 200)
    const reader = await openSequence([folder])
    expect(reader.info).toMatchObject({
      bands: ['nir', 'red'],
      times: ['2019-03-05', '2019-03-21'],
      warnings: ['Band "nir" is missing in 1 of 2 frames.'],
    })
    const block = await reader.read({ frames: [0, 1], bands: [0, 1], window: pixel })
    expect([...block.values]).toEqual([112, 12, NaN, 212])
    await reader.close()
  })

  it('reads folders named by date', async () => {
    await writeRaster(at('2019-03-21', 'red.tif'), 10)
    await writeRaster(at('2019-03-21', 'nir.tif'), 20)
    await writeRaster(at('2019-03-05', 'red.tif'), 30)
    await writeRaster(at('2019-03-05', 'nir.tif'), 40)
    const { sequences } = await inspectPaths([folder])
    expect(sequences).toMatchObject([
      {
        frames: 2,
        bands: ['nir', 'red'],
        times: ['2019-03-05', '2019-03-21'],
        orderedBy: 'By the dates in the folder names.',
      },
    ])
  })

  it('keeps Landsat scenes of one date apart, each on its own grid', async () => {
    const other = { ...smallGrid, width: 7, geoTransform: [465181, 10, 0, 4980254, 0, -20] as const }
    for (const band of ['B4', 'B10', 'BQA']) {
      await writeRaster(at('s1', `LC08_L1TP_014031_20180428_${band}.TIF`), 0)
      await writeRaster(at('s2', `LC08_L1TP_014032_20180428_${band}.TIF`), 500, [undefined], { grid: other })
    }
    // The two scenes lie in folders of their own without dates, so they are two sequences of one scene each.
    expect((await inspectPaths([folder])).sequences.length).toBe(2)
    rmSync(at('s2'), { recursive: true })
    for (const band of ['B4', 'B10', 'BQA'])
      await writeRaster(at('s1', `LC08_L1TP_014032_20180428_${band}.TIF`), 500, [undefined], { grid: other })
    const reader = await openSequence([folder])
    expect(reader.info).toMatchObject({
      frames: 2,
      bands: ['B4', 'B10', 'BQA'],
      times: ['2018-04-28', '2018-04-28'],
      geoTransform: null,
      crs: 'EPSG:32633',
      warnings: [expect.stringContaining('6 × 4, 7 × 4')],
    })
    // One frame can be read on its own grid, two on different ones cannot.
    expect([...(await reader.read({ frames: [1], bands: [0], window: { ...pixel, column: 6 } })).values]).toEqual([516])
    await expect(reader.read({ frames: [0, 1], bands: [0], window: pixel })).rejects.toMatchObject({
      code: 'geotiff/grids-differ',
    })
    if (!isSceneReader(reader)) throw new Error('a sequence of rasters gives access to its scenes')
    expect(reader.collection.scenes.map(({ id }) => id)).toEqual(['LC08_014031_20180428', 'LC08_014032_20180428'])
    expect(reader.collection.scenes[1]?.assets[0]?.grid).toMatchObject({ width: 7 })
    await reader.close()
  })

  it('reports a date that comes twice for a band (sequence/duplicate-date) and reads the first file', async () => {
    await writeRaster(at('a', 'ndvi_20190305.tif'), 0)
    await writeRaster(at('a', 'ndvi_2019-03-05.tif'), 100)
    await writeRaster(at('a', 'ndvi_20190321.tif'), 200)
    const { sequences, problems } = await inspectPaths([folder])
    expect(sequences).toMatchObject([{ frames: 2 }])
    expect(problems).toMatchObject([{ code: 'sequence/duplicate-date' }])
  })

  it('reports a name with an impossible date (sequence/bad-date) and reads the others', async () => {
    await writeRaster(at('ndvi_20190305.tif'), 0)
    await writeRaster(at('ndvi_20191345.tif'), 0)
    await writeRaster(at('ndvi_20190321.tif'), 0)
    const { sequences, problems } = await inspectPaths([folder])
    expect(sequences).toMatchObject([{ frames: 2 }])
    expect(problems).toMatchObject([
      { code: 'sequence/bad-date', message: expect.stringContaining('20191345') as string },
    ])
  })

  it('orders files without dates by their numbers (2 before 10)', async () => {
    for (const [number, base] of [
      [10, 300],
      [2, 200],
      [1, 100],
    ] as const)
      await writeRaster(at(`frame${number}.tif`), base)
    const reader = await openSequence([folder])
    expect(reader.info).toMatchObject({ frames: 3, times: null, bands: ['value'] })
    expect(reader.info.orderedBy).toContain('numbers')
    expect([...(await reader.read({ frames: [0, 1, 2], bands: [0], window: pixel })).values]).toEqual([112, 212, 312])
    await reader.close()
  })

  it('chooses the only series beside a single label raster, and asks when there are two', async () => {
    await writeRaster(at('ndvi_20190305.tif'), 0)
    await writeRaster(at('ndvi_20190321.tif'), 0)
    await writeRaster(at('labels.tif'), 0)
    const reader = await openSequence([folder])
    expect(reader.info.frames).toBe(2)
    await reader.close()
    await writeRaster(at('more', 'evi_20190305.tif'), 0)
    await writeRaster(at('more', 'evi_20190321.tif'), 0)
    await expect(openSequence([folder])).rejects.toMatchObject({ code: 'formats/several-sequences' })
    await expect(openSequence([folder], 'nothing')).rejects.toMatchObject({ code: 'formats/unknown-sequence' })
  })

  it('reads many more files than it keeps open', async () => {
    const many = Array.from({ length: 90 }, (_, i) => new Date(Date.UTC(2019, 0, 1 + i)).toISOString().slice(0, 10))
    for (const [i, date] of many.entries()) await writeRaster(at(`v_${date}.tif`), i)
    const reader = await openSequence([folder])
    const frames = many.map((_, i) => i)
    const first = await reader.read({ frames, bands: [0], window: pixel })
    const second = await reader.read({ frames, bands: [0], window: pixel })
    expect([...first.values]).toEqual(frames.map((i) => 12 + i))
    expect([...second.values]).toEqual([...first.values])
    await reader.close()
  })
})

describe('folders and files of every kind', () => {
  it('says that a folder is empty, that a path does not exist, and stops when cancelled', async () => {
    await expect(inspectPaths([folder])).rejects.toMatchObject({ code: 'formats/empty-folder' })
    await expect(inspectPaths([at('nowhere')])).rejects.toMatchObject({ code: 'formats/not-found' })
    await writeRaster(at('ndvi_20190305.tif'), 0)
    await expect(inspectPaths([folder], { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('names the kind of what it cannot read yet, by content and not by name', async () => {
    const dicom = Buffer.alloc(200)
    dicom.write('DICM', 128)
    writeFileSync(at('image.bin'), dicom)
    writeFileSync(at('clip.dat'), Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypisom')]))
    writeFileSync(at('photo.tif'), Buffer.from('89504e470d0a1a0a', 'hex'))
    writeFileSync(at('notes.txt'), 'some notes')
    writeFileSync(at('nothing.tif'), '')
    writeFileSync(at('noise.tif'), Buffer.from([1, 2, 3, 250, 7]))
    const { sequences, problems } = await inspectPaths([folder])
    expect(sequences).toEqual([])
    const found = Object.fromEntries(problems.map(({ path, code }) => [path.slice(folder.length + 1), code]))
    expect(found).toEqual({
      'image.bin': 'formats/not-an-image',
      'clip.dat': 'video/unreadable',
      'photo.tif': 'images/damaged',
      'notes.txt': 'formats/not-a-sequence',
      'nothing.tif': 'formats/empty-file',
      'noise.tif': 'formats/unknown',
    })
  })

  it('skips hidden files and sidecars, and ends on links in a circle', async () => {
    await writeRaster(at('data', 'ndvi_20190305.tif'), 0)
    writeFileSync(at('data', '.hidden.tif'), 'x')
    writeFileSync(at('data', 'ndvi_20190305.tif.aux.xml'), '<PAMDataset/>')
    mkdirSync(at('.cache'))
    writeFileSync(at('.cache', 'x.tif'), 'x')
    symlinkSync(folder, at('data', 'loop'))
    const { sequences, problems } = await inspectPaths([folder])
    expect(sequences.length).toBe(1)
    expect(problems).toEqual([])
  })

  it('reads what is good beside a truncated TIFF, and says which one is cut (geotiff/truncated)', async () => {
    await writeRaster(at('ndvi_20190305.tif'), 0)
    await writeRaster(at('ndvi_20190321.tif'), 0)
    const { readFileSync } = await import('node:fs')
    const whole = readFileSync(at('ndvi_20190321.tif'))
    writeFileSync(at('ndvi_20190321.tif'), whole.subarray(0, whole.length - 60))
    const { sequences, problems } = await inspectPaths([folder])
    expect(sequences).toMatchObject([{ frames: 1 }])
    expect(problems).toMatchObject([{ code: 'geotiff/truncated' }])
  })

  it('warns of mixed projections', async () => {
    await writeRaster(at('ndvi_20190305.tif'), 0)
    await writeRaster(at('ndvi_20190321.tif'), 0, [undefined], { grid: { ...smallGrid, crs: 'EPSG:32634' } })
    const { sequences } = await inspectPaths([folder])
    expect(sequences[0]?.crs).toBeNull()
    expect(sequences[0]?.warnings.join(' ')).toContain('2 different coordinate reference systems')
  })

  it('refuses frames, bands and windows that are not there', async () => {
    await writeRaster(at('ndvi_20190305.tif'), 0)
    const reader = await openSequence([folder])
    await expect(reader.read({ frames: [1], bands: [0], window: pixel })).rejects.toMatchObject({
      code: 'sequence/no-frame',
    })
    await expect(reader.read({ frames: [0], bands: [1], window: pixel })).rejects.toMatchObject({
      code: 'sequence/no-frame',
    })
    await expect(reader.read({ frames: [0], bands: [0], window: { ...pixel, row: 4 } })).rejects.toMatchObject({
      code: 'raster/window-outside',
    })
    const cancelled = reader.read({ frames: [0], bands: [0], window: pixel }, AbortSignal.abort())
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' })
    await reader.close()
    await expect(reader.read({ frames: [0], bands: [0], window: pixel })).rejects.toMatchObject({
      code: 'sequence/closed',
    })
  })
})

describe('files and folders given one by one', () => {
  it('joins stacks given as files, with the list of dates that lies beside them', async () => {
    await writeRaster(at('red.tif'), 0, [undefined, undefined, undefined])
    await writeRaster(at('nir.tif'), 1000, [undefined, undefined, undefined])
    await writeRaster(at('swir.tif'), 2000, [undefined, undefined, undefined])
    writeFileSync(at('timeline'), dates.join('\n'))
    const { sequences, problems } = await inspectPaths([at('red.tif'), at('swir.tif')])
    expect(sequences).toMatchObject([{ bands: ['red', 'swir'], times: dates }])
    expect(problems).toEqual([])
  })

  it('joins scene folders given one by one', async () => {
    const scene = (date: string): string => at('LC08', `LC08_L1TP_014031_${date}_20190101_01_T1`)
    for (const date of ['20180428', '20180514'])
      await writeRaster(join(scene(date), `LC08_L1TP_014031_${date}_B4.TIF`), 0)
    const { sequences } = await inspectPaths([scene('20180514'), scene('20180428')])
    expect(sequences).toMatchObject([{ id: 'LC08', frames: 2, times: ['2018-04-28', '2018-05-14'] }])
  })

  it('keeps folders of the same name in different places apart, and opens the second by its id', async () => {
    await writeRaster(at('a', 'x', 'ndvi_20190305.tif'), 0)
    await writeRaster(at('b', 'x', 'ndvi_20190305.tif'), 500)
    const paths = [at('a', 'x'), at('b', 'x')]
    const { sequences, problems } = await inspectPaths(paths)
    expect(sequences.map(({ id }) => id)).toEqual(['x', 'x-2'])
    expect(problems).toEqual([])
    const reader = await openSequence(paths, 'x-2')
    expect([...(await reader.read({ frames: [0], bands: [0], window: pixel })).values]).toEqual([512])
    await reader.close()
  })
})
