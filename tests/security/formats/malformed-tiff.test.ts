import { execFileSync, fork } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { inspectPathsGuarded } from '../../../electron/formats/guarded-inspect.ts'
import { realData } from '../../unit/formats/real-data.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const formats = join(root, 'dist/electron/formats')
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const corpus = realData('malformed_tiff')

const deadlineMs = 10_000
const rssLimitBytes = 2 * 1024 ** 3

// The children run compiled code, as the product does.
beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'electron/formats'], {
    cwd: root,
  })
}, 180_000)

interface Outcome {
  readonly path: string
  readonly outcome: string
  readonly milliseconds: number
  readonly peakBytes: number
}

/** Reads the files one after another in a child; a file that kills it or keeps it silent is its outcome, and a new child goes on. */
async function readAll(paths: readonly string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let left = [...paths]
  while (left.length > 0) {
    await new Promise<void>((resolve) => {
      const child = fork(here('read-everything.mjs'), [
        join(formats, 'geotiff/geotiff-raster.js'),
        join(root, 'dist/shared/base/app-error.js'),
      ])
      let current: string | null = null
      let timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
      child.on('message', (message: Partial<Outcome> & { begun?: string }) => {
        clearTimeout(timer)
        timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
        if (message.begun !== undefined) current = message.begun
        else {
          outcomes.push(message as Outcome)
          left = left.filter((path) => path !== message.path)
          current = null
        }
      })
      child.on('close', () => {
        clearTimeout(timer)
        if (current !== null || left.length === paths.length) {
          const path = current ?? left[0] ?? ''
          outcomes.push({
            path,
            outcome: 'killed the reader or ran past the deadline',
            milliseconds: deadlineMs,
            peakBytes: 0,
          })
          left = left.filter((other) => other !== path)
        }
        resolve()
      })
      child.send(left)
    })
  }
  return outcomes
}

describe.skipIf(!corpus)('the crash corpus of TIFF files', () => {
  const files = corpus
    ? readdirSync(corpus, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : []

  it('is read, or gives an AppError, within 10 seconds and 2 GiB per file', { timeout: 300_000 }, async () => {
    const outcomes = await readAll(files)
    expect(outcomes.length).toBe(files.length)
    const bad = outcomes.filter(({ outcome }) => outcome !== 'read' && !/^(geotiff|formats)\/[a-z-]+$/.test(outcome))
    expect(bad).toEqual([])
    expect(Math.max(...outcomes.map(({ milliseconds }) => milliseconds))).toBeLessThan(deadlineMs)
    expect(Math.max(...outcomes.map(({ peakBytes }) => peakBytes))).toBeLessThan(rssLimitBytes)
    const images = outcomes.filter(({ path }) => path.includes('/images/'))
    const unread = images.filter(({ outcome }) => outcome !== 'read').map(({ path }) => path.split('/').at(-1))
    // Fax and LogLuv codings and a predictor of 12-bit samples are the only valid files that are not supported.
    expect(unread.sort()).toEqual([
      'big_g4.tif',
      'fax4.tiff',
      'hpredict-1c-12b.tiff',
      'imagemagick_group4.tiff',
      'logluv-3c-16b.tiff',
    ])
  })

  it('is inspected as a folder, every fuzz file a problem and every image a sequence', async () => {
    const inspection = await inspectPathsGuarded([corpus ?? ''], { childPath: join(formats, 'inspect-child.js') })
    expect(inspection.sequences.length).toBeGreaterThan(50)
    expect(inspection.problems.every(({ code }) => /^(geotiff|formats)\//.test(code))).toBe(true)
  })
})

describe('looking into files in a process of its own', () => {
  const childPath = here('stubborn-child.mjs')

  it('blames the file that hangs, the one that crashes and the one that fills the memory, and finishes', async () => {
    const paths = ['/a/good', '/a/hang', '/a/crash', '/a/heap']
    const inspection = await inspectPathsGuarded(paths, { childPath, deadlineMs: 1500, rssLimitBytes: 256 * 1024 ** 2 })
    expect(inspection.problems.map(({ path, code }) => [path, code])).toEqual([
      ['/a/hang', 'formats/too-slow'],
      ['/a/crash', 'formats/reader-crashed'],
      ['/a/heap', 'formats/too-much-memory'],
    ])
  })

  it('ends a process whose memory outside the JavaScript heap grows beyond the limit', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chronolens-guard-'))
    writeFileSync(join(folder, 'note.txt'), 'nothing to read')
    // No Node process fits into 16 MiB, so the watch must end the child before it answers.
    const running = inspectPathsGuarded([folder], {
      childPath: join(formats, 'inspect-child.js'),
      rssLimitBytes: 16 * 1024 ** 2,
    })
    const outcome = await running.catch((error: unknown) => error)
    rmSync(folder, { recursive: true })
    expect(outcome).toMatchObject({
      code: 'formats/guard-failed',
      message: expect.stringContaining('memory limit') as string,
    })
  })

  it('ends the process when cancelled', async () => {
    const controller = new AbortController()
    const running = inspectPathsGuarded(['/a/hang'], { childPath, signal: controller.signal })
    setTimeout(() => controller.abort(), 300)
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    await expect(inspectPathsGuarded(['/a'], { childPath, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })

  it('passes on the errors of the child (formats/not-found) and of a child that cannot start', async () => {
    const real = join(formats, 'inspect-child.js')
    await expect(inspectPathsGuarded(['/no/such/folder'], { childPath: real })).rejects.toMatchObject({
      code: 'formats/not-found',
    })
    await expect(inspectPathsGuarded(['/a'], { childPath: here('no-such-child.mjs') })).rejects.toMatchObject({
      code: 'formats/guard-failed',
    })
  })
})
