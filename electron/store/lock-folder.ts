import { open, readFile, rm, rmdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { throwIfAborted } from '../../shared/base/abort.ts'
import { AppError } from '../../shared/base/app-error.ts'
import { toWriteError } from './store-error.ts'
import { makeFolder } from './make-folder.ts'

/** Name of the file that says which process writes into a folder. */
export const lockName = '.lock'

/** Options of `lockFolder`. */
export interface LockOptions {
  /** How long to wait for the process that holds the folder; one that was cancelled needs time for its checkpoint. */
  readonly waitMs: number
  readonly signal?: AbortSignal
  /** Called once when there is something to wait for. */
  readonly onWait?: () => void
}

const ownerSchema = z.object({ pid: z.number().int(), host: z.string(), startedAt: z.string().nullable() })
type Owner = z.infer<typeof ownerSchema>
const retryMs = 100

/**
 * Claims a folder for this process, creating it if need be, so that two runs never write into it at once. A lock whose
 * process has died is taken over. Returns what releases it (and removes the folder if it is still empty).
 * @throws `store/in-use` when another process keeps it longer than `waitMs`, `store/not-writable`, `AbortError`
 */
export async function lockFolder(folder: string, options: LockOptions): Promise<() => Promise<void>> {
  const path = join(folder, lockName)
  const giveUpAt = performance.now() + options.waitMs
  let hasWaited = false
  for (;;) {
    throwIfAborted(options.signal)
    if (await tryLock(folder, path))
      return async () => {
        await rm(path, { force: true })
        await rmdir(folder).catch(() => undefined) // Not empty: the usual case.
      }
    const owner = await readOwner(path)
    if (owner && !(await isAlive(owner))) {
      await rm(path, { force: true })
      continue
    }
    if (performance.now() >= giveUpAt) throw inUse(folder, path, owner)
    if (!hasWaited) options.onWait?.()
    hasWaited = true
    await sleep(retryMs)
  }
}

async function tryLock(folder: string, path: string): Promise<boolean> {
  try {
    await makeFolder(folder)
    const file = await open(path, 'wx')
    const owner: Owner = { pid: process.pid, host: hostname(), startedAt: await startOf(process.pid) }
    await file.writeFile(JSON.stringify(owner)).finally(() => file.close())
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw toWriteError(error, folder)
  }
}

/** Null while the lock is being written or has just gone; a lock that stays unreadable counts as held. */
async function readOwner(path: string): Promise<Owner | null> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return null
  }
}

async function isAlive(owner: Owner): Promise<boolean> {
  if (owner.host !== hostname()) return true // A shared disk: nothing can be known from here.
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  // The id may have gone to another process since.
  return owner.startedAt === (await startOf(owner.pid))
}

/** When a process started, in the system's own count; null where the system does not tell. */
async function startOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return null
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  // proc(5): field 22; the name in field 2 may hold spaces, so count from its closing bracket. A zombie has ended.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null)
}

function inUse(folder: string, path: string, owner: Owner | null): AppError {
  const who = owner ? `process ${owner.pid} on "${owner.host}"` : 'another process'
  return new AppError(
    'store/in-use',
    `"${folder}" is being written by ${who}. Wait for it to end; if it no longer runs, delete "${path}".`,
    { folder, pid: owner?.pid ?? null },
  )
}
