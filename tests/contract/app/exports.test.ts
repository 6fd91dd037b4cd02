import { readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExportedFile, FrameExport } from '../../../shared/contracts/exports.ts'
import type { OpenSequence } from '../../../shared/contracts/sequences.ts'
import { realData } from '../../unit/formats/real-data.ts'
import {
  codeOf,
  connectByPorts,
  createTestWorkbench,
  type PortClient,
  type TestWorkbench,
} from './workbench-fixture.ts'

const [height, width] = [48, 64]

/** Folders in which files wait to be fetched. */
const waiting = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('chronolens-export-')).sort()

describe('exports over message ports', () => {
  let bench: TestWorkbench
  let page: PortClient
  let crops: OpenSequence

  beforeAll(async () => {
    bench = await createTestWorkbench()
    page = connectByPorts(bench.workbench)
    const [sample] = await page.client.files.samples()
    crops = await page.client.sequences.open({ grants: [sample?.data.id ?? ''] })
  })
  afterAll(async () => {
    await page.close()
    await bench.close()
  })

  async function exported(request: FrameExport): Promise<ExportedFile[]> {
    const events = []
    for await (const event of await page.client.exports.frame(request)) events.push(event)
    const last = events.at(-1)
    return last?.kind === 'files' ? last.files : []
  }

  /** Saves an exported file as the page does, and opens what was saved as a person would. */
  async function reopened({ handle, fileName }: ExportedFile): Promise<OpenSequence> {
    const { values } = await page.read(handle, { kind: 'file' })
    await page.client.sequences.close({ handle })
    const path = join(bench.folder, fileName)
    await writeFile(path, values as Uint8Array)
    const grants = await page.session.grantPaths([path])
    return page.client.sequences.open({ grants: grants.map(({ id }) => id) })
  }

  const pixels = async ({ handle, info }: OpenSequence, frame: number, bands: number[]): Promise<Float32Array> => {
    const window = { row: 0, column: 0, height: info.height, width: info.width }
    const size = { outHeight: info.height, outWidth: info.width }
    const { values } = await page.read(handle, { kind: 'frame', frame, bands, window, ...size, resampling: 'nearest' })
    return values as Float32Array
  }

  it('writes bands of a frame with their place, names and missing pixels', async () => {
    const what = { kind: 'bands' as const, bands: [2, 0] }
    const [file, ...others] = await exported({ sequence: crops.handle, frame: 46, what, mask: null })
    expect([file?.fileName, others]).toEqual(['crops 2021-01-01 2 bands.tif', []])
    const saved = await reopened(file as ExportedFile)
    expect(saved.info).toMatchObject({ bands: ['blue', 'red'], crs: 'EPSG:32721', dtype: 'float32' })
    expect(saved.extent).toEqual(crops.extent)
    const [before, after] = [await pixels(crops, 46, [2, 0]), await pixels(saved, 0, [1, 0])]
    expect(before.some(Number.isNaN)).toBe(true)
    expect(after).toEqual(before)
  })

  it('writes an index, without what the mask rejects', async () => {
    const [red = NaN, nir = NaN] = [crops.info.bands.indexOf('red'), crops.info.bands.indexOf('nir')]
    const [file] = await exported({
      sequence: crops.handle,
      frame: 3,
      what: { kind: 'index', formula: '(nir - red) / (nir + red)' },
      mask: { band: red, rule: { kind: 'above', threshold: 1000 } },
    })
    const values = await pixels(await reopened(file as ExportedFile), 0, [0])
    const bands = await pixels(crops, 3, [red, nir])
    const expected = Float32Array.from({ length: values.length }, (_, i) => {
      const [r = NaN, n = NaN] = [bands[i], bands[values.length + i]]
      return r > 1000 || n + r === 0 ? NaN : (n - r) / (n + r)
    })
    expect(expected.some(Number.isNaN) && !expected.every(Number.isNaN)).toBe(true)
    expect(values).toEqual(expected)
  })

  it.each([
    ['a frame that is not there', { frame: 69 }, 'sequences/outside'],
    ['a band that is not there', { what: { kind: 'bands', bands: [4] } }, 'sequences/outside'],
    ['a formula of no band', { what: { kind: 'index', formula: 'nir / thermal' } }, 'formula/unknown-band'],
    ['a handle of nothing', { sequence: '0'.repeat(32) }, 'data/unknown-handle'],
  ] as const)('refuses %s, and leaves nothing behind', async (_what, part, code) => {
    const before = await waiting()
    const request = { sequence: crops.handle, frame: 0, what: { kind: 'bands', bands: [0] }, mask: null, ...part }
    expect(await codeOf(exported(request as FrameExport))).toBe(code)
    expect(await waiting()).toEqual(before)
  })

  it('deletes a file that nobody fetched when it is let go', async () => {
    const before = await waiting()
    const what = { kind: 'bands' as const, bands: [0] }
    const [file] = await exported({ sequence: crops.handle, frame: 0, what, mask: null })
    expect(await waiting()).toHaveLength(before.length + 1)
    await page.client.sequences.close({ handle: file?.handle ?? '' })
    expect(await waiting()).toEqual(before)
  })

  const folder = realData('modis_mt_dtwsat')
  it.skipIf(folder === null && process.env['CHRONOLENS_REQUIRE_ALL'] !== '1')(
    'keeps a projection that has no code, in the one file',
    async () => {
      const grants = await page.session.grantPaths([folder ?? ''])
      const modis = await page.client.sequences.open({
        grants: grants.map(({ id }) => id),
        sequence: 'modis_mt_dtwsat',
      })
      const what = { kind: 'bands' as const, bands: [4] }
      const files = await exported({ sequence: modis.handle, frame: 7, what, mask: null })
      expect(files).toHaveLength(1)
      const saved = await reopened(files[0] as ExportedFile)
      expect(saved.info.geoTransform).toEqual(modis.info.geoTransform)
      const sphere = (crs: string | null): string[] => (crs ?? '').match(/\+(proj|lon_0|a|b|R)=\S+/g) ?? []
      expect(sphere(saved.info.crs)).toEqual(sphere(modis.info.crs))
      expect(await pixels(saved, 0, [0])).toEqual(await pixels(modis, 7, [4]))
    },
  )

  const shape = { height, width, framesPerSecond: 5, name: 'A movie: of/three' }
  const colours = [
    [200, 40, 30],
    [30, 160, 60],
    [40, 60, 210],
  ] as const
  const picture = ([red, green, blue]: readonly [number, number, number], pixelsIn = height * width): File => {
    const bytes = new Uint8Array(pixelsIn * 4)
    for (let i = 0; i < pixelsIn; i++) bytes.set([red, green, blue, 255], i * 4)
    return new File([bytes], 'picture')
  }

  it.each(['mp4', 'gif'] as const)('makes a movie (%s) that shows the pictures in their order', async (format) => {
    const before = await waiting()
    const { movie } = await page.client.exports.startMovie({ ...shape, format })
    for (const colour of colours) await page.client.exports.addPicture({ movie, picture: picture(colour) })
    const file = await page.client.exports.finishMovie({ movie })
    expect(file.fileName).toBe(`A movie- of-three.${format}`)
    const { handle, info, clip } = await reopened(file)
    expect(info).toMatchObject({ kind: 'video', frames: 3, height, width })
    expect(clip?.frameRate).toBeCloseTo(5, 3)
    for (const [frame, colour] of colours.entries()) {
      const { values } = await page.read(handle, { kind: 'picture', frame, outHeight: height, outWidth: width })
      const middle = (height / 2) * width * 4 + width * 2
      // Lossy and subsampled in MP4, 256 colours in GIF.
      colour.forEach((part, c) => expect(Math.abs((values[middle + c] ?? 0) - part)).toBeLessThan(8))
    }
    await page.client.sequences.close({ handle })
    expect(await waiting()).toEqual(before)
  })

  it('takes back a movie that was given up, and one whose page has gone', async () => {
    const before = await waiting()
    const other = connectByPorts(bench.workbench)
    const { movie } = await page.client.exports.startMovie({ ...shape, format: 'mp4' })
    await other.client.exports.startMovie({ ...shape, format: 'gif' })
    await page.client.exports.addPicture({ movie, picture: picture(colours[0]) })
    await page.client.exports.cancelMovie({ movie })
    await other.close()
    expect(await waiting()).toEqual(before)
    expect(await codeOf(page.client.exports.finishMovie({ movie }))).toBe('data/unknown-handle')
  })

  it('refuses pictures of another size, movies that are too large, and handles that are none', async () => {
    const { movie } = await page.client.exports.startMovie({ ...shape, format: 'mp4' })
    const small = picture(colours[0], 12)
    expect(await codeOf(page.client.exports.addPicture({ movie, picture: small }))).toBe('video/wrong-size')
    expect(await codeOf(page.client.exports.finishMovie({ movie }))).toBe('video/no-pictures')
    const large = { ...shape, height: 3840, width: 3840, format: 'mp4' } as const
    expect(await codeOf(page.client.exports.startMovie(large))).toBe('exports/too-large')
    const { handle } = crops
    expect(await codeOf(page.client.exports.finishMovie({ movie: handle }))).toBe('exports/unknown-movie')
  })
})
