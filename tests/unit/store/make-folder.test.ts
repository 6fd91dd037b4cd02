import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder } from '../../../electron/store/make-folder.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('makeFolder', () => {
  it('makes a folder and those above it, and is content when it is there', async () => {
    const path = join(folder, 'a', 'b', 'c')
    await makeFolder(path)
    await makeFolder(path)
    expect((await stat(path)).isDirectory()).toBe(true)
  })

  it('fails where a file stands in the way', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(makeFolder(join(file, 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  it.skipIf(process.platform !== 'linux')('fails at once below /proc, where Node’s own way never returns', async () => {
    await expect(makeFolder('/proc/chronolens/model')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
