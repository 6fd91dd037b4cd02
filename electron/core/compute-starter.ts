import type { FromCompute, ToCompute } from '../compute/protocol.ts'

/** How a compute process ended. */
export interface ComputeExit {
  readonly code: number | null
  readonly signal: string | null
  /** Set when the process could not be started at all. */
  readonly startError?: Error
}

/** The host's end of one compute process. Listeners are set once, before anything else. */
export interface ComputeChannel {
  readonly pid: number | undefined
  send(message: ToCompute): void
  onMessage(listener: (message: FromCompute) => void): void
  /** Called once, after the last message. */
  onExit(listener: (exit: ComputeExit) => void): void
  /** Ends the process at once; what it has not written is lost. */
  kill(): void
  /** The last of what the process wrote to its output, for error messages. */
  readonly log: string
}

/** Starts compute processes. One class per host: Node's child processes here, Electron's utility processes there. */
export interface ComputeStarter {
  start(options: ComputeStartOptions): ComputeChannel
}

/** Options of a compute process. */
export interface ComputeStartOptions {
  /** Limit of the JavaScript heap, for files that nobody vouches for; the engine's default when absent. */
  readonly heapLimitBytes?: number
}
