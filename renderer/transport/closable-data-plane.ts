import { AbortError } from '../../shared/base/abort.ts'
import type { DataArray } from '../../shared/contracts/data-array.ts'
import type { DataPlane, DataRead } from '../../shared/contracts/data-plane.ts'

/**
 * A data plane that asks for nothing any more by a handle that is being closed. What is closed by one way (a call) and read
 * by another (a request of its own) would else be asked for after it has gone, which browsers report as failed requests.
 */
export class ClosableDataPlane implements DataPlane {
  private readonly reading = new Map<string, AbortController>()
  private readonly closed = new Set<string>()

  private readonly plane: DataPlane

  constructor(plane: DataPlane) {
    this.plane = plane
  }

  /** @throws the plane's codes; `AbortError` when the handle is closed, before or meanwhile */
  async read(handle: string, read: DataRead, signal?: AbortSignal): Promise<DataArray> {
    if (this.closed.has(handle)) throw new AbortError()
    let own = this.reading.get(handle)
    if (!own) this.reading.set(handle, (own = new AbortController()))
    return this.plane.read(handle, read, signal ? AbortSignal.any([signal, own.signal]) : own.signal)
  }

  /** Gives up what is read by a handle, before the core is told that it is not needed any more. */
  giveUp(handle: string): void {
    this.closed.add(handle)
    this.reading.get(handle)?.abort(new AbortError())
    this.reading.delete(handle)
  }
}
