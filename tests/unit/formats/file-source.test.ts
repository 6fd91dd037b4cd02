import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFileSource } from '../../../electron/formats/file-source.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronolens-source-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a file read at any place', () => {
  it('gives the bytes asked for, small and large, across its pages', async () => {
    const path = join(folder, 'a.bin')
    const bytes = Buffer.from(Array.from({ length: 40_000 }, (_, i) => (i * 31 + (i >> 8)) % 256))
    writeFileSync(path, bytes)
    const source = await openFileSource(path)
    for (const [offset, length] of [
      [0, 10],
      [16_380, 20],
      [5, 30_000],
      [39_999, 1],
      [40_000, 0],
    ] as const)
      expect((await source.read(offset, length)).equals(bytes.subarray(offset, offset + length))).toBe(true)
    await expect(source.read(39_999, 2)).rejects.toMatchObject({ code: 'formats/truncated' })
    await expect(source.read(-1, 2)).rejects.toMatchObject({ code: 'formats/truncated' })
    await source.close()
    await expect(source.read(0, 30_000)).rejects.toMatchObject({ code: 'formats/closed' })
  })

  it('can be read again after a rest, unless the file was changed meanwhile (formats/changed)', async () => {
    const path = join(folder, 'a.bin')
    writeFileSync(path, Buffer.alloc(10_000, 7))
    const source = await openFileSource(path)
    await source.rest()
    expect((await source.read(0, 9000))[8999]).toBe(7)
    await source.rest()
    appendFileSync(path, 'more')
    await expect(source.read(0, 9000)).rejects.toMatchObject({ code: 'formats/changed' })
    await source.close()
  })

  it('says what is missing and what is no file', async () => {
    await expect(openFileSource(join(folder, 'none'))).rejects.toMatchObject({ code: 'formats/not-found' })
    mkdirSync(join(folder, 'inner'))
    await expect(openFileSource(join(folder, 'inner'))).rejects.toMatchObject({ code: 'formats/not-a-file' })
  })
})
