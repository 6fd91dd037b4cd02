import { AbortError } from '../../shared/base/abort.ts'

/** Bytes that an answer takes until the client has them. */
export interface HeldBytes {
  /** What was foreseen has turned out to be this much. */
  resize(bytes: number): void
  release(): void
}

interface Waiting {
  readonly bytes: number
  readonly enter: () => void
}

/**
 * The bytes of one client's answers that are being made or wait to be taken. Further answers are begun when the earlier ones have
 * been taken, in the order they were asked for, so that a client that asks for much and takes little costs no more than the
 * limit. One answer alone may be larger.
 */
export class WaitingBytes {
  private readonly limit: number
  private held = 0
  private waiting: Waiting[] = []

  constructor(limit: number) {
    this.limit = limit
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.held
  }

  /** Waits until there is room, and takes it. @throws `AbortError` */
  async take(bytes: number, signal: AbortSignal): Promise<HeldBytes> {
    if (this.waiting.length > 0 || !this.hasRoom(bytes))
      await new Promise<void>((resolve, reject) => {
        const entry: Waiting = { bytes, enter: resolve }
        this.waiting.push(entry)
        const onAbort = (): void => {
          this.waiting = this.waiting.filter((other) => other !== entry)
          reject(new AbortError())
          this.next()
        }
        if (signal.aborted) onAbort()
        else signal.addEventListener('abort', onAbort, { once: true })
      })
    else this.held += bytes
    return this.hold(bytes)
  }

  private hold(bytes: number): HeldBytes {
    let size = bytes
    const resize = (to: number): void => {
      this.held += to - size
      size = to
      this.next()
    }
    return { resize, release: () => resize(0) }
  }

  private hasRoom(bytes: number): boolean {
    return this.held === 0 || this.held + bytes <= this.limit
  }

  private next(): void {
    for (let [first] = this.waiting; first && this.hasRoom(first.bytes); [first] = this.waiting) {
      this.waiting.shift()
      this.held += first.bytes
      first.enter()
    }
  }
}
