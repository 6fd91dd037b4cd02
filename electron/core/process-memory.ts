import { readFile } from 'node:fs/promises'
import os from 'node:os'

const pageBytes = 4096

/**
 * Resident memory of another process, even one that is busy and answers nothing; null where the system does not tell
 * (elsewhere than on Linux) or the process is gone.
 */
export async function residentBytes(pid: number): Promise<number | null> {
  if (process.platform !== 'linux') return null
  const text = await readFile(`/proc/${pid}/statm`, 'latin1').catch(() => '')
  const pages = Number(text.split(' ')[1])
  return Number.isFinite(pages) && text !== '' ? pages * pageBytes : null
}

/** Memory this machine or container has, in bytes. */
export function machineMemoryBytes(): number {
  const limit = process.constrainedMemory() ?? 0 // 0, or a number beyond any memory, where there is no limit.
  return limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem()
}
