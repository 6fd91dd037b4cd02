import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCheckpoint } from '../../../electron/store/checkpoint.ts'
import { readHistory } from '../../../electron/store/history.ts'
import { writePhantomPatient } from '../../unit/analyses/lesion-segmentation/segmentation-phantom.ts'
import { modelHashes, quickTraining, runJson, type RunningCli, sample, startCli } from './run-cli.ts'

const epochs = 40
let folder: string
let whole: Record<string, string>
const train = (out: string, ...more: string[]): string[] => [
  ...['train', 'land-use', '--data', sample, '--out', out, ...quickTraining],
  ...['--epochs', String(epochs), '--set', 'patience=0', '--seed', '11', '--json', ...more],
]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-resume-'))
  const out = join(folder, 'whole')
  expect((await startCli(train(out)).ended).code).toBe(0)
  whole = await modelHashes(out)
}, 300_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Waits until a run has written more epochs than `least`; fails when it ends before. */
async function reaches(run: RunningCli, out: string, least: number): Promise<void> {
  while ((await readHistory(out)).length <= least) {
    if (run.child.exitCode !== null) throw new Error(`The run ended early:\n${(await run.ended).stderr}`)
    await sleep(5)
  }
}

/** Starts a run, and stops it with Ctrl-C after a few epochs. */
async function interrupted(out: string): Promise<number> {
  const run = startCli(train(out))
  await reaches(run, out, 2)
  run.child.kill('SIGINT')
  const { code, stdout, stderr } = await run.ended
  expect(code).toBe(5)
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'job/cancelled' } })
  expect(stderr).toMatch(/--resume/)
  expect(await readCheckpoint(out)).not.toBeNull()
  return (await readHistory(out)).length
}

async function finish(out: string): Promise<void> {
  const { code, stdout, stderr } = await startCli(train(out, '--resume')).ended
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ epochs })
  expect(await modelHashes(out)).toEqual(whole)
  expect((await readHistory(out)).map(({ epoch }) => epoch)).toEqual(Array.from({ length: epochs }, (_, i) => i + 1))
}

describe('a run that was stopped ends, with --resume, with the same model as one that was not', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'after %s',
    async (signal) => {
      const out = join(folder, signal)
      const run = startCli(train(out))
      await reaches(run, out, 2)
      run.child.kill(signal)
      expect((await run.ended).code).toBe(5)
      expect((await readHistory(out)).length).toBeLessThan(epochs)
      await finish(out)
    },
    300_000,
  )

  it('after Ctrl-C, then kill -9 of the computing process', async () => {
    const out = join(folder, 'killed-compute')
    const before = await interrupted(out)
    const run = startCli(train(out, '--resume'))
    await reaches(run, out, before)
    const { pid } = JSON.parse(await readFile(join(out, '.lock'), 'utf8')) as { pid: number }
    process.kill(pid, 'SIGKILL')
    const { code, stdout } = await run.ended
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'compute/crashed', details: { signal: 'SIGKILL' } } })
    await finish(out)
  }, 300_000)

  it('after kill -9 of the command itself; the computing process leaves by itself', async () => {
    const out = join(folder, 'killed-command')
    const run = startCli(train(out))
    await reaches(run, out, 2)
    run.child.kill('SIGKILL')
    expect((await run.ended).signal).toBe('SIGKILL')
    // At once, while the other process may still be writing its checkpoint.
    await finish(out)
    expect(existsSync(join(out, '.lock'))).toBe(false)
  }, 300_000)
})

it('a network for lesions ends as one that was not stopped, after kill -9 of the computing process', async () => {
  const data = join(folder, 'lesions')
  for (let i = 1; i <= 3; i++) await writePhantomPatient(join(data, i < 3 ? 'train' : 'test', `patient-${i}`), i, 'all')
  const settings = ['patchSize=16', 'patchesPerStudy=4', 'slices=3', 'filters=2', 'registration=none', 'patience=0']
  const lesions = (out: string, ...more: string[]): string[] => [
    ...['train', 'lesion-segmentation', '--data', data, '--out', out, '--epochs', '5', '--device', 'cpu'],
    ...['--seed', '4', '--json', ...settings.flatMap((one) => ['--set', one]), ...more],
  ]
  const [uncut, out] = [join(folder, 'lesions-whole'), join(folder, 'lesions-killed')]
  const first = await startCli(lesions(uncut)).ended
  expect(first.code, first.stderr).toBe(0)
  const run = startCli(lesions(out))
  await reaches(run, out, 1)
  const { pid } = JSON.parse(await readFile(join(out, '.lock'), 'utf8')) as { pid: number }
  process.kill(pid, 'SIGKILL')
  expect(JSON.parse((await run.ended).stdout)).toMatchObject({ error: { details: { signal: 'SIGKILL' } } })
  expect((await readHistory(out)).length).toBeLessThan(5)
  const again = await startCli(lesions(out, '--resume')).ended
  expect(again.code, again.stderr).toBe(0)
  expect(await modelHashes(out)).toEqual(await modelHashes(uncut))
}, 300_000)

describe('a run that was stopped', () => {
  it('at once, by Ctrl-C twice, ends with 5 and leaves no process behind', async () => {
    const out = join(folder, 'twice')
    const run = startCli(train(out))
    await reaches(run, out, 1)
    const { pid } = JSON.parse(await readFile(join(out, '.lock'), 'utf8')) as { pid: number }
    run.child.kill('SIGINT')
    await run.sees(/press Ctrl-C again/)
    run.child.kill('SIGINT')
    expect((await run.ended).code).toBe(5)
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
  }, 300_000)

  it('is not overwritten without --resume, and not continued with other options', async () => {
    const out = join(folder, 'kept')
    await interrupted(out)
    const again = await startCli(train(out)).ended
    expect(again.code).toBe(1)
    expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: 'store/not-empty' } })
    const other = await startCli(train(out, '--resume', '--set', 'units=13')).ended
    expect(JSON.parse(other.stdout)).toMatchObject({ error: { code: 'training/resume-differs' } })
    const evaluated = await runJson('evaluate', '--model', out, '--data', sample)
    expect(evaluated.json).toMatchObject({ error: { code: 'model/unfinished' } })
    expect(evaluated.code).toBe(3)
  }, 300_000)
})
