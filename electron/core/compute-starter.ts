import type { FromCompute, ToCompute } from '../compute/protocol.ts'
import type { FromReader, ToReader } from '../compute/reading/read-protocol.ts'

/** How a process that the core started ended. */
export interface ComputeExit {
  readonly code: number | null
  readonly signal: string | null
  /** Set when the process could not be started at all. */
  readonly startError?: Error
}

/** The host's end of one process. Listeners are set once, before anything else. */
export interface ProcessChannel<To, From> {
  readonly pid: number | undefined
  send(message: To): void
  onMessage(listener: (message: From) => void): void
  /** Called once, after the last message. */
  onExit(listener: (exit: ComputeExit) => void): void
  /** Ends the process at once; what it has not written is lost. */
  kill(): void
  /** The last of what the process wrote to its output, for error messages. */
  readonly log: string
}

/** The host's end of one compute process. */
export type ComputeChannel = ProcessChannel<ToCompute, FromCompute>
/** The host's end of one reader process. */
export type ReaderChannel = ProcessChannel<ToReader, FromReader>

/**
 * Starts the processes that may be lost: compute, one for each job, and readers, which find, open and read sequences.
 * One class per host: Node's child processes here, Electron's utility processes there.
 */
export interface ComputeStarter {
  start(options: ComputeStartOptions): ComputeChannel
  startReader(options: ComputeStartOptions): ReaderChannel
}

/** What a process is started for. */
export type ComputeEntry = 'compute' | 'reader'

/** Options of a process. */
export interface ComputeStartOptions {
  /** Limit of the JavaScript heap, for files that nobody vouches for; the engine's default when absent. */
  readonly heapLimitBytes?: number
}
