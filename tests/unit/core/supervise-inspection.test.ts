import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Inspection } from '../../../shared/domain/sequence.ts'
import { NodeComputeStarter } from '../../../electron/core/node-compute-starter.ts'
import { ReaderPool } from '../../../electron/core/reading/reader-pool.ts'
import { superviseInspection } from '../../../electron/core/supervise-inspection.ts'

const starter = new NodeComputeStarter({ reader: fileURLToPath(new URL('./odd-reader.mjs', import.meta.url)) })
const options = { quietMs: 1500, onProgress: () => undefined }
let readers: ReaderPool
beforeEach(() => (readers = new ReaderPool(starter, { memoryLimitBytes: 300 * 2 ** 20 })))
afterEach(() => readers.close())

describe('a supervised inspection', () => {
  it.runIf(process.platform === 'linux')(
    'goes on without the files that hang it, crash it or eat its memory, and reports each',
    async () => {
      const paths = ['good-1', 'hang', 'crash', 'grow', 'good-2']
      const { problems } = (await superviseInspection(readers, { paths }, options).result) as Inspection
      expect(problems.map(({ path, code }) => [path, code])).toEqual([
        ['hang', 'compute/deadline'],
        ['crash', 'compute/crashed'],
        ['grow', 'compute/out-of-memory'],
        ['good-1', 'test/read'],
        ['good-2', 'test/read'],
      ])
    },
  )

  it('gives up when too many files do so', async () => {
    const paths = ['crash-1', 'crash-2', 'crash-3']
    const job = superviseInspection(readers, { paths }, { ...options, attempts: 2 })
    await expect(job.result).rejects.toMatchObject({ code: 'compute/crashed' })
  })

  it('stops at once when cancelled, a file that hangs included', async () => {
    const job = superviseInspection(readers, { paths: ['hang'] }, { ...options, quietMs: 60_000 })
    setTimeout(() => job.cancel(), 300)
    await expect(job.result).rejects.toThrow('Cancelled.')
  })
})
