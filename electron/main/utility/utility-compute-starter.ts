import type { FromCompute, ToCompute } from '../../compute/protocol.ts'
import type { ComputeChannel, ComputeExit, ComputeStarter, ComputeStartOptions } from '../../core/compute-starter.ts'
import type { FromCore } from '../core-protocol.ts'
import { isLastWord, type OverComputePort } from './compute-port.ts'

/** Runs compute as utility processes of Electron. Only main can start them, so the core asks it to. */
export class UtilityComputeStarter implements ComputeStarter {
  private readonly tellMain: (message: FromCore) => void
  private readonly channels = new Map<number, UtilityComputeChannel>()
  private nextId = 0

  constructor(tellMain: (message: FromCore) => void) {
    this.tellMain = tellMain
  }

  start(options: ComputeStartOptions): ComputeChannel {
    const computeId = this.nextId++
    const channel = new UtilityComputeChannel(() => this.tellMain({ type: 'kill-compute', computeId }))
    this.channels.set(computeId, channel)
    this.tellMain({ type: 'start-compute', computeId, heapLimitBytes: options.heapLimitBytes })
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

class UtilityComputeChannel implements ComputeChannel {
  pid: number | undefined
  log = ''
  private readonly tellKill: () => void
  private port: Electron.MessagePortMain | undefined
  private unsent: ToCompute[] = []
  private isKilled = false
  private messageListener: (message: FromCompute) => void = () => undefined
  private exitListener: (exit: ComputeExit) => void = () => undefined

  constructor(tellKill: () => void) {
    this.tellKill = tellKill
  }

  attach(pid: number | undefined, port: Electron.MessagePortMain): void {
    this.pid = pid
    this.port = port
    port.on('message', ({ data }) => {
      // The process runs our own code; its results are parsed where they are used.
      const message = data as FromCompute
      if (isLastWord(message)) this.post({ type: 'received' })
      this.messageListener(message)
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

  send(message: ToCompute): void {
    if (this.port) this.post(message)
    else this.unsent.push(message)
  }

  onMessage(listener: (message: FromCompute) => void): void {
    this.messageListener = listener
  }

  onExit(listener: (exit: ComputeExit) => void): void {
    this.exitListener = listener
  }

  kill(): void {
    this.isKilled = true
    this.tellKill()
  }

  private post(message: OverComputePort): void {
    this.port?.postMessage(message)
  }
}
