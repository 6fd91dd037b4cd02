import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { AppError } from '../../../../shared/base/app-error.ts'
import { openGeoTiff } from '../../../../electron/formats/geotiff/geotiff-raster.ts'
import { encodeDirectory, headerBytes, type TagToWrite } from '../../../../electron/formats/geotiff/write-directory.ts'

const folder = mkdtempSync(join(tmpdir(), 'chronolens-scan-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pixelBytes = 12
/** A correct 4 × 3 image of bytes, before one thing in it is changed. */
const goodTags: readonly TagToWrite[] = [
  { tag: 256, type: 'long', values: [4] },
  { tag: 257, type: 'long', values: [3] },
  { tag: 258, type: 'short', values: [8] },
  { tag: 259, type: 'short', values: [1] },
  { tag: 262, type: 'short', values: [1] },
  { tag: 273, type: 'offset', values: [headerBytes] },
  { tag: 277, type: 'short', values: [1] },
  { tag: 278, type: 'long', values: [3] },
  { tag: 279, type: 'offset', values: [pixelBytes] },
]

function tiff(changes: readonly TagToWrite[] = [], bigTiff = false, littleEndian = true): Buffer {
  const changed = new Map([...goodTags, ...changes].map((tag) => [tag.tag, tag]))
  const at = headerBytes + pixelBytes
  const { header, directory } = encodeDirectory([...changed.values()], at, bigTiff, littleEndian)
  return Buffer.concat([header, Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), directory])
}

function stored(bytes: Buffer): string {
  const path = join(folder, 'case.tif')
  writeFileSync(path, bytes)
  return path
}

async function codeOf(bytes: Buffer): Promise<string> {
  try {
    const raster = await openGeoTiff(stored(bytes))
    await raster.close()
    return 'opened'
  } catch (error) {
    expect(error).toBeInstanceOf(AppError)
    return (error as AppError).code
  }
}

describe('the check of a TIFF header before anything is decoded', () => {
  it.each([
    [false, true],
    [false, false],
    [true, true],
    [true, false],
  ])('opens a correct file (BigTIFF %s, little endian %s)', async (bigTiff, littleEndian) => {
    const raster = await openGeoTiff(stored(tiff([], bigTiff, littleEndian)))
    expect([...(await raster.readWindow(0, { row: 1, column: 1, width: 2, height: 2 }))]).toEqual([6, 7, 10, 11])
    await raster.close()
  })

  it('refuses what is not a TIFF (geotiff/not-tiff)', async () => {
    expect(await codeOf(Buffer.from('hello, I am a text file'))).toBe('geotiff/not-tiff')
    expect(await codeOf(Buffer.from('II'))).toBe('geotiff/not-tiff')
    expect(await codeOf(Buffer.alloc(0))).toBe('geotiff/not-tiff')
    expect(await codeOf(Buffer.from('II*\0'))).toBe('geotiff/not-tiff')
  })

  it.each([0.2, 0.5, 0.9])('refuses a file cut at %f of its length (geotiff/truncated)', async (share) => {
    const bytes = tiff()
    const code = await codeOf(bytes.subarray(0, Math.floor(bytes.length * share)))
    expect(['geotiff/truncated', 'geotiff/hostile-header']).toContain(code)
  })

  it('refuses directories in a loop (geotiff/hostile-header)', async () => {
    const bytes = tiff()
    const at = headerBytes + pixelBytes
    bytes.writeUInt32LE(at, at + 2 + goodTags.length * 12)
    expect(await codeOf(bytes)).toBe('geotiff/hostile-header')
  })

  it.each<[string, TagToWrite[], string]>([
    ['no width', [{ tag: 256, type: 'long', values: [0] }], 'geotiff/hostile-header'],
    ['four billion columns', [{ tag: 256, type: 'long', values: [4294967295] }], 'geotiff/hostile-header'],
    [
      'a huge image in a small file',
      [
        { tag: 256, type: 'long', values: [30000] },
        { tag: 257, type: 'long', values: [30000] },
        { tag: 278, type: 'long', values: [30000] },
      ],
      'geotiff/hostile-header',
    ],
    ['a strip beyond the end', [{ tag: 273, type: 'offset', values: [5000] }], 'geotiff/truncated'],
    ['fewer strips than rows need', [{ tag: 278, type: 'long', values: [1] }], 'geotiff/hostile-header'],
    ['strips without rows', [{ tag: 278, type: 'long', values: [0] }], 'geotiff/hostile-header'],
    [
      'tiles without width',
      [
        { tag: 322, type: 'long', values: [0] },
        { tag: 323, type: 'long', values: [16] },
        { tag: 324, type: 'offset', values: [16] },
      ],
      'geotiff/hostile-header',
    ],
    ['no bands', [{ tag: 277, type: 'short', values: [0] }], 'geotiff/hostile-header'],
    ['complex numbers', [{ tag: 339, type: 'short', values: [6] }], 'geotiff/unsupported'],
    [
      '24-bit floats',
      [
        { tag: 339, type: 'short', values: [3] },
        { tag: 258, type: 'short', values: [24] },
      ],
      'geotiff/unsupported',
    ],
  ])('refuses %s', async (_, changes, code) => {
    expect(await codeOf(tiff(changes))).toBe(code)
  })

  it('refuses a compressed block that would grow beyond its size (geotiff/damaged-block)', async () => {
    // A deflate stream of zeros that is ten times longer than the block it stands for.
    const { deflateSync } = await import('node:zlib')
    const bomb = deflateSync(Buffer.alloc(1_000_000))
    const at = headerBytes + bomb.length
    const changes: TagToWrite[] = [
      { tag: 259, type: 'short', values: [8] },
      { tag: 279, type: 'offset', values: [bomb.length] },
    ]
    const tags = new Map([...goodTags, ...changes].map((tag) => [tag.tag, tag]))
    const { header, directory } = encodeDirectory([...tags.values()], at, false, true)
    const raster = await openGeoTiff(stored(Buffer.concat([header, bomb, directory])))
    const read = raster.readWindow(0, { row: 0, column: 0, width: 4, height: 3 })
    await expect(read).rejects.toMatchObject({ code: 'geotiff/damaged-block' })
    await raster.close()
  })

  it('either reads or gives an AppError for 500 files with random bytes changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        async (bigTiff, changes) => {
          const bytes = tiff([], bigTiff)
          for (const [at, value] of changes) bytes[at % bytes.length] = value
          const path = stored(bytes)
          try {
            const raster = await openGeoTiff(path)
            const { width, height } = raster.grid
            await raster.readWindow(0, { row: 0, column: 0, width, height }).finally(() => raster.close())
          } catch (error) {
            expect(error).toBeInstanceOf(AppError)
          }
        },
      ),
      { seed: 3, numRuns: 500 },
    )
  })
})
