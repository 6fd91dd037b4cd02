import { describe, expect, it } from 'vitest'
import { createTimeLeft } from '../../../electron/core/time-left.ts'

describe('time left', () => {
  it('follows the rate of the stage, starts anew with each stage, and counts a resumed run from where it began', () => {
    let now = 0
    const timeLeft = createTimeLeft(() => now)
    const at = (ms: number, stage: string, done: number, total: number): number | null => {
      now = ms
      return timeLeft.update({ stage, done, total })
    }
    expect(at(0, 'Reading', 0, 10)).toBeNull()
    expect(at(500, 'Reading', 2, 10)).toBeNull() // Too early to tell.
    expect(at(3000, 'Reading', 6, 10)).toBe(2)
    expect(at(4000, 'Training', 40, 100)).toBeNull()
    expect(at(6000, 'Training', 50, 100)).toBe(10)
    expect(at(8000, 'Mapping', 5, 0)).toBeNull() // Total unknown.
  })
})
