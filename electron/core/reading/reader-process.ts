import { AbortError } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { ReportProgress } from '../../../shared/base/progress.ts'
import { outOfMemory } from '../../compute/memory-watch.ts'
import type { FromReader, ReadAsk } from '../../compute/reading/read-protocol.ts'
import type { ComputeExit, ComputeStarter, ReaderChannel } from '../compute-starter.ts'
import { residentBytes } from '../process-memory.ts'

/** Bounds of a reader process. */
export interface ReaderLimits {
  /** Longest time without any sign of life while something is asked: then the process hangs. */
  readonly silenceMs: number
  readonly memoryLimitBytes: number
}

/** What is told of a process. */
export interface ReaderEvents {
  /** It has done something that was asked. */
  readonly onDidWork?: () => void
  /** It went down, or had to be ended; not called when it was ended because it is not needed. */
  readonly onDidFail?: () => void
}

/** How one thing is asked. */
export interface AskOptions {
  readonly signal?: AbortSignal | undefined
  /** Longest time until the answer. */
  readonly deadlineMs?: number
  /** Longest time without progress of this very question. */
  readonly quietMs?: number
  readonly onProgress?: ReportProgress
  readonly onFile?: (path: string) => void
}

interface Question {
  readonly options: AskOptions
  readonly isInspection: boolean
  resolve: (value: unknown) => void
  reject: (error: Error) => void
  readonly timers: { deadline?: NodeJS.Timeout; quiet?: NodeJS.Timeout }
}

const memoryCheckMs = 100
/** A process that was asked to stop may take this long before it is ended: it may be busy in native code. */
const abortPatienceMs = 2000

/**
 * One reader process, seen through: whatever it does, crash, hang or eat memory, every question settles. After its end it
 * answers nothing more.
 */
export class ReaderProcess {
  private readonly limits: ReaderLimits
  private readonly channel: ReaderChannel
  private readonly questions = new Map<number, Question>()
  private readonly events: ReaderEvents
  /** Questions that were open when it went down. */
  lost = 0
  private nextId = 0
  private silence: NodeJS.Timeout | undefined
  private memory: NodeJS.Timeout | undefined
  private verdict: AppError | undefined
  private hasEnded = false
  private isUnwanted = false

  constructor(starter: ComputeStarter, limits: ReaderLimits, events: ReaderEvents = {}) {
    this.limits = limits
    this.events = events
    this.channel = starter.startReader({ heapLimitBytes: limits.memoryLimitBytes / 2 })
    this.channel.onMessage((message) => this.receive(message))
    this.channel.onExit((exit) => this.end(exit))
    this.channel.send({ type: 'begin', memoryLimitBytes: limits.memoryLimitBytes })
  }

  /** Whether it can be asked. */
  get isAlive(): boolean {
    return !this.hasEnded && this.verdict === undefined
  }

  /** Questions that wait for an answer. */
  get load(): number {
    return this.questions.size
  }

  get pid(): number | undefined {
    return this.channel.pid
  }

  /**
   * Asks for one thing. The answer is as the process sent it; an array as its encoded bytes.
   * @throws `compute/crashed`, `compute/deadline`, `compute/out-of-memory`, `compute/not-started`, the formats' codes, `AbortError`
   */
  ask(ask: ReadAsk, options: AskOptions = {}): Promise<unknown> {
    const { signal, deadlineMs } = options
    if (signal?.aborted) return Promise.reject(new AbortError())
    if (this.verdict) return Promise.reject(this.verdict)
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      const question: Question = { options, isInspection: ask.kind === 'inspect', resolve, reject, timers: {} }
      this.questions.set(id, question)
      const onAbort = (): void => this.takeBack(id)
      signal?.addEventListener('abort', onAbort, { once: true })
      const settled = (): void => signal?.removeEventListener('abort', onAbort)
      question.resolve = (value) => (settled(), resolve(value))
      question.reject = (error) => (settled(), reject(error))
      if (deadlineMs !== undefined)
        question.timers.deadline = setTimeout(() => this.stop(deadlineError(deadlineMs)), deadlineMs)
      this.awaitProgress(question)
      if (this.questions.size === 1) this.watch()
      this.channel.send({ type: 'ask', id, ask })
    })
  }

  /** Ends the process at once; open questions are answered by `AbortError`. */
  kill(): void {
    this.isUnwanted = true
    this.stop(new AppError('compute/crashed', 'The reader process was ended.'), () => new AbortError())
  }

  private receive(message: FromReader): void {
    this.watch()
    if (message.type !== 'ready' && message.type !== 'alive' && message.type !== 'failed') this.events.onDidWork?.()
    switch (message.type) {
      case 'ready':
      case 'alive':
        return
      case 'failed':
        return this.stop(AppError.fromWire(message.error))
      case 'progress':
        this.awaitProgress(this.questions.get(message.id))
        return this.questions.get(message.id)?.options.onProgress?.(message.progress)
      case 'file':
        this.awaitProgress(this.questions.get(message.id))
        return this.questions.get(message.id)?.options.onFile?.(message.path)
      case 'answer':
        return this.settle(message.id, ({ resolve }) => resolve(message.value))
      case 'array':
        return this.settle(message.id, ({ resolve }) => resolve(message.buffer))
      case 'refusal':
        return this.settle(message.id, ({ reject }) => reject(AppError.fromWire(message.error)))
      case 'aborted':
        return this.settle(message.id, ({ reject }) => reject(new AbortError()))
    }
  }

  private settle(id: number, how: (question: Question) => void): void {
    const question = this.questions.get(id)
    if (!question) return
    this.questions.delete(id)
    clearTimeout(question.timers.deadline)
    clearTimeout(question.timers.quiet)
    if (this.questions.size === 0) this.unwatch()
    how(question)
  }

  /** Nobody waits any more; the process is told, and watched until it has stopped. */
  private takeBack(id: number): void {
    const question = this.questions.get(id)
    if (!question) return
    this.channel.send({ type: 'abort', id })
    question.reject(new AbortError())
    clearTimeout(question.timers.quiet)
    // A read soon ends by itself; an inspection may hang in a file.
    if (!question.isInspection) return
    question.timers.quiet = setTimeout(() => this.stop(deadlineError(abortPatienceMs)), abortPatienceMs)
  }

  private awaitProgress(question: Question | undefined): void {
    const quietMs = question?.options.quietMs
    if (!question || quietMs === undefined || question.options.signal?.aborted) return
    clearTimeout(question.timers.quiet)
    question.timers.quiet = setTimeout(() => this.stop(deadlineError(quietMs)), quietMs)
  }

  /** Watches for silence and memory while something is asked. */
  private watch(): void {
    clearTimeout(this.silence)
    if (this.questions.size === 0 || !this.isAlive) return
    const { silenceMs, memoryLimitBytes } = this.limits
    this.silence = setTimeout(() => this.stop(deadlineError(silenceMs)), silenceMs)
    this.memory ??= setInterval(() => {
      if (this.channel.pid === undefined) return
      void residentBytes(this.channel.pid).then((used) => {
        if (used !== null && used > memoryLimitBytes) this.stop(outOfMemory(used, memoryLimitBytes))
      })
    }, memoryCheckMs)
  }

  private unwatch(): void {
    clearTimeout(this.silence)
    clearInterval(this.memory)
    this.memory = undefined
  }

  /** Gives the process up: all questions fail with the reason. */
  private stop(verdict: AppError, errorOf: () => Error = () => verdict): void {
    if (!this.isAlive) return
    this.verdict = verdict
    this.lost = this.questions.size
    if (!this.isUnwanted) this.events.onDidFail?.()
    this.unwatch()
    for (const id of [...this.questions.keys()]) this.settle(id, ({ reject }) => reject(errorOf()))
    this.channel.kill()
  }

  private end(exit: ComputeExit): void {
    this.hasEnded = true
    if (this.verdict === undefined) {
      this.lost = this.questions.size
      this.events.onDidFail?.()
    }
    this.verdict ??= endError(exit, this.channel.log)
    const { verdict } = this
    this.unwatch()
    for (const id of [...this.questions.keys()]) this.settle(id, ({ reject }) => reject(verdict))
  }
}

function deadlineError(ms: number): AppError {
  return new AppError(
    'compute/deadline',
    `Reading gave no answer for ${ms / 1000} s and was stopped. The file may be damaged, or lie on a disk that does not answer. Try again.`,
    { ms },
  )
}

function endError(exit: ComputeExit, log: string): AppError {
  if (exit.startError)
    return new AppError(
      'compute/not-started',
      `The process that reads files could not be started: ${exit.startError.message}. Reinstall the program.`,
    )
  const how = exit.signal ? `was ended by ${exit.signal}` : `ended with exit code ${exit.code}`
  const remedy = /heap out of memory/i.test(log) ? 'Memory ran out. ' : ''
  return new AppError(
    'compute/crashed',
    `The process that reads files ${how}. ${remedy}The file may be damaged. Try again.`,
    { exitCode: exit.code, signal: exit.signal },
  )
}
