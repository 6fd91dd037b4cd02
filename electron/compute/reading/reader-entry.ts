import { isAbortError } from '../../../shared/base/abort.ts'
import { toAppError } from '../../../shared/base/app-error.ts'
import { formats } from '../../formats/registry.ts'
import { watchMemory } from '../memory-watch.ts'
import { encodeDataArray, type DataArray } from '../../../shared/contracts/data-array.ts'
import { throttleProgress } from '../throttle-progress.ts'
import { ArrayPipeWriter } from './array-pipe.ts'
import type { FromReader, ReadAsk, ToReader } from './read-protocol.ts'
import { ReaderTable } from './reader-table.ts'

// The entry of a reader process: finds, opens and reads sequences of the files that nobody vouches for, until the host goes
// away. It holds nothing that would be lost with it, so the host ends it whenever it hangs or takes too much.

const aliveMs = 1000
/** A process that waits so long for its first question loads the code of the formats meanwhile. */
const idleMs = 500
const table = new ReaderTable()
const pipe = ArrayPipeWriter.ofProcess(process.argv)
const running = new Map<number, AbortController>()
let alive: NodeJS.Timeout | undefined

function post(message: FromReader): void {
  // A host that has gone is dealt with by `disconnect`; there is nobody to tell about it here.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}

function fail(error: unknown): void {
  if (!process.connected || !process.send) process.exit(1)
  const message: FromReader = { type: 'failed', error: toAppError(error).toWire() }
  process.send(message, undefined, undefined, () => process.exit(1))
}

function postArray(id: number, array: DataArray): void {
  if (pipe) pipe.write(id, array)
  else post({ type: 'array', id, buffer: encodeDataArray(array) })
}

async function answer(id: number, ask: ReadAsk): Promise<void> {
  const abort = new AbortController()
  running.set(id, abort)
  alive ??= setInterval(() => post({ type: 'alive' }), aliveMs)
  const progress = throttleProgress((report) => post({ type: 'progress', id, progress: report }))
  const onFile = (path: string): void => post({ type: 'file', id, path })
  try {
    if (ask.kind === 'view' || ask.kind === 'picture') postArray(id, await table.read(ask, abort.signal))
    else {
      const value = await table.answer(ask, { signal: abort.signal, report: progress.report, onFile })
      progress.flush()
      post({ type: 'answer', id, value })
    }
  } catch (error) {
    progress.flush()
    if (isAbortError(error)) post({ type: 'aborted', id })
    else post({ type: 'refusal', id, error: toAppError(error).toWire() })
  } finally {
    running.delete(id)
    if (running.size === 0) {
      clearInterval(alive)
      alive = undefined
    }
  }
}

function begin(memoryLimitBytes: number): void {
  watchMemory(memoryLimitBytes, fail)
  setTimeout(() => void loadFormats(), idleMs)
}

async function loadFormats(): Promise<void> {
  for (const { load } of formats) {
    if (running.size > 0) return
    // What cannot be loaded says so to whoever needs it.
    await load().catch(() => undefined)
  }
}

process.on('message', (raw) => {
  // Only the core speaks here: the channel was made with the process.
  const message = raw as ToReader
  if (message.type === 'begin') begin(message.memoryLimitBytes)
  else if (message.type === 'ask') void answer(message.id, message.ask)
  else running.get(message.id)?.abort()
})
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches every process of the terminal; only the host decides what it means.
process.on('SIGINT', () => undefined)
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)
post({ type: 'ready' })
