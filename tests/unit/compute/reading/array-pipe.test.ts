import { describe, expect, it } from 'vitest'
import { ArrayPipeParser } from '../../../../electron/compute/reading/array-pipe.ts'
import { type DataArray, decodeDataArray, encodeDataArray } from '../../../../shared/contracts/data-array.ts'

/** Frames as the writing end makes them. */
function framed(id: number, array: DataArray): Buffer {
  const body = Buffer.from(encodeDataArray(array))
  const head = Buffer.alloc(8)
  head.writeUInt32LE(id, 0)
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body])
}

const first: DataArray = {
  type: 'int16',
  shape: [2, 2],
  values: Int16Array.of(-3, 4, 5, -32768),
  remarks: { frame: 1 },
}
const second: DataArray = { type: 'uint8', shape: [3], values: Uint8Array.of(9, 8, 7), remarks: {} }

describe('the pipe by which images leave a reader process', () => {
  it.each([1, 2, 7, 64, 1000])('puts arrays together from pieces of %i bytes, whatever the borders', (size) => {
    const bytes = Buffer.concat([framed(4, first), framed(70_000, second)])
    const found: [number, DataArray][] = []
    const parser = new ArrayPipeParser((id, buffer) => found.push([id, decodeDataArray(buffer)]))
    for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size))
    expect(found).toEqual([
      [4, first],
      [70_000, second],
    ])
  })

  it('gives each array memory of its own, that can be handed on whole', () => {
    const found: ArrayBuffer[] = []
    const parser = new ArrayPipeParser((_, buffer) => found.push(buffer))
    parser.push(Buffer.concat([framed(0, second), framed(1, second)]))
    expect(found[0]).not.toBe(found[1])
    expect(found[0]?.byteLength).toBe(encodeDataArray(second).byteLength)
    expect(() => structuredClone(found[0], { transfer: [found[0] as ArrayBuffer] })).not.toThrow()
  })

  it('takes no announcement of more than an image may have', () => {
    const head = Buffer.alloc(8)
    head.writeUInt32LE(2 ** 31, 4)
    expect(() => new ArrayPipeParser(() => undefined).push(head)).toThrow('2147483648 bytes')
  })
})
