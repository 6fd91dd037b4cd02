/** Decoded samples of one block, in a typed array of the stored type (64-bit integers as float64, float16 as float32). */
export type BlockValues =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array

/**
 * Keeps the blocks decoded last, up to a number of bytes, so that many windows of one file do not decode it again and again.
 * Two readers that ask for the same block at once share one decoding.
 */
export class BlockCache {
  private readonly limitBytes: number
  private readonly blocks = new Map<string, BlockValues>()
  private readonly pending = new Map<string, Promise<BlockValues>>()
  private heldBytes = 0

  constructor(limitBytes = 256 * 1024 * 1024) {
    this.limitBytes = limitBytes
  }

  /** Bytes held now; at most the limit. */
  get bytes(): number {
    return this.heldBytes
  }

  /** The block of that key, decoded now if it is not held; shared, so it must not be changed. */
  async get(key: string, decode: () => Promise<BlockValues>): Promise<BlockValues> {
    const held = this.blocks.get(key)
    if (held) {
      // A map lists its keys by insertion, so inserting again makes this the youngest.
      this.blocks.delete(key)
      this.blocks.set(key, held)
      return held
    }
    const running = this.pending.get(key)
    if (running) return running
    const started = decode()
    this.pending.set(key, started)
    try {
      const block = await started
      this.keep(key, block)
      return block
    } finally {
      this.pending.delete(key)
    }
  }

  /** Forgets every block whose key starts so. */
  forget(prefix: string): void {
    for (const [key, block] of this.blocks) {
      if (!key.startsWith(prefix)) continue
      this.blocks.delete(key)
      this.heldBytes -= block.byteLength
    }
  }

  private keep(key: string, block: BlockValues): void {
    if (block.byteLength > this.limitBytes) return
    this.blocks.set(key, block)
    this.heldBytes += block.byteLength
    for (const [oldest, values] of this.blocks) {
      if (this.heldBytes <= this.limitBytes) break
      this.blocks.delete(oldest)
      this.heldBytes -= values.byteLength
    }
  }
}
