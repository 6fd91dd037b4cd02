import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { AbortError, throwIfAborted } from '../../../../shared/base/abort.ts'
import { AppError } from '../../../../shared/base/app-error.ts'
import type { TensorFlowReply, TensorFlowRequest } from './messages.ts'

/** How long, and on whose word, one exchange with the TensorFlow process may go on. */
export interface ExchangeOptions {
  /** Cancelling stops the waiting at once; a step under way is finished by the process and its result dropped. */
  readonly signal?: AbortSignal
  /** After this time the process is killed, and with it everything loaded into it. */
  readonly deadlineMs?: number
}

interface Exchange {
  readonly request: TensorFlowRequest | undefined
  readonly options: ExchangeOptions
  readonly settle: (outcome: TensorFlowReply | Error) => void
  isSettled: boolean
}

const keptLogCharacters = 64 * 1024

/**
 * The child process that holds the TensorFlow library: one exchange at a time, in order. It is killed when a deadline
 * passes and by `close`; whatever ends it, no caller waits for ever.
 */
export class TensorFlowProcess {
  private readonly child: ChildProcess
  private readonly waiting: Exchange[] = []
  private active: Exchange | undefined
  private timer: NodeJS.Timeout | undefined
  private endedBy: AppError | undefined
  private logText = ''
  private readonly ended: Promise<void>

  constructor(directory: string, threads: number | undefined) {
    this.child = fork(entryPath(), [directory], {
      serialization: 'advanced', // Typed arrays arrive as such, NaN included.
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: childEnvironment(threads),
    })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.logText = (this.logText + text).slice(-keptLogCharacters)
      })
    }
    this.child.on('message', (reply) => this.finishActive(reply as TensorFlowReply))
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => {
        this.end(new AppError('compute/crashed', `The TensorFlow process could not be started: ${error.message}`))
        resolve()
      })
      // `close` comes after `exit`, when the log is complete.
      this.child.on('close', (code, signal) => {
        this.end(this.crashError(code, signal))
        resolve()
      })
    })
  }

  /** What TensorFlow and Node wrote to stdout and stderr (the last 64 Ki characters); complete after `close`. */
  get log(): string {
    return this.logText
  }

  /** The operating system's id of the process. */
  get pid(): number | undefined {
    return this.child.pid
  }

  /**
   * Sends a request and waits for its answer; without a request, waits for the greeting.
   * @throws `compute/crashed`, `compute/deadline`, `compute/closed`, `AbortError`, and what the request itself throws
   */
  async exchange(request: TensorFlowRequest | undefined, options: ExchangeOptions = {}): Promise<TensorFlowReply> {
    throwIfAborted(options.signal)
    if (this.endedBy) throw this.endedBy
    const reply = await new Promise<TensorFlowReply>((resolve, reject) => {
      const stop = (): void => exchange.settle(new AbortError())
      const exchange: Exchange = {
        request,
        options,
        isSettled: false,
        settle: (outcome) => {
          if (exchange.isSettled) return
          exchange.isSettled = true
          options.signal?.removeEventListener('abort', stop)
          if (outcome instanceof Error) reject(outcome)
          else resolve(outcome)
        },
      }
      options.signal?.addEventListener('abort', stop)
      this.waiting.push(exchange)
      this.startNext()
    })
    if (reply.kind === 'failed') throw AppError.fromWire(reply.error)
    return reply
  }

  /** Kills the process (it holds nothing that outlives it). Resolves when it is gone; may be called twice. */
  async close(): Promise<void> {
    this.end(new AppError('compute/closed', 'The TensorFlow process has been closed; start it again to use it.'))
    this.child.kill('SIGKILL')
    await this.ended
  }

  private startNext(): void {
    if (this.active || this.endedBy) return
    const next = this.waiting.shift()
    if (!next) return
    if (next.isSettled) return this.startNext() // Cancelled before its turn: the process never hears of it.
    this.active = next
    const { deadlineMs } = next.options
    if (deadlineMs !== undefined) this.timer = setTimeout(() => this.killLate(deadlineMs), deadlineMs)
    if (next.request === undefined) return
    this.child.send(next.request, (error) => {
      // A process that has just died is reported by its `close` event, with the cause.
      if (error && this.child.connected) this.finishActive({ kind: 'failed', error: notSent(error) })
    })
  }

  private finishActive(reply: TensorFlowReply): void {
    const finished = this.active
    this.active = undefined
    clearTimeout(this.timer)
    finished?.settle(reply)
    this.startNext()
  }

  private killLate(deadlineMs: number): void {
    const message = `TensorFlow did not answer within ${deadlineMs} ms and was stopped. Choose a smaller batch or another device.`
    this.end(new AppError('compute/deadline', message, { deadlineMs }))
    this.child.kill('SIGKILL')
  }

  /** Remembers the first reason why the process ended, and gives it to everyone who waits. */
  private end(reason: AppError): void {
    this.endedBy ??= reason
    clearTimeout(this.timer)
    for (const exchange of [this.active, ...this.waiting]) exchange?.settle(this.endedBy)
    this.active = undefined
    this.waiting.length = 0
  }

  private crashError(code: number | null, signal: NodeJS.Signals | null): AppError {
    const lastLine = this.logText.trim().split('\n').at(-1) ?? ''
    const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`
    // The kernel's out-of-memory killer sends SIGKILL, and so does the user.
    const remedy = signal === 'SIGKILL' ? ' If memory ran out, choose a smaller batch.' : ''
    const message = `The TensorFlow process ${how}${lastLine ? ` (${lastLine})` : ''}.${remedy}`
    return new AppError('compute/crashed', message, { exitCode: code, signal })
  }
}

function notSent(error: Error): ReturnType<AppError['toWire']> {
  return new AppError(
    'compute/crashed',
    `A request could not be sent to the TensorFlow process: ${error.message}`,
  ).toWire()
}

function entryPath(): string {
  const here = import.meta.url
  if (!here.endsWith('.ts')) return fileURLToPath(new URL('./process-entry.js', here))
  // Under the test runner this module is read from source, but Node 20 cannot start a process from TypeScript.
  const built = here.replace('/electron/engine/', '/dist/electron/engine/')
  return fileURLToPath(new URL('./process-entry.js', built))
}

function childEnvironment(threads: number | undefined): NodeJS.ProcessEnv {
  // The parent's Node options (debugger ports, loaders) are not meant for the child.
  const inherited = { ...process.env, NODE_OPTIONS: undefined }
  const threadSettings =
    threads === undefined
      ? {}
      : { TF_NUM_INTRAOP_THREADS: String(threads), TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: String(threads) }
  // Level 0 makes TensorFlow say which GPU it uses, or which library it lacks.
  return { ...inherited, ...threadSettings, TF_CPP_MIN_LOG_LEVEL: '0' }
}
