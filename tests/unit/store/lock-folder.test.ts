import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from '../../../electron/store/lock-folder.ts'
import { prepareModelFolder } from '../../../electron/store/model-folder.ts'

let root: string
let folder: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'chronolens-lock-'))
  folder = join(root, 'model')
})
afterEach(() => rm(root, { recursive: true, force: true }))

const module = fileURLToPath(new URL('../../../dist/electron/store/lock-folder.js', import.meta.url))
const holder = (): ReturnType<typeof spawn> =>
  spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { lockFolder } from ${JSON.stringify(module)}; await lockFolder(${JSON.stringify(folder)}, { waitMs: 0 }); console.log('held'); setInterval(() => {}, 1000)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )

describe('lockFolder', () => {
  it('creates the folder, and leaves none behind when nothing was written', async () => {
    const release = await lockFolder(folder, { waitMs: 0 })
    expect(await prepareModelFolder(folder, { resume: false })).toBe('empty')
    await release()
    expect(await readdir(root)).toEqual([])
  })

  it('refuses a folder that another process holds, and takes it over once that process was killed', async () => {
    const child = holder()
    await once(child.stdout as NodeJS.EventEmitter, 'data')
    await expect(lockFolder(folder, { waitMs: 0 })).rejects.toMatchObject({
      code: 'store/in-use',
      details: { pid: child.pid },
    })
    child.kill('SIGKILL')
    await once(child, 'exit')
    const release = await lockFolder(folder, { waitMs: 0 })
    await release()
  })

  it('waits for a process that is about to end', async () => {
    const child = holder()
    await once(child.stdout as NodeJS.EventEmitter, 'data')
    const release = await lockFolder(folder, { waitMs: 30_000, onWait: () => child.kill('SIGKILL') })
    await release()
  })

  it.runIf(process.platform === 'linux')('is not fooled by a process id that was given out again', async () => {
    await mkdir(folder)
    const stale = { pid: process.pid, host: hostname(), startedAt: '1' }
    await writeFile(join(folder, '.lock'), JSON.stringify(stale))
    await (
      await lockFolder(folder, { waitMs: 0 })
    )()
  })

  it('cannot know about a process on another machine, and says what to do', async () => {
    await mkdir(folder)
    await writeFile(join(folder, '.lock'), JSON.stringify({ pid: 1, host: 'elsewhere', startedAt: null }))
    await expect(lockFolder(folder, { waitMs: 0 })).rejects.toMatchObject({
      code: 'store/in-use',
      message: expect.stringContaining('delete') as string,
    })
  })

  it('stops waiting when cancelled', async () => {
    const controller = new AbortController()
    const release = await lockFolder(folder, { waitMs: 0 })
    const waiting = lockFolder(folder, { waitMs: 30_000, signal: controller.signal, onWait: () => controller.abort() })
    await expect(waiting).rejects.toThrow('Cancelled.')
    await release()
  })
})
