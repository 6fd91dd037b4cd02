import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openNpy } from '../../../../electron/formats/numpy/npy-array.ts'
import { openNpyRaster } from '../../../../electron/formats/numpy/npy-raster.ts'

interface SavedArray {
  readonly base64: string
  readonly dtype?: string
  readonly box?: readonly number[]
}
const arrays = JSON.parse(readFileSync(new URL('../oracle/npy-arrays.json', import.meta.url), 'utf8')) as Record<
  string,
  SavedArray
>
const plain = Object.entries(arrays).filter(([, { box }]) => box)

const folder = mkdtempSync(join(tmpdir(), 'chronolens-npy-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(name: string): string {
  const path = join(folder, 'array.npy')
  writeFileSync(path, Buffer.from(arrays[name]?.base64 ?? '', 'base64'))
  return path
}

describe('NumPy arrays', () => {
  it.each(plain)('reads a part of an array saved as %s, as numpy does', async (name, saved) => {
    const array = await openNpy(fileOf(name))
    expect(array.header.shape).toEqual([3, 4, 5, 2])
    expect(array.header.isBoolean).toBe(saved.dtype === 'bool')
    if (saved.dtype !== 'bool') expect(array.header.dtype).toBe(saved.dtype)
    expect([...(await array.readBox([1, 2, 1, 1], [2, 2, 3, 1]))]).toEqual(saved.box)
    await array.close()
  })

  it('reads a number without axes', async () => {
    const array = await openNpy(fileOf('scalar'))
    expect([...(await array.readBox([], []))]).toEqual([2.5])
    await array.close()
  })

  it.each(['object', 'complex', 'record'])('refuses an array of type %s (npy/unsupported)', async (name) => {
    await expect(openNpy(fileOf(name))).rejects.toMatchObject({ code: 'npy/unsupported' })
  })

  it('refuses what is no array and what is cut short', async () => {
    const path = join(folder, 'bad.npy')
    writeFileSync(path, 'just a text that is long enough')
    await expect(openNpy(path)).rejects.toMatchObject({ code: 'npy/not-npy' })
    const bytes = Buffer.from(arrays['<f8 C']?.base64 ?? '', 'base64')
    writeFileSync(path, bytes.subarray(0, bytes.length - 1))
    await expect(openNpy(path)).rejects.toMatchObject({ code: 'npy/truncated' })
    writeFileSync(path, bytes.subarray(0, 40))
    await expect(openNpy(path)).rejects.toMatchObject({ code: 'npy/truncated' })
    await expect(openNpy(join(folder, 'none.npy'))).rejects.toMatchObject({ code: 'formats/not-found' })
  })

  it('refuses a part outside the array (npy/outside) and stops when cancelled', async () => {
    const array = await openNpy(fileOf('i1 C'))
    await expect(array.readBox([0, 0, 0, 0], [1, 1, 6, 1])).rejects.toMatchObject({ code: 'npy/outside' })
    await expect(array.readBox([0, 0], [1, 1])).rejects.toMatchObject({ code: 'npy/outside' })
    const cancelled = array.readBox([0, 0, 0, 0], [1, 1, 1, 1], AbortSignal.abort())
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' })
    await array.close()
  })

  it('is a raster with one band per time and channel', async () => {
    const grid = { width: 5, height: 4, geoTransform: [0, 1, 0, 0, 0, -1] as const, crs: null }
    const raster = await openNpyRaster(fileOf('<f4 F'), grid)
    expect(raster.bands.length).toBe(6)
    // numpy: array[1, 2:4, 1:4, 1] is the first half of the recorded box, band 1 × 2 + 1.
    const part = await raster.readWindow(3, { row: 2, column: 1, height: 2, width: 3 })
    expect([...part]).toEqual(arrays['<f4 F']?.box?.slice(0, 6))
    await raster.close()
    await expect(openNpyRaster(fileOf('<f4 F'), { ...grid, width: 6 })).rejects.toMatchObject({ code: 'npy/shape' })
  })
})
