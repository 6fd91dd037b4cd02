const memoryMs = 60_000
const longestMs = 30_000

/**
 * Milliseconds to wait before a process that went down is started again: at once the first time, then 0.5 s, doubled by every
 * further crash of the last minute, up to half a minute.
 * @param crashes  times of the crashes so far, the present one included, in ms
 */
export function restartDelayMs(crashes: readonly number[], now: number): number {
  const recent = crashes.filter((time) => now - time < memoryMs).length
  return recent <= 1 ? 0 : Math.min(longestMs, 500 * 2 ** (recent - 2))
}
