import { describe, expect, it } from 'vitest'
import { BlockCache } from '../../../../electron/formats/geotiff/block-cache.ts'

const block = (value: number): Promise<Uint8Array> => Promise.resolve(new Uint8Array(100).fill(value))

describe('the cache of decoded blocks', () => {
  it('decodes a block once while it is held, and again after it was pushed out by younger ones', async () => {
    const cache = new BlockCache(250)
    let decoded = 0
    const get = (key: string): Promise<unknown> =>
      cache.get(key, () => {
        decoded++
        return block(1)
      })
    await get('a')
    await get('b')
    await get('a')
    expect(decoded).toBe(2)
    // "b" is now the least used; a third block does not fit beside both.
    await get('c')
    await get('a')
    expect(decoded).toBe(3)
    await get('b')
    expect(decoded).toBe(4)
    expect(cache.bytes).toBeLessThanOrEqual(250)
  })

  it('shares one decoding among readers that ask at the same time', async () => {
    const cache = new BlockCache(1000)
    let decoded = 0
    const decode = (): Promise<Uint8Array> => {
      decoded++
      return block(decoded)
    }
    const [first, second] = await Promise.all([cache.get('a', decode), cache.get('a', decode)])
    expect(decoded).toBe(1)
    expect(first).toBe(second)
  })

  it('does not hold what is larger than all of it, nor what failed', async () => {
    const cache = new BlockCache(50)
    await cache.get('a', () => block(1))
    expect(cache.bytes).toBe(0)
    await expect(cache.get('b', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    await expect(cache.get('b', () => block(2))).resolves.toHaveLength(100)
  })

  it('forgets the blocks of a closed file only', async () => {
    const cache = new BlockCache(1000)
    await cache.get('1:0', () => block(1))
    await cache.get('2:0', () => block(2))
    cache.forget('1:')
    expect(cache.bytes).toBe(100)
  })
})
