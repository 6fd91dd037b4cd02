import { describe, expect, it } from 'vitest'
import type { JobKind } from '../../../electron/core/job.ts'
import { RunningJob } from '../../../electron/core/job.ts'
import { JobQueue } from '../../../electron/core/job-queue.ts'

const limits = { long: 3, short: 2, longPerOwner: 2, perOwner: 5 }

/** Jobs that end when they are told to, and the order in which they began. */
function workshop() {
  const queue = new JobQueue(limits)
  const begun: string[] = []
  const enders = new Map<string, (error?: Error) => void>()
  const start = (name: string, owner: object | null, kind: JobKind = 'train'): RunningJob<unknown> => {
    const begin = queue.inTurn(kind, owner, () => {
      begun.push(name)
      const result = new Promise<unknown>((resolve, reject) =>
        enders.set(name, (error) => (error ? reject(error) : resolve(name))),
      )
      return { result, cancel: () => enders.get(name)?.(), kill: () => enders.get(name)?.() }
    })
    const job = new RunningJob(name, kind, begin, (raw) => raw)
    job.result.catch(() => undefined)
    return job
  }
  const end = async (name: string, error?: Error): Promise<void> => {
    enders.get(name)?.(error)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { start, end, begun }
}

const [ann, ben] = [{}, {}]

describe('the queue of jobs', () => {
  it('lets a few long jobs run, of one owner fewer, and begins the others in their order as places become free', async () => {
    const { start, end, begun } = workshop()
    const waiting = ['a1', 'a2', 'a3'].map((name) => start(name, ann))
    start('b1', ben)
    start('b2', ben)
    expect(begun).toEqual(['a1', 'a2', 'b1'])
    expect(waiting[2]?.snapshot).toMatchObject({ state: 'running', progress: { stage: 'waiting for another job' } })
    await end('b1')
    // The third of the first owner came before, but has its two places already.
    expect(begun).toEqual(['a1', 'a2', 'b1', 'b2'])
    await end('a1', new Error('failed'))
    expect(begun.at(-1)).toBe('a3')
  })

  it('lets short jobs pass the long ones', () => {
    const { start, begun } = workshop()
    for (const name of ['a1', 'a2', 'a3']) start(name, ann)
    start('plan', ann, 'plan')
    expect(begun).toEqual(['a1', 'a2', 'plan'])
  })

  it('refuses more jobs of one owner than it may have, and none of the others', () => {
    const { start, begun } = workshop()
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) start(name, ann)
    expect(() => start('a6', ann)).toThrow(expect.objectContaining({ code: 'jobs/too-many', details: { limit: 5 } }))
    start('b1', ben)
    expect(begun).toContain('b1')
    // The command line has no owner, and its own process.
    for (let i = 0; i < 9; i++) start(`n${i}`, null)
  })

  it('cancels a job that waits without ever beginning it', async () => {
    const { start, end, begun } = workshop()
    const jobs = ['a1', 'a2', 'a3'].map((name) => start(name, ann))
    jobs[2]?.cancel()
    await expect(jobs[2]?.result).rejects.toThrow('Cancelled.')
    expect(jobs[2]?.snapshot.state).toBe('cancelled')
    await end('a1')
    expect(begun).toEqual(['a1', 'a2'])
  })
})
