import { availableParallelism } from 'node:os'
import { isAbortError } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { Problem } from '../../../shared/domain/sequence.ts'
import type { ReadAsk } from '../../compute/reading/read-protocol.ts'
import type { ComputeStarter } from '../compute-starter.ts'
import { machineMemoryBytes } from '../process-memory.ts'
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
}

/** What to open. */
export interface OpenRequest {
  readonly paths: readonly string[]
  /** `id` of an inspection; the only sequence when null. */
  readonly sequence: string | null
  /** Files that ended a process before; they stay closed. */
  readonly excluded: readonly Problem[]
}

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
 * or takes too much memory is ended, and its sequences are opened again in another one when they are read.
 */
export class ReaderPool {
  private readonly starter: ComputeStarter
  private readonly limits: ReaderPoolLimits
  private members: Member[] = []
  private nextReader = 0
  private isClosed = false

  constructor(starter: ComputeStarter, limits: Partial<ReaderPoolLimits> = {}) {
    this.starter = starter
    this.limits = {
      processes: Math.min(4, Math.max(2, availableParallelism())),
      memoryLimitBytes: Math.min(4 * 2 ** 30, Math.floor(machineMemoryBytes() / 2)),
      silenceMs: 15_000,
      openMs: 600_000,
      readMs: 60_000,
      ...limits,
    }
  }

  /** Process ids, for tests and for showing what the program uses. */
  get pids(): readonly number[] {
    return this.alive().flatMap(({ process }) => process.pid ?? [])
  }

  /** Starts a process ahead of time, where none waits: starting it takes longer than looking at a small folder. */
  warm(): void {
    if (!this.isClosed && this.alive().length === 0) this.start()
  }

  /** Looks for sequences under paths. The answer is an `Inspection` as the process sent it. @throws as `ReaderProcess.ask` */
  inspect(paths: readonly string[], excluded: readonly Problem[], options: AskOptions): Promise<unknown> {
    const member = this.memberFor(paths)
    return member.process.ask({ kind: 'inspect', paths, excluded }, options)
  }

  /** Opens a sequence; the caller closes it. @throws `formats/*`, as `ReaderProcess.ask` */
  async open(request: OpenRequest, signal?: AbortSignal): Promise<RemoteReader> {
    const number = this.nextReader++
    const first = await this.openIn(this.memberFor(request.paths), number, request, signal)
    let { member } = first
    let again: Promise<Member> | undefined
    const living = async (): Promise<Member> => {
      if (member.process.isAlive) return member
      again ??= this.openIn(this.memberFor(request.paths), number, request, undefined)
        .then((reopened) => (member = reopened.member))
        .finally(() => (again = undefined))
      return again
    }
    return new RemoteReader(number, first.opened, {
      ask: async (ask, askSignal) =>
        (await living()).process.ask(ask, { signal: askSignal, deadlineMs: this.limits.readMs }),
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
    this.members = []
  }

  private async openIn(
    member: Member,
    number: number,
    request: OpenRequest,
    signal: AbortSignal | undefined,
  ): Promise<{ member: Member; opened: ReturnType<typeof parseOpened> }> {
    const ask: ReadAsk = { kind: 'open', reader: number, ...request }
    member.readers.add(number)
    try {
      const raw = await member.process.ask(ask, { signal, deadlineMs: this.limits.openMs })
      return { member, opened: parseOpened(raw) }
    } catch (error) {
      member.readers.delete(number)
      // The process may be opening it still.
      if (isAbortError(error)) void release(member, number)
      throw error
    }
  }

  /** The process that knows the paths; else one that keeps nothing open; else a new one; else the one with the least to do. */
  private memberFor(paths: readonly string[]): Member {
    if (this.isClosed) throw new AppError('compute/not-started', 'The program is ending; nothing can be read any more.')
    const key = JSON.stringify(paths)
    const alive = this.alive()
    const member =
      alive.find(({ keys }) => keys.has(key)) ??
      alive.find(({ readers, process }) => readers.size === 0 && process.load === 0) ??
      (alive.length < this.limits.processes ? this.start() : undefined) ??
      alive.reduce((least, candidate) => (weightOf(candidate) < weightOf(least) ? candidate : least))
    member.keys.add(key)
    return member
  }

  private start(): Member {
    const process = new ReaderProcess(this.starter, this.limits)
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

function weightOf({ readers, process }: Member): number {
  return readers.size + 4 * process.load
}

async function release(member: Member, reader: number): Promise<void> {
  if (!member.process.isAlive) return
  // A process that has just ended holds nothing open.
  await member.process.ask({ kind: 'close', reader }, { deadlineMs: 60_000 }).catch(() => undefined)
}
