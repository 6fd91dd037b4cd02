import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Progress } from '../../../shared/base/progress.ts'
import { NodeComputeStarter } from '../../../electron/core/node-compute-starter.ts'
import { type SupervisedJob, superviseCompute } from '../../../electron/core/supervise-compute.ts'

const entry = fileURLToPath(new URL('./odd-compute.mjs', import.meta.url))
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-compute-'))
  process.env.CHRONOLENS_TEST_MARK = join(folder, 'mark')
  process.env.SECRET_TOKEN = 'abc'
})
afterEach(async () => {
  delete process.env.CHRONOLENS_TEST_MARK
  delete process.env.SECRET_TOKEN
  await rm(folder, { recursive: true, force: true })
})

interface Limits {
  readonly memoryLimitBytes?: number
}

function start(behaviour: string, limits: Limits = {}, onProgress: (progress: Progress) => void = () => undefined) {
  const request = { model: behaviour, data: '', split: 'test' as const, set: {} }
  return superviseCompute(
    new NodeComputeStarter({ compute: entry }),
    { kind: 'evaluate', request },
    { ...limits, onProgress },
  )
}

describe('a supervised compute process', () => {
  it('gives typed arrays and NaN back as they were', async () => {
    expect(await start('answer').result).toMatchObject({ values: new Float32Array([1, NaN]) })
  })

  it('sees neither Node options nor tokens of its host', async () => {
    const { env } = (await start('answer').result) as { env: Record<string, string> }
    expect(env.PATH).toBe(process.env.PATH)
    expect(env).not.toHaveProperty('SECRET_TOKEN')
    expect(env).not.toHaveProperty('NODE_OPTIONS')
  })

  it('that exits by itself is a crash, told with its last progress and last words', async () => {
    await expect(start('exit-3').result).rejects.toMatchObject({
      code: 'compute/crashed',
      message: expect.stringMatching(/exit code 3.*"Training" \(2 of 9\).*library X is missing/) as string,
      details: { exitCode: 3, progress: { stage: 'Training', done: 2, total: 9 } },
    })
  })

  it('that is killed from outside is a crash that mentions memory', async () => {
    await expect(start('kill-itself').result).rejects.toMatchObject({
      code: 'compute/crashed',
      message: expect.stringMatching(/SIGKILL.*smaller batch/) as string,
    })
  })

  it.runIf(process.platform === 'linux').each(['grow', 'grow-busily'])(
    'that takes too much memory is stopped, busy or not (%s)',
    async (behaviour) => {
      const memoryLimitBytes = 400 * 2 ** 20
      await expect(start(behaviour, { memoryLimitBytes }).result).rejects.toMatchObject({
        code: 'compute/out-of-memory',
        details: { limitBytes: memoryLimitBytes },
      })
    },
  )

  it('finishes its checkpoint before it ends when cancelled', async () => {
    const job: SupervisedJob = start('be-cancelled', {}, () => job.cancel())
    await expect(job.result).rejects.toThrow('Cancelled.')
    expect(existsSync(join(folder, 'mark'))).toBe(true)
  })

  it('may be cancelled before it is ready', async () => {
    const job = start('be-cancelled')
    job.cancel()
    await expect(job.result).rejects.toThrow('Cancelled.')
  })

  it('that does not listen can be killed, which counts as cancelled', async () => {
    const job: SupervisedJob = start('ignore-cancel', {}, () => {
      job.cancel()
      job.kill()
    })
    await expect(job.result).rejects.toThrow('Cancelled.')
  })

  it('that cannot be started says so', async () => {
    const starter = new NodeComputeStarter({ compute: join(folder, 'none.mjs') })
    const job = superviseCompute(starter, { kind: 'devices' }, { onProgress: () => undefined })
    await expect(job.result).rejects.toMatchObject({ code: 'compute/crashed' })
  })
})
