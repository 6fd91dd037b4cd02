import type {
  ComputeChannel,
  ComputeEntry,
  ComputeExit,
  ComputeStarter,
  ComputeStartOptions,
  ProcessChannel,
  ReaderChannel,
} from '../../core/compute-starter.ts'
import type { FromCore } from '../core-protocol.ts'
import { isLastWord } from './compute-port.ts'

/** Runs compute and readers as utility processes of Electron. Only main can start them, so the core asks it to. */
export class UtilityComputeStarter implements ComputeStarter {
  private readonly tellMain: (message: FromCore) => void
  private readonly channels = new Map<number, UtilityChannel>()
  private nextId = 0

  constructor(tellMain: (message: FromCore) => void) {
    this.tellMain = tellMain
  }

  start(options: ComputeStartOptions): ComputeChannel {
    return this.begin('compute', options) as unknown as ComputeChannel
  }

  startReader(options: ComputeStartOptions): ReaderChannel {
    return this.begin('reader', options) as unknown as ReaderChannel
  }

  private begin(entry: ComputeEntry, { heapLimitBytes }: ComputeStartOptions): UtilityChannel {
    const computeId = this.nextId++
    const channel = new UtilityChannel(() => this.tellMain({ type: 'kill-compute', computeId }))
    this.channels.set(computeId, channel)
    this.tellMain({ type: 'start-compute', computeId, entry, heapLimitBytes })
    return channel
  }

  /** Main has started a process. */
  started(computeId: number, pid: number | undefined, port: Electron.MessagePortMain): void {
    this.channels.get(computeId)?.attach(pid, port)
  }

  /** A process has ended. */
  ended(computeId: number, code: number | null, log: string): void {
    this.channels.get(computeId)?.end(code, log)
    this.channels.delete(computeId)
  }
}

/** What is said over it is known by those who asked for the process. */
class UtilityChannel implements ProcessChannel<unknown, unknown> {
  pid: number | undefined
  log = ''
  private readonly tellKill: () => void
  private port: Electron.MessagePortMain | undefined
  private unsent: unknown[] = []
  private isKilled = false
  private messageListener: (message: unknown) => void = () => undefined
  private exitListener: (exit: ComputeExit) => void = () => undefined

  constructor(tellKill: () => void) {
    this.tellKill = tellKill
  }

  attach(pid: number | undefined, port: Electron.MessagePortMain): void {
    this.pid = pid
    this.port = port
    port.on('message', ({ data }) => {
      // The process runs our own code; its results are parsed where they are used.
      if (isLastWord(data as { readonly type: string })) this.post({ type: 'received' })
      this.messageListener(data)
    })
    port.start()
    for (const message of this.unsent.splice(0)) this.post(message)
    // Killed before main could know the process.
    if (this.isKilled) this.tellKill()
  }

  end(code: number | null, log: string): void {
    this.log = log
    this.port?.close()
    // Main ends a process only by SIGKILL and only when asked; the exit code alone would not tell.
    this.exitListener({ code, signal: this.isKilled ? 'SIGKILL' : null })
  }

  send(message: unknown): void {
    if (this.port) this.post(message)
    else this.unsent.push(message)
  }

  onMessage(listener: (message: unknown) => void): void {
    this.messageListener = listener
  }

  onExit(listener: (exit: ComputeExit) => void): void {
    this.exitListener = listener
  }

  kill(): void {
    this.isKilled = true
    this.tellKill()
  }

  private post(message: unknown): void {
    this.port?.postMessage(message)
  }
}
