import { expect, test } from 'vitest'
import { restartDelayMs } from '../../../electron/core/restart-delay.ts'

test.each([
  [[1000], 1000, 0],
  [[1000, 4000], 4000, 500],
  [[1000, 4000, 9000], 9000, 1000],
  [[1000, 2000, 3000, 4000, 5000, 6000], 6000, 8000],
])('waits longer after every crash of the last minute (%j at %i ms: %i ms)', (crashes, now, expected) => {
  expect(restartDelayMs(crashes, now)).toBe(expected)
})

test('never waits longer than half a minute', () => {
  const crashes = Array.from({ length: 40 }, (_, i) => 50_000 + i)
  expect(restartDelayMs(crashes, 50_100)).toBe(30_000)
})

test('forgets crashes older than a minute', () => {
  expect(restartDelayMs([1000, 2000, 3000, 70_000], 70_000)).toBe(0)
})
