import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { headBytes, HeadReader, headsAtOnce, headSource } from '../../../electron/formats/file-head.ts'

const bytes = Buffer.from(Array.from({ length: headBytes + 9000 }, (_, i) => (i * 31 + (i >> 8)) % 256))
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronolens-head-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, content: Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('the beginnings of files', () => {
  it('are read in order, whole where a file is short, with the size of each', async () => {
    const paths = [
      write('long', bytes),
      write('short', bytes.subarray(0, 7)),
      write('empty', Buffer.alloc(0)),
      join(folder, 'none'),
      join(folder, 'inner'),
    ]
    mkdirSync(join(folder, 'inner'))
    const [long, short, empty, none, inner] = await new HeadReader().readSome(paths)
    expect(long).toMatchObject({ size: bytes.length, bytes: bytes.subarray(0, headBytes) })
    expect(short).toMatchObject({ size: 7, bytes: bytes.subarray(0, 7) })
    expect(empty).toMatchObject({ size: 0, bytes: Buffer.alloc(0) })
    expect(none).toMatchObject({ code: 'formats/not-found' })
    expect(inner).toMatchObject({ code: 'formats/unreadable' })
  })

  it('are read for so many files at a time and no more', async () => {
    const paths = Array.from({ length: headsAtOnce + 3 }, (_, i) => write(`f${i}`, Buffer.of(i)))
    const heads = await new HeadReader().readSome(paths)
    expect(heads.map((head) => (head instanceof Error ? head.message : head.bytes[0]))).toEqual(
      Array.from({ length: headsAtOnce }, (_, i) => i),
    )
  })

  it.each([true, false])('stand for the file, which is opened for what lies beyond (near: %s)', async (isNear) => {
    const path = write('a', bytes)
    const source = headSource(path, { size: bytes.length, modifiedMs: 0, bytes: bytes.subarray(0, headBytes), isNear })
    for (const [offset, length] of [
      [0, 10],
      [headBytes - 5, 5],
      [headBytes - 5, 6],
      [headBytes + 100, 8000],
      [bytes.length, 0],
    ] as const)
      expect((await source.read(offset, length)).equals(bytes.subarray(offset, offset + length))).toBe(true)
    await expect(source.read(bytes.length - 1, 2)).rejects.toMatchObject({ code: 'formats/truncated' })
    await source.close()
  })

  it.each([true, false])(
    'tell when the file became shorter, or went, since they were read (near: %s)',
    async (isNear) => {
      const path = write('a', bytes)
      const head = { size: bytes.length, modifiedMs: 0, bytes: bytes.subarray(0, headBytes), isNear }
      truncateSync(path, headBytes)
      await expect(headSource(path, head).read(headBytes, 4)).rejects.toMatchObject({ code: 'formats/truncated' })
      rmSync(path)
      await expect(headSource(path, head).read(headBytes, 4)).rejects.toMatchObject({ code: 'formats/not-found' })
    },
  )
})
