import { execFileSync, fork } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { inspectPaths } from '../../../electron/formats/open-sequences.ts'
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
    const inspection = await inspectPaths([corpus ?? ''])
    expect(inspection.sequences.length).toBeGreaterThan(50)
    expect(inspection.problems.every(({ code }) => /^(geotiff|formats)\//.test(code))).toBe(true)
  })
})
