import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findSequences } from '../../../electron/formats/open-sequences.ts'
import { listingOf, scanPaths } from '../../../electron/formats/scan-folder.ts'
import type { Progress } from '../../../shared/base/progress.ts'

const count = 3000

describe('a folder with very many files', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chronolens-many-'))
    for (let part = 0; part < 3; part++) {
      await mkdir(join(folder, `part-${part}`))
      const names = Array.from({ length: count / 3 }, (_, i) => join(folder, `part-${part}`, `${i}.txt`))
      await Promise.all(names.map((name) => writeFile(name, 'text')))
    }
    await symlink(folder, join(folder, 'part-0', 'circle'))
    await symlink(join(folder, 'nowhere'), join(folder, 'part-1', 'broken'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('is listed whole, in natural order, with what cannot be read', async () => {
    const { files, problems } = await scanPaths([folder])
    expect(files).toHaveLength(count)
    expect(files.slice(0, 3).map(({ relative }) => relative.split('/').at(-1))).toEqual(['0.txt', '1.txt', '2.txt'])
    expect(problems.map(({ code }) => code)).toEqual(['formats/not-found'])
  })

  it('gives signs of life while it is listed and looked at', async () => {
    const reports: Progress[] = []
    const { problems } = await findSequences([folder], { report: (progress) => reports.push(progress) })
    expect(problems.filter(({ code }) => code === 'formats/not-a-sequence')).toHaveLength(count)
    const steps = (stage: string): number[] => reports.filter((report) => report.stage === stage).map((r) => r.done)
    const largest = (done: number[]): number => Math.max(...done.map((value, i) => value - (done[i - 1] ?? 0)))
    expect(largest(steps('Listing files'))).toBeLessThanOrEqual(64)
    expect(largest(steps('Looking at files'))).toBeLessThanOrEqual(64)
    expect(reports.filter(({ stage }) => stage === 'Looking at files').every(({ total }) => total === count)).toBe(true)
  })

  it.each(['Listing files', 'Looking at files'])('can be cancelled (%s)', async (stage) => {
    const abort = new AbortController()
    let reportsAfter = 0
    const report = (progress: Progress): void => {
      if (abort.signal.aborted) reportsAfter++
      if (progress.stage === stage && progress.done > 100) abort.abort()
    }
    await expect(findSequences([folder], { report, signal: abort.signal })).rejects.toThrow('Cancelled.')
    expect(reportsAfter).toBe(0)
  })

  it('has the same listing until a file changes', async () => {
    const before = await listingOf([folder])
    expect(await listingOf([folder])).toBe(before)
    await utimes(join(folder, 'part-2', '7.txt'), 1000, 1000)
    const touched = await listingOf([folder])
    expect(touched).not.toBe(before)
    await writeFile(join(folder, 'part-2', 'more.txt'), '')
    expect(await listingOf([folder])).not.toBe(touched)
    await rm(join(folder, 'part-2', 'more.txt'))
  })
})
