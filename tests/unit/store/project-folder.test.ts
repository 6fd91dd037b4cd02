import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fingerprintData } from '../../../electron/store/data-fingerprint.ts'
import { createProjectFolder, readProject } from '../../../electron/store/project-folder.ts'
import type { ProjectManifest } from '../../../shared/domain/project.ts'

const manifest: ProjectManifest = {
  format: 'chronolens-project',
  version: 1,
  name: 'Fields',
  task: 'land-use',
  createdAt: '2026-01-01T00:00:00.000Z',
  data: [],
  runs: [],
  predictions: [],
  view: { frame: 3 },
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-store-'))
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

describe('a project folder', () => {
  it('is made where nothing is, and read again', async () => {
    await createProjectFolder(join(folder, 'new', 'project'), manifest)
    expect(await readProject(join(folder, 'new', 'project'))).toEqual(manifest)
    expect(await readdir(join(folder, 'new', 'project'))).toEqual(['project.json'])
  })

  it('is not made among other files', async () => {
    await writeFile(join(folder, 'mine.txt'), 'x')
    await expect(createProjectFolder(folder, manifest)).rejects.toMatchObject({ code: 'store/not-empty' })
  })

  it('is not found in a folder without project.json', async () => {
    await expect(readProject(folder)).rejects.toMatchObject({ code: 'project/not-found' })
    await expect(readProject(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'project/not-found' })
  })
})

describe('the fingerprint of data', () => {
  it('stays when the folder is moved, and changes with a name or a size', async () => {
    const [data, moved] = [join(folder, 'data'), join(folder, 'moved')]
    await mkdir(join(data, 'inner'), { recursive: true })
    await writeFile(join(data, 'inner', 'a.tif'), '123')
    await writeFile(join(data, '.hidden'), 'not counted')
    const before = await fingerprintData([data])
    expect(before).toMatchObject({ files: 1, bytes: 3 })
    await rename(data, moved)
    expect(await fingerprintData([moved])).toEqual(before)
    expect(await fingerprintData([data])).toBeNull()
    await rename(join(moved, 'inner', 'a.tif'), join(moved, 'inner', 'b.tif'))
    expect((await fingerprintData([moved]))?.sha256).not.toBe(before?.sha256)
  })

  it('ends where links lead in a circle or nowhere', async () => {
    await writeFile(join(folder, 'a.tif'), '1')
    await symlink(folder, join(folder, 'circle'))
    await symlink(join(folder, 'nowhere'), join(folder, 'dangling'))
    expect(await fingerprintData([folder])).toMatchObject({ files: 1, bytes: 1 })
  })
})
