import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { AbortError } from '../../shared/base/abort.ts'
import { AppError } from '../../shared/base/app-error.ts'
import { ignoreProgress, type ReportProgress } from '../../shared/base/progress.ts'
import type { Inspection, Problem } from '../../shared/domain/sequence.ts'
import { problemOf } from './found-sequence.ts'
import type { InspectOrder, InspectReport } from './inspect-child.ts'

/** Limits for looking into files that nobody vouches for. */
export interface GuardOptions {
  readonly signal?: AbortSignal | undefined
  readonly report?: ReportProgress | undefined
  /** Longest time without an answer about a file, in ms; default 10 000. */
  readonly deadlineMs?: number
  /** Most resident memory of the child, in bytes; default 2 GiB. */
  readonly rssLimitBytes?: number
  /** Compiled `inspect-child.js`; found beside this file when that is compiled too. */
  readonly childPath?: string
}

/**
 * Like `inspectPaths`, in a process of its own: a file that makes a decoder hang, crash or eat memory ends that process and
 * not ours; it is reported as a problem, and the other files are looked at again without it.
 * @throws as `inspectPaths`; `formats/guard-failed` when the child fails without a file to blame; `AbortError`
 */
export async function inspectPathsGuarded(paths: readonly string[], options: GuardOptions = {}): Promise<Inspection> {
  const excluded: Problem[] = []
  for (;;) {
    const outcome = await runChild(paths, excluded, options)
    if (outcome.kind === 'done') return outcome.inspection
    excluded.push(outcome.problem)
  }
}

type Outcome =
  { readonly kind: 'done'; readonly inspection: Inspection } | { readonly kind: 'blamed'; readonly problem: Problem }

type Ending = 'deadline' | 'cancelled' | null

function runChild(paths: readonly string[], excluded: readonly Problem[], options: GuardOptions): Promise<Outcome> {
  const { signal, report = ignoreProgress, deadlineMs = 10_000, rssLimitBytes = 2 * 1024 ** 3 } = options
  if (signal?.aborted) return Promise.reject(new AbortError())
  const childPath = options.childPath ?? fileURLToPath(new URL('./inspect-child.js', import.meta.url))
  // The heap limit makes V8 give up before the watch has to; the rest of the memory is the watch's business.
  const heapMb = Math.max(64, Math.floor(rssLimitBytes / 2 / 1024 ** 2))
  const child = fork(childPath, [], {
    execArgv: [`--max-old-space-size=${heapMb}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  return new Promise<Outcome>((resolve, reject) => {
    let current: string | null = null
    let ending: Ending = null
    let result: Outcome | AppError | null = null
    let complaints = ''
    let timer: NodeJS.Timeout
    const end = (why: Ending): void => {
      ending = why
      child.kill('SIGKILL')
    }
    const wind = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => end('deadline'), deadlineMs)
    }
    const cancel = (): void => end('cancelled')
    signal?.addEventListener('abort', cancel, { once: true })
    child.stderr?.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-2000)))
    child.on('message', (message) => {
      const told = message as InspectReport
      wind()
      if (told.kind === 'file') current = told.path
      else if (told.kind === 'progress') report(told.progress)
      else if (told.kind === 'done') result = { kind: 'done', inspection: told.inspection }
      else result = AppError.fromWire(told.error)
    })
    child.on('error', (cause) => reject(guardFailed(cause.message)))
    child.on('close', (code, exitSignal) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      if (ending === 'cancelled') reject(new AbortError())
      else if (result instanceof AppError) reject(result)
      else if (result) resolve(result)
      else if (current === null) reject(guardFailed(complaints || `exit code ${code ?? exitSignal}`))
      else resolve({ kind: 'blamed', problem: verdict(current, ending, complaints, deadlineMs, rssLimitBytes) })
    })
    wind()
    send(child, { paths: [...paths], excluded: [...excluded], rssLimitBytes })
  })
}

function send(child: ChildProcess, order: InspectOrder): void {
  child.send(order)
}

function verdict(path: string, ending: Ending, complaints: string, deadlineMs: number, rssLimitBytes: number): Problem {
  if (ending === 'deadline')
    return problemOf(
      path,
      new AppError(
        'formats/too-slow',
        `Reading "${path}" gave no answer within ${deadlineMs / 1000} seconds and was stopped; the file is probably damaged.`,
      ),
    )
  if (/memory limit|heap out of memory|Allocation failed|invalid (array|size)/i.test(complaints))
    return problemOf(
      path,
      new AppError(
        'formats/too-much-memory',
        `Reading "${path}" needed more than ${Math.round(rssLimitBytes / 1024 ** 2)} MiB of memory and was stopped; the file is probably damaged.`,
      ),
    )
  return problemOf(
    path,
    new AppError('formats/reader-crashed', `The reader crashed on "${path}"; the file is probably damaged.`),
  )
}

function guardFailed(reason: string): AppError {
  return new AppError(
    'formats/guard-failed',
    `The process that looks into files could not do its work (${reason.trim().slice(0, 300)}); try again.`,
  )
}
