import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashData } from '../../../electron/store/hash-data.ts'

let root: string
let folder: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'chronolens-hash-'))
  folder = join(root, 'data')
  await mkdir(join(folder, 'b'), { recursive: true })
  await writeFile(join(folder, 'b', 'two.tif'), 'twotwo')
  await writeFile(join(folder, 'one.csv'), 'one')
})
afterEach(() => rm(root, { recursive: true, force: true }))

const sha = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('hashData', () => {
  it('is SHA-256 over sorted names and contents', async () => {
    const expected = sha(`b/two.tif\n${sha('twotwo')}\none.csv\n${sha('one')}\n`)
    expect(await hashData(folder)).toEqual({ name: 'data', sha256: expected, files: 2, bytes: 9 })
  })

  it('does not depend on where the folder lies, and ignores dot files', async () => {
    const before = await hashData(folder)
    await rename(folder, join(root, 'moved'))
    await writeFile(join(root, 'moved', '.DS_Store'), 'x')
    expect((await hashData(join(root, 'moved'))).sha256).toBe(before.sha256)
  })

  it.each([
    ['a content', () => writeFile(join(folder, 'one.csv'), 'onf')],
    ['a name', () => rename(join(folder, 'one.csv'), join(folder, 'onf.csv'))],
  ])('changes with %s', async (_, change) => {
    const before = await hashData(folder)
    await change()
    expect((await hashData(folder)).sha256).not.toBe(before.sha256)
  })

  it('takes a single file', async () => {
    expect(await hashData(join(folder, 'one.csv'))).toMatchObject({ name: 'one.csv', files: 1, bytes: 3 })
  })

  it('says that the folder does not exist', async () => {
    await expect(hashData(join(root, 'none'))).rejects.toMatchObject({ code: 'store/not-found' })
  })

  it('stops when cancelled', async () => {
    await expect(hashData(folder, { signal: AbortSignal.abort() })).rejects.toThrow('Cancelled.')
  })
})
