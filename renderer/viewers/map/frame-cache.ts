import type { DataPlane, FrameRead } from '../../../shared/contracts/data-plane.ts'

/** Most bytes of frames that are kept; the oldest go first. */
const cacheBytes = 256 * 1024 * 1024

/**
 * Frames that were read, kept up to 256 MiB. The same read is asked for once, also while it is under way.
 */
export class FrameCache {
  private readonly data: DataPlane
  /** Bytes of frames that are kept at most. */
  readonly limit: number
  private readonly kept = new Map<string, Float32Array>()
  private readonly underWay = new Map<string, Promise<Float32Array>>()
  private bytes = 0

  constructor(data: DataPlane, limit = cacheBytes) {
    this.data = data
    this.limit = limit
  }

  /** The values where they are here already, [bands, outHeight, outWidth]. */
  peek(handle: string, read: FrameRead): Float32Array | null {
    const key = keyOf(handle, read)
    const values = this.kept.get(key)
    if (!values) return null
    this.kept.delete(key)
    this.kept.set(key, values)
    return values
  }

  /** Reads the values, [bands, outHeight, outWidth]. @throws the data plane's codes */
  async read(handle: string, read: FrameRead): Promise<Float32Array> {
    const here = this.peek(handle, read)
    if (here) return here
    const key = keyOf(handle, read)
    const running = this.underWay.get(key)
    if (running) return running
    const reading = this.data
      .read(handle, read)
      .then(({ values }) => {
        const floats = values instanceof Float32Array ? values : Float32Array.from(values)
        this.keep(key, floats)
        return floats
      })
      .finally(() => this.underWay.delete(key))
    this.underWay.set(key, reading)
    return reading
  }

  /** Lets go of all frames of a handle (it was closed). */
  forget(handle: string): void {
    for (const [key, values] of this.kept)
      if (key.startsWith(handle)) {
        this.kept.delete(key)
        this.bytes -= values.byteLength
      }
  }

  private keep(key: string, values: Float32Array): void {
    this.kept.set(key, values)
    this.bytes += values.byteLength
    for (const [old, oldValues] of this.kept) {
      if (this.bytes <= this.limit || old === key) break
      this.kept.delete(old)
      this.bytes -= oldValues.byteLength
    }
  }
}

function keyOf(handle: string, read: FrameRead): string {
  const { frame, bands, window, outHeight, outWidth, resampling } = read
  return `${handle}:${frame}:${bands.join(',')}:${window.row},${window.column},${window.height},${window.width}:${outHeight}x${outWidth}:${resampling}`
}
