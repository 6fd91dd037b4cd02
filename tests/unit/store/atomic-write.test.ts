import { constants } from 'node:os'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFileAtomic } from '../../../electron/store/atomic-write.ts'
import { toReadError, toWriteError } from '../../../electron/store/store-error.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-atomic-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const systemError = (code: string): Error => Object.assign(new Error(`${code}: test`), { code })

describe('writeFileAtomic', () => {
  it('writes text, bytes and pieces', async () => {
    const path = join(folder, 'file')
    await writeFileAtomic(path, 'text')
    expect(await readFile(path, 'utf8')).toBe('text')
    await writeFileAtomic(path, [Buffer.from('pie'), Buffer.from('ces')])
    expect(await readFile(path, 'utf8')).toBe('pieces')
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('keeps the older file and leaves nothing behind when making the content fails', async () => {
    const path = join(folder, 'file')
    await writeFileAtomic(path, 'older')
    const failing = async function* () {
      await Promise.resolve()
      yield Buffer.from('half')
      throw systemError('ENOSPC')
    }
    await expect(writeFileAtomic(path, failing())).rejects.toMatchObject({ code: 'store/no-space' })
    expect(await readFile(path, 'utf8')).toBe('older')
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('stops when cancelled, keeping the older file', async () => {
    const path = join(folder, 'file')
    await writeFile(path, 'older')
    const controller = new AbortController()
    const pieces = function* () {
      yield Buffer.from('half')
      controller.abort()
      yield Buffer.from('whole')
    }
    await expect(writeFileAtomic(path, pieces(), controller.signal)).rejects.toThrow('Cancelled.')
    expect(await readFile(path, 'utf8')).toBe('older')
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('says that the folder does not exist', async () => {
    await expect(writeFileAtomic(join(folder, 'none', 'file'), 'x')).rejects.toMatchObject({
      code: 'store/not-writable',
      message: expect.stringContaining('does not exist') as string,
    })
  })

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full (a device that always is)', async () => {
    const { open } = await import('node:fs/promises')
    const device = await open('/dev/full', 'w')
    const error: unknown = await device.writeFile('x').catch((reason: unknown) => reason)
    await device.close()
    expect(toWriteError(error, '/dev/full')).toMatchObject({ code: 'store/no-space' })
  })
})

describe('errors of the file system', () => {
  it.each([
    ['ENOSPC', 'store/no-space'],
    ['EDQUOT', 'store/no-space'],
    ['EACCES', 'store/not-writable'],
    ['EROFS', 'store/not-writable'],
    ['EMFILE', 'store/too-many-files'],
    ['EIO', 'store/write-failed'],
  ])('%s while writing becomes %s and names the file', (system, code) => {
    expect(constants.errno).toHaveProperty(system)
    expect(toWriteError(systemError(system), '/a/b')).toMatchObject({
      code,
      message: expect.stringContaining('"/a/b"') as string,
    })
  })

  it.each([
    ['ENOENT', 'store/not-found'],
    ['EACCES', 'store/not-readable'],
    ['EISDIR', 'store/not-readable'],
  ])('%s while reading becomes %s', (system, code) => {
    expect(toReadError(systemError(system), '/a/b')).toMatchObject({ code })
  })

  it('that are none of the system’s pass through unchanged', () => {
    const error = new Error('bug')
    expect(toWriteError(error, '/a')).toBe(error)
  })
})
