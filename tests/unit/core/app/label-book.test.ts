import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LabelBook } from '../../../../electron/core/app/label-book.ts'
import { OpenProject } from '../../../../electron/core/app/open-project.ts'
import { createProjectFolder } from '../../../../electron/store/project-folder.ts'
import { type LabelChange, noChange } from '../../../../shared/domain/label-changes.ts'
import type { FrameLabel } from '../../../../shared/domain/label-frame.ts'

const classes = [{ name: 'walk', colour: '#112233' }]
const label = (id: string, from: number): FrameLabel => ({
  kind: 'interval',
  id,
  sequence: 'clip',
  label: 'walk',
  from,
  to: from + 5,
})
const adding = (...frames: FrameLabel[]): LabelChange => ({ ...noChange, frames })

describe('the labels of a project', () => {
  let top: string
  let folder: string
  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), 'chronolens-labels-'))
    folder = join(top, 'project')
    await createProjectFolder(folder, {
      format: 'chronolens-project',
      version: 1,
      name: 'Clips',
      task: null,
      createdAt: '2024-01-01T00:00:00Z',
      data: [],
      runs: [],
      predictions: [],
      view: {},
    })
  })
  afterEach(() => rm(top, { recursive: true, force: true }))
  const open = (): Promise<OpenProject> => OpenProject.open(folder, { mayWrite: true, onClosed: () => undefined })

  it('are whole after each of 8 kills at arbitrary moments, and never older than the last save reported', async () => {
    const writer = fileURLToPath(new URL('./kill-loop-labels.mjs', import.meta.url))
    const core = fileURLToPath(new URL('../../../../dist/electron/core', import.meta.url))
    for (let round = 0; round < 8; round++) {
      const child = spawn(process.execPath, [writer, core, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
      let reported = 0
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        reported = Number(text.trim().split('\n').at(-1))
      })
      await once(child.stdout, 'data')
      await new Promise((resolve) => setTimeout(resolve, (round * 7) % 31)) // Spread over the phases of a write.
      child.kill('SIGKILL')
      await once(child, 'close')
      const project = await open()
      const book = await LabelBook.of(project)
      expect(book.revision).toBeGreaterThanOrEqual(reported)
      const { frames } = book.labels('data-1')
      expect([frames.length, new Set(frames.map((one) => (one.kind === 'interval' ? one.from : -1))).size]).toEqual([
        3000, 1,
      ])
      await project.release()
    }
  })

  it('tell a window that saves after the program was started anew to load them again, and keep what it saved', async () => {
    const first = await open()
    const { revision } = await (
      await LabelBook.of(first)
    ).save('data-1', { base: 0, classes, change: adding(label('a', 1)) })
    await (await LabelBook.of(first)).save('data-1', { base: revision, classes: null, change: adding(label('b', 2)) })
    await first.release()
    const again = await open()
    const book = await LabelBook.of(again)
    // The window had seen the first save only, and its program is gone.
    const saved = await book.save('data-1', { base: revision, classes: null, change: adding(label('c', 3)) })
    expect([saved.isStale, saved.overwritten]).toEqual([true, []])
    expect(book.labels('data-1').frames.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    await again.release()
  })

  it('keep a class that labels of other data have, and one that another window has added', async () => {
    const project = await open()
    const book = await LabelBook.of(project)
    const { revision } = await book.save('data-1', { base: 0, classes, change: adding(label('a', 1)) })
    await book.save('data-2', {
      base: revision,
      classes: [...classes, { name: 'run', colour: '#445566' }],
      change: noChange,
    })
    const saved = await book.save('data-2', { base: revision, classes: [], change: noChange })
    expect(saved.classes.map(({ name }) => name)).toEqual(['walk', 'run'])
    expect(book.countsElsewhere('data-2')).toEqual({ walk: 1 })
    const stored = JSON.parse(await readFile(join(folder, 'labels', 'labels.json'), 'utf8')) as Record<string, unknown>
    expect([stored['format'], stored['version'], stored['revision']]).toEqual(['chronolens-labels', 1, 3])
    await project.release()
  })

  it('stay as they were when they cannot be written', async () => {
    const project = await open()
    const book = await LabelBook.of(project)
    await book.save('data-1', { base: 0, classes, change: adding(label('a', 1)) })
    await rm(folder, { recursive: true })
    // A file where the folder was: nothing can be made below it.
    await writeFile(folder, '')
    await expect(book.save('data-1', { base: 1, classes: null, change: adding(label('b', 2)) })).rejects.toMatchObject({
      code: expect.stringMatching(/^store\//) as string,
    })
    expect([book.revision, book.labels('data-1').frames.map(({ id }) => id)]).toEqual([1, ['a']])
  })
})
