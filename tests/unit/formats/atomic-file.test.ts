import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAtomicFile, toWriteError, writeTextAtomically } from '../../../electron/formats/atomic-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronolens-atomic-'))
})
afterEach(() => {
  chmodSync(folder, 0o755)
  rmSync(folder, { recursive: true })
})

describe('a file that appears only when complete', () => {
  it('keeps the old content until it is committed, and leaves no other file', async () => {
    const path = join(folder, 'map.tif')
    writeFileSync(path, 'old')
    const file = await createAtomicFile(path)
    await file.write(Buffer.from('world'), 6)
    await file.write(Buffer.from('hello '), 0)
    expect(readFileSync(path, 'utf8')).toBe('old')
    await file.commit()
    expect(readFileSync(path, 'utf8')).toBe('hello world')
    expect(readdirSync(folder)).toEqual(['map.tif'])
    await file.discard()
    expect(readdirSync(folder)).toEqual(['map.tif'])
  })

  it('leaves nothing when it is discarded', async () => {
    const file = await createAtomicFile(join(folder, 'map.tif'))
    await file.write(Buffer.from('x'), 0)
    await file.discard()
    await file.discard()
    expect(readdirSync(folder)).toEqual([])
  })

  it.skipIf(process.getuid?.() === 0)('says that a folder may not be written (store/not-writable)', async () => {
    chmodSync(folder, 0o555)
    await expect(writeTextAtomically(join(folder, 'a.txt'), 'x')).rejects.toMatchObject({ code: 'store/not-writable' })
  })

  it.each([
    ['ENOSPC', 'store/no-space'],
    ['EDQUOT', 'store/no-space'],
    ['EACCES', 'store/not-writable'],
    ['EROFS', 'store/not-writable'],
    ['ENOENT', 'store/not-writable'],
    ['EIO', 'store/write-failed'],
  ])('turns the system error %s into %s', (system, code) => {
    const error = Object.assign(new Error('system says no'), { code: system })
    expect(toWriteError(error, '/data/map.tif')).toMatchObject({
      code,
      message: expect.stringContaining('/data/map.tif') as string,
    })
  })
})
