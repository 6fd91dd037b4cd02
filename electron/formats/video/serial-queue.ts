import { throwIfAborted } from '../../../shared/base/abort.ts'

/** Does one thing at a time, in the order asked; what was cancelled while it waited is never begun. */
export class SerialQueue {
  private last: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const result = this.last.then(() => {
      throwIfAborted(signal)
      return work()
    })
    this.last = result.catch(() => undefined)
    return result
  }
}

const sliceMs = 12

/** Lets other work of the process go on now and then during long synchronous work, and stops it when cancelled. */
export class WorkSlices {
  private since = performance.now()
  private readonly signal: AbortSignal | undefined

  constructor(signal?: AbortSignal) {
    this.signal = signal
  }

  /** Whether a pause is due; `pause` takes it. @throws `AbortError` */
  get isDue(): boolean {
    throwIfAborted(this.signal)
    return performance.now() - this.since > sliceMs
  }

  async pause(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.since = performance.now()
    throwIfAborted(this.signal)
  }
}
