import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from '../../../shared/base/assert.ts'

/** Levels between 0 and 1; 8-bit values come out exactly (255 divides it). */
const levels = 65535
const framesPerBlock = 64
const defaultMemoryBytes = 512 * 2 ** 20
type Values = Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>

/** How a store keeps its values. */
export interface FrameStoreOptions {
  readonly memoryBytes?: number
  /** Keeps any values, with 32 bits each: for features of frames, which know no range. */
  readonly isExact?: boolean
}

/**
 * Small frames, all of one size, values in [0, 1], kept with 16 bits each unless they are to be exact. The first ones lie in memory; when they reach the
 * limit, the rest goes to a temporary file, so that memory is bounded whatever the data.
 */
export class FrameStore {
  readonly valuesPerFrame: number
  private readonly isExact: boolean
  private readonly blocks: Values[] = []
  private readonly framesInMemory: number
  private spilled: { readonly folder: string; readonly file: number } | null = null
  private readonly one: Values
  private frames = 0

  constructor(valuesPerFrame: number, { memoryBytes = defaultMemoryBytes, isExact = false }: FrameStoreOptions = {}) {
    this.valuesPerFrame = valuesPerFrame
    this.isExact = isExact
    this.one = this.empty(1)
    this.framesInMemory = Math.max(1, Math.floor(memoryBytes / this.one.byteLength))
  }

  get length(): number {
    return this.frames
  }

  /** @param values in [0, 1]; what lies outside is cut off, NaN becomes 0, unless the store is exact @returns index of the frame */
  add(values: Float32Array): number {
    assert(values.length === this.valuesPerFrame, 'all frames of a store have one size')
    const index = this.frames++
    const target = index < this.framesInMemory ? this.inMemory(index) : this.one
    if (this.isExact) target.set(values)
    else
      for (let i = 0; i < values.length; i++)
        target[i] = Math.round(Math.min(1, Math.max(0, values[i] ?? 0)) * levels) || 0
    if (target === this.one) writeSync(this.opened().file, this.one, 0, this.one.byteLength, this.positionOf(index))
    return index
  }

  /** Writes a frame into `target` from `offset` on. */
  copyTo(target: Float32Array, offset: number, index: number): void {
    assert(index >= 0 && index < this.frames, 'the frame was added')
    let source = this.one
    if (index < this.framesInMemory) source = this.inMemory(index)
    else readSync(this.opened().file, this.one, 0, this.one.byteLength, this.positionOf(index))
    if (this.isExact) target.set(source, offset)
    else for (let i = 0; i < source.length; i++) target[offset + i] = (source[i] ?? 0) / levels
  }

  /** A frame as a new array. */
  frame(index: number): Float32Array {
    const values = new Float32Array(this.valuesPerFrame)
    this.copyTo(values, 0, index)
    return values
  }

  /** Frees the memory and removes the temporary file; safe to call more than once. */
  close(): void {
    this.blocks.length = 0
    this.frames = 0
    if (!this.spilled) return
    closeSync(this.spilled.file)
    rmSync(this.spilled.folder, { recursive: true, force: true })
    this.spilled = null
  }

  private empty(frames: number): Values {
    const length = frames * this.valuesPerFrame
    return this.isExact ? new Float32Array(length) : new Uint16Array(length)
  }

  private inMemory(index: number): Values {
    const block = Math.floor(index / framesPerBlock)
    this.blocks[block] ??= this.empty(framesPerBlock)
    const start = (index % framesPerBlock) * this.valuesPerFrame
    return this.blocks[block].subarray(start, start + this.valuesPerFrame)
  }

  private positionOf(index: number): number {
    return (index - this.framesInMemory) * this.one.byteLength
  }

  private opened(): { readonly file: number } {
    if (!this.spilled) {
      const folder = mkdtempSync(join(tmpdir(), 'chronolens-frames-'))
      this.spilled = { folder, file: openSync(join(folder, 'frames'), 'w+') }
    }
    return this.spilled
  }
}
