import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAbortError, throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { Problem } from '../../../shared/domain/sequence.ts'
import type { ReadAsk } from '../../compute/reading/read-protocol.ts'
import type { ComputeStarter } from '../compute-starter.ts'
import { machineMemoryBytes } from '../process-memory.ts'
import { restartDelayMs } from '../restart-delay.ts'
import { framesOf, isFatal, Quarantine } from './quarantine.ts'
import { type AskOptions, ReaderProcess } from './reader-process.ts'
import { parseOpened, RemoteReader } from './remote-reader.ts'

/** Bounds of the processes that read files. */
export interface ReaderPoolLimits {
  /** Processes side by side; further sequences share them. */
  readonly processes: number
  readonly memoryLimitBytes: number
  /** Longest time in which a process does not even say that it is busy. */
  readonly silenceMs: number
  /** Longest time to open a sequence, which may mean to read all of it once (the index of a video). */
  readonly openMs: number
  /** Longest time of one read. */
  readonly readMs: number
  /** Waits before a process is started after others went down without having done anything. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<unknown>
  /** The clock by which that is reckoned, in ms. */
  readonly now: () => number
}

/** What to open. */
export interface OpenRequest {
  readonly paths: readonly string[]
  /** `id` of an inspection; the only sequence when null. */
  readonly sequence: string | null
  /** Files that ended a process before; they stay closed. */
  readonly excluded: readonly Problem[]
  /** Opening it has ended a process before. */
  readonly isCautious?: boolean
}

/** Sequences whose quarantines are remembered after they were closed. */
const keptQuarantines = 64

interface Member {
  readonly process: ReaderProcess
  /** Paths that were looked at in it, so that it knows what lies there. */
  readonly keys: Set<string>
  /** Sequences that are open in it. */
  readonly readers: Set<number>
}

/**
 * The processes in which files are looked at, opened and read. The one that looked at a folder also opens what lies there,
 * and knows it already. Processes without an open sequence are used first, so that few are needed; one that hangs, crashes
 * or takes too much memory is ended, and its sequences are opened again in another one when they are read. A frame that ends
 * two of them is left out from then on; when processes go down one after the other, the next is started later and later.
 */
export class ReaderPool {
  private readonly starter: ComputeStarter
  private readonly limits: ReaderPoolLimits
  private members: Member[] = []
  private nextReader = 0
  private isClosed = false
  /** Times at which processes went down, since one last did something. */
  private failures: number[] = []
  private readonly quarantines = new Map<string, Quarantine>()
  /** Processes in which a suspected frame is read by itself, one after the other. */
  private trial: Promise<unknown> = Promise.resolve()
  private readonly trials = new Set<ReaderProcess>()

  constructor(starter: ComputeStarter, limits: Partial<ReaderPoolLimits> = {}) {
    this.starter = starter
    this.limits = {
      processes: Math.min(4, Math.max(2, availableParallelism())),
      memoryLimitBytes: Math.min(4 * 2 ** 30, Math.floor(machineMemoryBytes() / 2)),
      silenceMs: 15_000,
      openMs: 600_000,
      readMs: 60_000,
      wait: (ms, signal) => sleep(ms, undefined, signal ? { signal, ref: false } : { ref: false }),
      now: () => performance.now(),
      ...limits,
    }
  }

  /** Process ids, for tests and for showing what the program uses. */
  get pids(): readonly number[] {
    return this.alive().flatMap(({ process }) => process.pid ?? [])
  }

  /** Starts a process ahead of time, where none waits: starting it takes longer than looking at a small folder. */
  warm(): void {
    if (!this.isClosed && this.alive().length === 0 && this.backOffMs() === 0) this.start()
  }

  /** Looks for sequences under paths. The answer is an `Inspection` as the process sent it. @throws as `ReaderProcess.ask` */
  inspect(paths: readonly string[], excluded: readonly Problem[], options: AskOptions): Promise<unknown> {
    const key = keyOf(paths)
    // Looking anew gives frames another chance: the files may have been replaced.
    for (const known of this.quarantines.keys()) if (known.startsWith(key)) this.quarantines.delete(known)
    return this.withMember(paths, options.signal, ({ process }) =>
      process.ask({ kind: 'inspect', paths, excluded }, options),
    )
  }

  /** Opens a sequence; the caller closes it. @throws `formats/*`, as `ReaderProcess.ask` */
  async open(given: OpenRequest, signal?: AbortSignal): Promise<RemoteReader> {
    const number = this.nextReader++
    let request = given
    const first = await this.openIn(number, request, signal).catch((error: unknown) => {
      if (!isFatal(error)) throw error
      // Opening looks at some frames; one of them may be what ends the process.
      request = { ...given, isCautious: true }
      return this.openIn(number, request, signal)
    })
    let { member } = first
    let again: Promise<Member> | undefined
    const living = async (): Promise<Member> => {
      if (member.process.isAlive) return member
      again ??= this.openIn(number, request, undefined)
        .then((reopened) => (member = reopened.member))
        .finally(() => (again = undefined))
      return again
    }
    const quarantine = this.quarantineOf(request, first.opened.info.name)
    return new RemoteReader(number, first.opened, request.paths, {
      ask: (ask, askSignal) => this.read(ask, askSignal, { number, request, living, quarantine }),
      close: async () => {
        member.readers.delete(number)
        await release(member, number)
        this.endSpare()
      },
    })
  }

  /** Ends all processes. */
  close(): void {
    this.isClosed = true
    for (const { process } of this.members) process.kill()
    for (const process of this.trials) process.kill()
    this.members = []
  }

  private openIn(
    number: number,
    request: OpenRequest,
    signal: AbortSignal | undefined,
  ): Promise<{ member: Member; opened: ReturnType<typeof parseOpened> }> {
    return this.withMember(request.paths, signal, async (member) => {
      member.readers.add(number)
      try {
        const ask: ReadAsk = { kind: 'open', reader: number, ...request }
        const raw = await member.process.ask(ask, { signal, deadlineMs: this.limits.openMs })
        return { member, opened: parseOpened(raw) }
      } catch (error) {
        member.readers.delete(number)
        // The process may be opening it still.
        if (isAbortError(error)) void release(member, number)
        throw error
      }
    })
  }

  /** Reads; frames that were being read when a process went down are read by themselves. @throws `sequence/frame-shut` */
  private async read(ask: ReadAsk, signal: AbortSignal | undefined, place: OpenPlace): Promise<unknown> {
    const { quarantine } = place
    const frames = framesOf(ask)
    quarantine.check(frames)
    if (quarantine.suspectsIn(frames).length > 0) return this.readAlone(ask, signal, place)
    const { process } = await place.living()
    try {
      return await process.ask(ask, { signal, deadlineMs: this.limits.readMs })
    } catch (error) {
      if (!isFatal(error)) throw error
      quarantine.suspect(frames)
      // Of several reads most are innocent, and of a process that was killed from outside all; they are tried again at once. Not
      // after a deadline, which was long enough.
      const isInnocent = process.lost > 1 || error.details['signal'] === 'SIGKILL'
      if (isInnocent && error.code !== 'compute/deadline') return this.readAlone(ask, signal, place)
      throw error
    }
  }

  /** Reads in a process in which nothing else happens, so that it is known which frame ends it. */
  private readAlone(ask: ReadAsk, signal: AbortSignal | undefined, place: OpenPlace): Promise<unknown> {
    const turn = this.trial.then(async () => {
      const { quarantine, number, request } = place
      const frames = framesOf(ask)
      throwIfAborted(signal)
      quarantine.check(frames)
      if (this.isClosed) throw ending()
      const process = new ReaderProcess(this.starter, this.limits)
      this.trials.add(process)
      const options = { signal, deadlineMs: this.limits.readMs }
      try {
        const open: ReadAsk = { kind: 'open', reader: number, ...request, isCautious: true }
        await process.ask(open, { signal, deadlineMs: this.limits.openMs })
        for (const frame of quarantine.suspectsIn(frames)) {
          const single = ask.kind === 'block' ? { ...ask, request: { ...ask.request, frames: [frame] } } : ask
          const answer = await process.ask(single, options).catch((error: unknown) => {
            throw isFatal(error) ? quarantine.close(frame, error) : error
          })
          quarantine.clear(frame)
          if (frames.length === 1) return answer
        }
        return await process.ask(ask, options)
      } finally {
        process.kill()
        this.trials.delete(process)
      }
    })
    this.trial = turn.catch(() => undefined)
    return turn
  }

  private quarantineOf({ paths, sequence }: OpenRequest, name: string): Quarantine {
    const key = `${keyOf(paths)} ${sequence ?? ''}`
    const known = this.quarantines.get(key)
    if (known) return known
    const made = new Quarantine(name)
    this.quarantines.set(key, made)
    for (const oldest of this.quarantines.keys()) {
      if (this.quarantines.size <= keptQuarantines) break
      this.quarantines.delete(oldest)
    }
    return made
  }

  /** Milliseconds until another process should be started. */
  private backOffMs(): number {
    const last = this.failures.at(-1)
    if (last === undefined) return 0
    const now = this.limits.now()
    return Math.max(0, last + restartDelayMs(this.failures, now) - now)
  }

  /**
   * Does something in the process that knows the paths; else in one that keeps nothing open; else in a new one; else in the one
   * with the least to do.
   */
  private async withMember<Result>(
    paths: readonly string[],
    signal: AbortSignal | undefined,
    work: (member: Member) => Promise<Result>,
  ): Promise<Result> {
    const key = keyOf(paths)
    for (;;) {
      if (this.isClosed) throw ending()
      throwIfAborted(signal)
      const alive = this.alive()
      const wait = this.backOffMs()
      const mayStart = alive.length < this.limits.processes
      const member =
        alive.find(({ keys }) => keys.has(key)) ??
        alive.find(({ readers, process }) => readers.size === 0 && process.load === 0) ??
        // Where more may be started they are, sooner or later: what ends processes is kept away from those that work.
        (!mayStart
          ? alive.reduce((a, b) => (weightOf(b) < weightOf(a) ? b : a))
          : wait === 0
            ? this.start()
            : undefined)
      if (member) {
        member.keys.add(key)
        return work(member)
      }
      await this.limits.wait(wait, signal)
    }
  }

  private start(): Member {
    const process = new ReaderProcess(this.starter, this.limits, {
      onDidWork: () => (this.failures = []),
      onDidFail: () => this.failures.push(this.limits.now()),
    })
    const member: Member = { process, keys: new Set(), readers: new Set() }
    this.members.push(member)
    return member
  }

  private alive(): Member[] {
    this.members = this.members.filter(({ process }) => process.isAlive)
    return this.members
  }

  /** One process without open sequences is kept warm; more are memory for nothing. */
  private endSpare(): void {
    const spare = this.alive().filter(({ readers, process }) => readers.size === 0 && process.load === 0)
    for (const { process } of spare.slice(1)) process.kill()
  }
}

/** A sequence that is open, seen from the pool. */
interface OpenPlace {
  readonly number: number
  readonly request: OpenRequest
  /** The process in which it is open; it is opened again first where that has gone. */
  readonly living: () => Promise<Member>
  readonly quarantine: Quarantine
}

function keyOf(paths: readonly string[]): string {
  return JSON.stringify(paths)
}

function ending(): AppError {
  return new AppError('compute/not-started', 'The program is ending; nothing can be read any more.')
}

function weightOf({ readers, process }: Member): number {
  return readers.size + 4 * process.load
}

async function release(member: Member, reader: number): Promise<void> {
  if (!member.process.isAlive) return
  // A process that has just ended holds nothing open.
  await member.process.ask({ kind: 'close', reader }, { deadlineMs: 60_000 }).catch(() => undefined)
}
