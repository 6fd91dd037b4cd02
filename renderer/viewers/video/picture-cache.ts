import type { DataPlane } from '../../../shared/contracts/data-plane.ts'

/** A frame as it came: RGBA, row-major [height, width, 4]. */
export interface Picture {
  readonly frame: number
  readonly height: number
  readonly width: number
  readonly pixels: Uint8Array
}

/** Size at which pictures are asked for. */
export interface PictureSize {
  readonly height: number
  readonly width: number
}

/** Most bytes of pictures that are kept (two minutes of 320 x 180 at 10 per second). */
const cacheBytes = 192 * 1024 * 1024
const mostUnderWay = 3

interface Running {
  readonly stop: AbortController
  readonly picture: Promise<Picture>
}

/**
 * Pictures of one open sequence: what was read, bounded in bytes, and what is being read. The same picture is never read twice
 * at once. `want` says what is needed now and next; what is no longer wanted is given up.
 */
export class PictureCache {
  private readonly data: DataPlane
  private readonly handle: string
  private readonly limit: number
  private readonly kept = new Map<string, Picture>()
  private readonly running = new Map<string, Running>()
  private readonly onArrived: (picture: Picture) => void
  private readonly onError: (error: unknown) => void
  private queue: { readonly frame: number; readonly size: PictureSize }[] = []
  private bytes = 0
  private isClosed = false

  constructor(
    data: DataPlane,
    handle: string,
    events: { readonly onArrived: (picture: Picture) => void; readonly onError: (error: unknown) => void },
    limit = cacheBytes,
  ) {
    this.data = data
    this.handle = handle
    this.limit = limit
    this.onArrived = events.onArrived
    this.onError = events.onError
  }

  /** The picture where it is here already. */
  peek(frame: number, size: PictureSize): Picture | null {
    const key = keyOf(frame, size)
    const picture = this.kept.get(key)
    if (!picture) return null
    this.kept.delete(key)
    this.kept.set(key, picture)
    return picture
  }

  /**
   * Says which frames are wanted, the most urgent one first. Reads under way for others are given up, so that jumping about
   * does not wait for places left behind.
   */
  want(frames: readonly number[], size: PictureSize): void {
    const keys = new Set(frames.map((frame) => keyOf(frame, size)))
    for (const [key, { stop }] of this.running) if (!keys.has(key)) stop.abort()
    this.queue = frames.filter((frame) => !this.kept.has(keyOf(frame, size))).map((frame) => ({ frame, size }))
    this.start()
  }

  /** Reads one picture by itself (a thumbnail); it is not kept here. @throws the data plane's codes, `AbortError` */
  async read(frame: number, size: PictureSize, signal?: AbortSignal): Promise<Picture> {
    const read = { kind: 'picture', frame, outHeight: size.height, outWidth: size.width } as const
    const { values, shape } = await this.data.read(this.handle, read, signal)
    const [height = 0, width = 0] = shape
    const pixels = values instanceof Uint8Array ? values : Uint8Array.from(values)
    return { frame, height, width, pixels }
  }

  close(): void {
    this.isClosed = true
    this.queue = []
    for (const { stop } of this.running.values()) stop.abort()
    this.kept.clear()
    this.bytes = 0
  }

  private start(): void {
    while (this.running.size < mostUnderWay) {
      const next = this.queue.shift()
      if (!next || this.isClosed) return
      const key = keyOf(next.frame, next.size)
      if (this.running.has(key) || this.kept.has(key)) continue
      const stop = new AbortController()
      const picture = this.read(next.frame, next.size, stop.signal)
      this.running.set(key, { stop, picture })
      picture
        .then((arrived) => {
          if (this.isClosed) return
          this.keep(key, arrived)
          this.onArrived(arrived)
        })
        .catch((error: unknown) => {
          if (!stop.signal.aborted && !this.isClosed) this.onError(error)
        })
        .finally(() => {
          this.running.delete(key)
          this.start()
        })
    }
  }

  private keep(key: string, picture: Picture): void {
    this.kept.set(key, picture)
    this.bytes += picture.pixels.byteLength
    for (const [old, { pixels }] of this.kept) {
      if (this.bytes <= this.limit || old === key) break
      this.kept.delete(old)
      this.bytes -= pixels.byteLength
    }
  }
}

function keyOf(frame: number, { height, width }: PictureSize): string {
  return `${frame}:${height}x${width}`
}
