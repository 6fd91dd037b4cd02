import { type DataArray, floatsOf } from '../../../shared/contracts/data-array.ts'
import type { DataPlane, FrameRead } from '../../../shared/contracts/data-plane.ts'

/** Most bytes of frames that are kept; the oldest go first. */
const cacheBytes = 256 * 1024 * 1024
/** Frames whose physical values are kept beside their stored ones: what is on the screen is looked at again and again. */
const mostPhysical = 8

/**
 * Frames that were read, kept up to 256 MiB as they came: mostly whole numbers of one or two bytes, so that two to four times as
 * many have room as would as float32. The same read is asked for once, also while it is under way.
 */
export class FrameCache {
  private readonly data: DataPlane
  /** Bytes of frames that are kept at most. */
  readonly limit: number
  private readonly kept = new Map<string, DataArray>()
  private readonly physical = new Map<string, Float32Array>()
  private readonly underWay = new Map<string, Promise<void>>()
  private bytes = 0

  constructor(data: DataPlane, limit = cacheBytes) {
    this.data = data
    this.limit = limit
  }

  /** The physical values where they are here already, [bands, outHeight, outWidth]; shared, so they must not be changed. */
  peek(handle: string, read: FrameRead): Float32Array | null {
    const key = keyOf(handle, read)
    const array = this.kept.get(key)
    if (!array) return null
    this.kept.delete(key)
    this.kept.set(key, array)
    return this.physicalOf(key, array)
  }

  /** Reads the values, [bands, outHeight, outWidth]; shared, so they must not be changed. @throws the data plane's codes */
  async read(handle: string, read: FrameRead): Promise<Float32Array> {
    const key = keyOf(handle, read)
    await this.readAhead(handle, read)
    // More may have been read meanwhile than has room.
    return this.peek(handle, read) ?? floatsOf(await this.fetch(handle, read, key))
  }

  /** Sees to it that values are here when they will be needed. @throws the data plane's codes */
  async readAhead(handle: string, read: FrameRead): Promise<void> {
    const key = keyOf(handle, read)
    if (this.kept.has(key)) return
    const reading =
      this.underWay.get(key) ??
      this.fetch(handle, read, key)
        .then(() => undefined)
        .finally(() => this.underWay.delete(key))
    this.underWay.set(key, reading)
    await reading
  }

  /** Lets go of all frames of a handle (it was closed). */
  forget(handle: string): void {
    for (const [key, { values }] of this.kept)
      if (key.startsWith(handle)) {
        this.kept.delete(key)
        this.physical.delete(key)
        this.bytes -= values.byteLength
      }
  }

  private async fetch(handle: string, read: FrameRead, key: string): Promise<DataArray> {
    const array = await this.data.read(handle, read)
    this.keep(key, array)
    return array
  }

  private physicalOf(key: string, array: DataArray): Float32Array {
    const values = this.physical.get(key) ?? floatsOf(array)
    this.physical.delete(key)
    if (values === array.values) return values
    this.physical.set(key, values)
    for (const oldest of this.physical.keys()) {
      if (this.physical.size <= mostPhysical) break
      this.physical.delete(oldest)
    }
    return values
  }

  private keep(key: string, array: DataArray): void {
    this.bytes += array.values.byteLength - (this.kept.get(key)?.values.byteLength ?? 0)
    this.kept.delete(key)
    this.kept.set(key, array)
    for (const [old, { values }] of this.kept) {
      if (this.bytes <= this.limit || old === key) break
      this.kept.delete(old)
      this.physical.delete(old)
      this.bytes -= values.byteLength
    }
  }
}

function keyOf(handle: string, read: FrameRead): string {
  const { frame, bands, window, outHeight, outWidth, resampling } = read
  return `${handle}:${frame}:${bands.join(',')}:${window.row},${window.column},${window.height},${window.width}:${outHeight}x${outWidth}:${resampling}`
}
