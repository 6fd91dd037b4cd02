import type { BenchSize, CaseName } from './bench-case.ts'

/** One line to a side: run so many steps of a case. The case stays loaded for the next line. */
export interface StepRequest extends Partial<BenchSize> {
  readonly case: CaseName
  readonly iterations: number
  /** Steps before the first measured one, when the case is loaded by this line. */
  readonly warmup?: number
  /** Settings of PyTorch's side (torch_peer.py, VARIANTS). */
  readonly variant?: Readonly<Record<string, unknown>>
}

/** The answer to a StepRequest. */
export interface StepReply {
  /** Time of each step in milliseconds. */
  readonly ms: readonly number[]
  /** High-water mark of the process's resident memory in MiB. */
  readonly peakMb: number
  /** The same before anything was loaded. */
  readonly idleMb: number
  /** PyTorch's version; absent on our side. */
  readonly torch?: string
  readonly variant?: Readonly<Record<string, unknown>>
}

/** The answer when a case cannot be run. */
export interface FailureReply {
  readonly error: string
}
