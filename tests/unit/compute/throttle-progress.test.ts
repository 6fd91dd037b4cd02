import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Progress } from '../../../shared/base/progress.ts'
import { throttleProgress } from '../../../electron/compute/throttle-progress.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => vi.useRealTimers())

describe('throttleProgress', () => {
  it('passes ten of a thousand reports of one second, and the last one', () => {
    const passed: Progress[] = []
    const { report } = throttleProgress((progress) => passed.push(progress))
    for (let done = 1; done <= 1000; done++) {
      report({ stage: 'Training', done, total: 1000 })
      vi.advanceTimersByTime(1)
    }
    vi.advanceTimersByTime(100)
    expect(passed.length).toBeGreaterThanOrEqual(10)
    expect(passed.length).toBeLessThanOrEqual(12)
    expect(passed.at(-1)?.done).toBe(1000)
  })

  it('passes every note and the first report of a stage at once, in order', () => {
    const passed: string[] = []
    const { report } = throttleProgress(({ stage, done, note }) => passed.push(`${stage} ${done} ${note ?? ''}`))
    report({ stage: 'a', done: 1, total: 3 })
    report({ stage: 'a', done: 2, total: 3 })
    report({ stage: 'a', done: 2, total: 3, note: 'remark' })
    report({ stage: 'b', done: 0, total: 3 })
    expect(passed).toEqual(['a 1 ', 'a 2 ', 'a 2 remark', 'b 0 '])
  })

  it('flushes what it holds back, once', () => {
    const passed: number[] = []
    const throttled = throttleProgress(({ done }) => passed.push(done))
    throttled.report({ stage: 'a', done: 1, total: 3 })
    throttled.report({ stage: 'a', done: 3, total: 3 })
    throttled.flush()
    vi.advanceTimersByTime(1000)
    expect(passed).toEqual([1, 3])
  })
})
