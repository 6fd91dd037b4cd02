import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkRoots } from '../../../electron/server/check-roots.ts'
import { writeProject } from '../../../electron/store/project-folder.ts'
import type { ProjectManifest } from '../../../shared/domain/project.ts'
import {
  type SocketClient,
  connectBySocket,
  enter,
  startTestServer,
  type TestServer,
} from '../../contract/app/server-fixture.ts'
import { codeOf, samplesFolder } from '../../contract/app/workbench-fixture.ts'

const manifest = (path: string): ProjectManifest => ({
  format: 'chronolens-project',
  version: 1,
  name: 'Planted',
  task: 'land-use',
  createdAt: '2026-01-01T00:00:00Z',
  data: [
    {
      id: 'data-1',
      name: 'x',
      paths: [path],
      sequence: null,
      kinds: [],
      fingerprint: { files: 0, bytes: 0, sha256: '0'.repeat(64) },
    },
  ],
  runs: [],
  predictions: [],
  view: {},
})

describe('what one browser can reach', () => {
  let folder: string
  let server: TestServer
  let mine: SocketClient
  let other: SocketClient

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chronolens-roots-'))
    await mkdir(join(folder, 'root', 'inner'), { recursive: true })
    await mkdir(join(folder, 'root', '.hidden'))
    await mkdir(join(folder, 'root-beside'))
    await mkdir(join(folder, 'outside'))
    await writeFile(join(folder, 'outside', 'secret.csv'), 'secret')
    await writeFile(join(folder, 'root', 'inner', 'note.txt'), 'note')
    await symlink(join(folder, 'outside'), join(folder, 'root', 'way-out'))
    await symlink(join(folder, 'root-beside'), join(folder, 'root', 'beside'))
    await symlink(join(folder, 'nowhere'), join(folder, 'root', 'dangling'))
    await symlink(join(folder, 'root', 'inner'), join(folder, 'root', 'same'))
    server = await startTestServer([join(folder, 'root')])
    mine = await connectBySocket(server, await enter(server))
    other = await connectBySocket(server, await enter(server))
  })
  afterAll(async () => {
    await mine.close()
    await other.close()
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('browses below the roots only: no hidden files, no links that lead out, nothing above', async () => {
    const [root] = await mine.client.files.roots()
    const listing = await mine.client.files.browse({ folder: root?.id ?? '' })
    expect(listing.entries.map(({ grant }) => grant.name)).toEqual(['inner', 'inner'])
    expect(listing.parent).toBeNull()
    const inner = await mine.client.files.browse({ folder: listing.entries[0]?.grant.id ?? '' })
    expect(inner.parent?.id).toBe(root?.id)
    expect(JSON.stringify([listing, inner])).not.toContain(folder)
  })

  it('opens nothing in a folder that holds a link out', async () => {
    const [root] = await mine.client.files.roots()
    const grants = [root?.id ?? '']
    await expect(codeOf(mine.client.sequences.inspect({ grants }))).resolves.toBe('files/link-outside')
    await expect(codeOf(mine.client.sequences.open({ grants }))).resolves.toBe('files/link-outside')
    await expect(codeOf(mine.client.projects.create({ name: 'x', data: grants }))).resolves.toBe('files/link-outside')
  })

  it('grants roots for reading only', async () => {
    const [root] = await mine.client.files.roots()
    const [sample] = await mine.client.files.samples()
    const create = mine.client.projects.create({ name: 'x', parent: root?.id, data: [sample?.data.id ?? ''] })
    await expect(codeOf(create)).resolves.toBe('files/not-writable-grant')
  })

  it('has no dialog', async () => {
    await expect(codeOf(mine.client.files.pick({ purpose: 'data' }))).resolves.toBe('files/no-dialog')
  })

  it('uses no grant, handle or project of another session', async () => {
    const [sample] = await mine.client.files.samples()
    const grant = sample?.data.id ?? ''
    const { handle } = await mine.client.sequences.open({ grants: [grant] })
    const { id: project } = await mine.client.projects.create({ name: 'Mine', data: [grant] })
    const { job } = await mine.client.sequences.inspect({ grants: [grant] })
    const read = { kind: 'file' } as const
    await expect(codeOf(other.client.sequences.open({ grants: [grant] }))).resolves.toBe('files/unknown-grant')
    await expect(codeOf(other.client.sequences.series({ handle, row: 0, column: 0 }))).resolves.toBe(
      'data/unknown-handle',
    )
    await expect(codeOf(other.read(handle, read))).resolves.toBe('data/unknown-handle')
    await expect(codeOf(mine.read(handle, read))).resolves.toBe('data/wrong-kind')
    await expect(codeOf(other.client.projects.get({ project }))).resolves.toBe('projects/unknown')
    await expect(codeOf(other.client.sequences.found({ job }))).resolves.toBe('jobs/unknown')
  })

  it('does not let a project file name data outside the roots', async () => {
    const planted = join(folder, 'root', 'inner', 'planted')
    await mkdir(planted, { recursive: true })
    await writeProject(planted, manifest(join(folder, 'outside')))
    const [root] = await mine.client.files.roots()
    const { entries } = await mine.client.files.browse({ folder: root?.id ?? '' })
    const inner = await mine.client.files.browse({ folder: entries[0]?.grant.id ?? '' })
    const grant = inner.entries.find((entry) => entry.grant.name === 'planted')?.grant
    expect(grant).toMatchObject({ isProject: true, access: 'read' })
    await expect(codeOf(mine.client.projects.open({ folder: grant?.id ?? '' }))).resolves.toBe('projects/data-outside')
  })

  it('does not let a project file name folders by the ids of its parts', async () => {
    const planted = join(folder, 'root', 'inner', 'planted-ids')
    await mkdir(planted, { recursive: true })
    const run = {
      id: '../../..',
      name: 'x',
      data: 'data-1',
      createdAt: '',
      request: { task: 'land-use', seed: 0, set: {} },
    }
    await writeProject(planted, { ...manifest(samplesFolder), runs: [run as never] })
    const [root] = await mine.client.files.roots()
    const { entries } = await mine.client.files.browse({ folder: root?.id ?? '' })
    const inner = await mine.client.files.browse({ folder: entries[0]?.grant.id ?? '' })
    const grant = inner.entries.find((entry) => entry.grant.name === 'planted-ids')?.grant
    await expect(codeOf(mine.client.projects.open({ folder: grant?.id ?? '' }))).resolves.toBe('project/damaged')
  })

  it.each([
    ['labels', '/etc/passwd'],
    ['sequence', '../..'],
    ['__proto__', 'x'],
    ['crs', '+proj=longlat'],
  ])('passes on no setting that a form does not offer: %s', async (key, value) => {
    const [sample] = await mine.client.files.samples()
    const { id: project } = await mine.client.projects.create({ name: 'Set', data: [sample?.data.id ?? ''] })
    const set = Object.fromEntries([[key, value]])
    const start = mine.client.training.start({ project, data: 'data-1', set })
    // `__proto__` does not survive the way here, so the training itself starts.
    const expected =
      key === '__proto__' ? ['no error', 'usage/unknown-setting', 'BAD_REQUEST'] : ['usage/unknown-setting']
    const found = await codeOf(start)
    for (const { id, state } of await mine.client.jobs.list())
      if (state === 'running') await mine.client.jobs.cancel({ job: id })
    expect(expected).toContain(found)
  })
})

describe('folders that are not served', () => {
  it.each([
    ['the home folder', () => homedir()],
    ['the folder of everything', () => '/'],
    ['a folder that is not there', () => join(tmpdir(), 'chronolens-not-there')],
  ])('refuses %s as a root', async (_what, root) => {
    await expect(codeOf(checkRoots([root()], join(tmpdir(), 'own')))).resolves.toBe('server/root-refused')
  })

  it("refuses the program's own folder, what is in it and what holds it", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chronolens-own-'))
    const own = join(folder, 'own')
    await mkdir(join(own, 'projects'), { recursive: true })
    for (const root of [folder, own, join(own, 'projects')])
      await expect(codeOf(checkRoots([root], own))).resolves.toBe('server/root-refused')
    await rm(folder, { recursive: true })
  })
})
