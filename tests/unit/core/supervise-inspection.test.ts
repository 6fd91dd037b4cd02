import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Inspection } from '../../../shared/domain/sequence.ts'
import { NodeComputeStarter } from '../../../electron/core/node-compute-starter.ts'
import { superviseInspection } from '../../../electron/core/supervise-inspection.ts'

const starter = new NodeComputeStarter(fileURLToPath(new URL('./odd-inspection.mjs', import.meta.url)))
const limits = { silenceMs: 1500, memoryLimitBytes: 300 * 2 ** 20, onProgress: () => undefined }

describe('a supervised inspection', () => {
  it.runIf(process.platform === 'linux')(
    'goes on without the files that hang it, crash it or eat its memory, and reports each',
    async () => {
      const paths = ['good-1', 'hang', 'crash', 'grow', 'good-2']
      const { problems } = (await superviseInspection(starter, { paths }, limits).result) as Inspection
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
    await expect(superviseInspection(starter, { paths }, { ...limits, attempts: 2 }).result).rejects.toMatchObject({
      code: 'compute/crashed',
    })
  })

  it('stops at once when cancelled, a file that hangs included', async () => {
    const job = superviseInspection(starter, { paths: ['hang'] }, { ...limits, silenceMs: 60_000 })
    setTimeout(() => job.cancel(), 300)
    await expect(job.result).rejects.toThrow('Cancelled.')
  })
})
