import { AppError } from '../../../shared/base/app-error.ts'
import type { DataRead } from '../../../shared/contracts/data-plane.ts'
import { newId } from './grants.ts'

/** A file that a browser fetches piece by piece. */
export interface Download {
  readonly fileName: string
  readonly mediaType: string
  readonly bytes: number
  pieces(signal: AbortSignal): AsyncIterable<Uint8Array>
  /** After the last piece was taken. */
  delivered(): Promise<void>
}

/** Whether a source can be fetched piece by piece. */
export function isDownload(source: DataSource): source is DataSource & Download {
  return 'pieces' in source && 'delivered' in source
}

/** Something that can be read through the data plane. */
export interface DataSource {
  /** A `DataArray`, encoded: most come so from another process, and are only handed on. */
  read(read: DataRead, signal?: AbortSignal): Promise<ArrayBuffer>
  close(): Promise<void>
}

interface Entry<Source extends DataSource> {
  readonly source: Source
  usedAt: number
}

/**
 * The data handles of one session: 128 random bits each, useless in any other session. One that has not been used for
 * `idleMs` is closed, and when there is no room the one that was unused the longest, if for `spareMs`; at most `limit` are open.
 */
export class HandleTable<Source extends DataSource = DataSource> {
  private readonly entries = new Map<string, Entry<Source>>()
  private readonly idleMs: number
  private readonly spareMs: number
  private readonly limit: number
  private readonly now: () => number

  constructor(options: { idleMs?: number; spareMs?: number; limit?: number; now?: () => number } = {}) {
    this.idleMs = options.idleMs ?? 60 * 60 * 1000
    this.spareMs = options.spareMs ?? 60 * 1000
    this.limit = options.limit ?? 64
    this.now = options.now ?? (() => performance.now())
  }

  /** Takes a source over and closes it in the end. @throws `data/too-many-handles` */
  async add(source: Source): Promise<string> {
    await this.closeIdle()
    // A page that was loaded anew has left its handles behind; what was not used for a while is given up for what is wanted now.
    const [oldest] = [...this.entries].sort(([, a], [, b]) => a.usedAt - b.usedAt)
    if (this.entries.size >= this.limit && oldest && this.now() - oldest[1].usedAt > this.spareMs)
      await this.close(oldest[0])
    if (this.entries.size >= this.limit) {
      await source.close()
      throw new AppError('data/too-many-handles', `${this.limit} sequences are open; close some of them first.`, {
        limit: this.limit,
      })
    }
    const handle = newId()
    this.entries.set(handle, { source, usedAt: this.now() })
    return handle
  }

  /** @throws `data/unknown-handle` */
  use(handle: string): Source {
    const entry = this.entries.get(handle)
    if (!entry || this.isIdle(entry))
      throw new AppError('data/unknown-handle', 'This sequence is not open in this session any more; open it again.', {
        handle,
      })
    entry.usedAt = this.now()
    return entry.source
  }

  async close(handle: string): Promise<void> {
    const entry = this.entries.get(handle)
    this.entries.delete(handle)
    await entry?.source.close()
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.entries.keys()].map((handle) => this.close(handle)))
  }

  private async closeIdle(): Promise<void> {
    for (const [handle, entry] of this.entries) if (this.isIdle(entry)) await this.close(handle)
  }

  private isIdle(entry: Entry<Source>): boolean {
    return this.now() - entry.usedAt > this.idleMs
  }
}
