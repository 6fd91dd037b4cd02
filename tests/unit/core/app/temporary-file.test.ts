import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sweepTemporaryFolders, temporaryFolder } from '../../../../electron/core/app/temporary-file.ts'

describe('temporary folders', () => {
  let parent: string
  beforeEach(() => (parent = mkdtempSync(join(tmpdir(), 'chronolens-test-'))))
  afterEach(() => rmSync(parent, { recursive: true, force: true }))

  it.skipIf(process.platform === 'win32')('are for this user alone', async () => {
    expect((await stat(await temporaryFolder(parent))).mode & 0o777).toBe(0o700)
  })

  it('of programs that have ended are removed, others stay', async () => {
    const mine = await temporaryFolder(parent)
    // The number of a process that has surely ended.
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const left = join(parent, `chronolens-export-${pid}-AbCdEf`)
    const foreign = ['chronolens-export-x-AbCdEf', 'chronolens-exports', `other-${pid}-AbCdEf`]
    for (const name of [left, ...foreign.map((other) => join(parent, other))]) {
      await mkdir(name)
      await writeFile(join(name, 'movie.mp4'), 'x')
    }
    await sweepTemporaryFolders(parent)
    expect((await readdir(parent)).map((name) => join(parent, name)).sort()).toEqual(
      [mine, ...foreign.map((name) => join(parent, name))].sort(),
    )
  })
})
