import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { NodeComputeStarter } from '../../../electron/core/node-compute-starter.ts'
import { ReaderPool, type ReaderPoolLimits } from '../../../electron/core/reading/reader-pool.ts'
import type { RemoteReader } from '../../../electron/core/reading/remote-reader.ts'
import { AbortError } from '../../../shared/base/abort.ts'
import { type DataArray, decodeDataArray } from '../../../shared/contracts/data-array.ts'
import type { FrameRead } from '../../../shared/contracts/data-plane.ts'

const starter = new NodeComputeStarter({ reader: fileURLToPath(new URL('./odd-reader.mjs', import.meta.url)) })
const pools: ReaderPool[] = []
afterEach(() => pools.splice(0).forEach((pool) => pool.close()))

function poolOf(limits: Partial<ReaderPoolLimits> = {}): ReaderPool {
  const pool = new ReaderPool(starter, { processes: 2, ...limits })
  pools.push(pool)
  return pool
}

const open = (pool: ReaderPool, path = 'good', sequence: string | null = null): Promise<RemoteReader> =>
  pool.open({ paths: [path], sequence, excluded: [] })

/** Frames above 0 do what `odd-reader.mjs` says. */
async function view(reader: RemoteReader, frame = 0, signal?: AbortSignal): Promise<DataArray> {
  const window = { row: 0, column: 0, height: 4, width: 4 }
  const read: FrameRead = { kind: 'frame', frame, bands: [0], window, outHeight: 2, outWidth: 3, resampling: 'nearest' }
  return decodeDataArray(await reader.view(read, signal))
}
const [hang, crash, grow, endless, refuse, endlessAtFirst] = [1, 2, 3, 4, 5, 8]

/** The odd reader fills its frames with its process id. */
const pidOf = async (reader: RemoteReader): Promise<number> => (await view(reader)).values[1] ?? 0

describe('a sequence that is open in a reader process', () => {
  it('gives numbers as they were, NaN included', async () => {
    const { values, shape } = await view(await open(poolOf()))
    expect(values).toBeInstanceOf(Float32Array)
    expect(values[0]).toBeNaN()
    expect(values[5]).not.toBe(process.pid)
    expect(shape).toEqual([1, 2, 3])
  })

  it.runIf(process.platform === 'linux').each([
    ['hangs', hang, 'compute/deadline', { silenceMs: 2000 }],
    ['crashes', crash, 'compute/crashed', {}],
    ['eats memory', grow, 'compute/out-of-memory', { memoryLimitBytes: 300 * 2 ** 20 }],
    ['is busy for ever', endless, 'compute/deadline', { readMs: 500 }],
  ])('whose process %s says so, and can be read again', async (_, frame, code, limits) => {
    const reader = await open(poolOf(limits))
    const before = await pidOf(reader)
    await expect(view(reader, frame)).rejects.toMatchObject({ code })
    expect(await pidOf(reader)).not.toBe(before)
  })

  it('keeps the codes of its own errors, and its process', async () => {
    const reader = await open(poolOf())
    const before = await pidOf(reader)
    await expect(view(reader, refuse)).rejects.toMatchObject({ code: 'test/refused' })
    expect(await pidOf(reader)).toBe(before)
  })

  it('whose process is killed while nothing is read does not show it', async () => {
    const reader = await open(poolOf())
    const before = await pidOf(reader)
    process.kill(before, 'SIGKILL')
    await expect.poll(() => pools[0]?.pids).toEqual([])
    expect(await pidOf(reader)).not.toBe(before)
  })

  it.runIf(process.platform === 'linux')(
    'whose process is killed from outside while it reads is read again',
    async () => {
      const reader = await open(poolOf())
      const before = await pidOf(reader)
      const under = view(reader, endlessAtFirst)
      process.kill(before, 'SIGKILL')
      expect((await under).values[1]).not.toBe(before)
    },
  )

  it('lets a read be taken back at once, also one that would never end', async () => {
    const reader = await open(poolOf())
    const abort = new AbortController()
    const read = view(reader, endless, abort.signal)
    abort.abort()
    await expect(read).rejects.toThrow('Cancelled.')
    expect(await pidOf(reader)).toBeGreaterThan(0)
  })

  it('reads nothing once it is closed', async () => {
    const reader = await open(poolOf())
    await reader.close()
    await reader.close()
    await expect(async () => view(reader)).rejects.toMatchObject({ code: 'sequence/closed' })
  })
})

describe('a frame that ends the process that reads it', () => {
  it.runIf(process.platform === 'linux').each([
    ['crashes', crash, 'compute/crashed', {}],
    ['hangs', hang, 'compute/deadline', { silenceMs: 2000 }],
    ['eats memory', grow, 'compute/out-of-memory', { memoryLimitBytes: 300 * 2 ** 20 }],
  ])(
    'is left out once it has done so twice (%s), and named; the others can be read',
    async (_, frame, code, limits) => {
      const reader = await open(poolOf(limits))
      await expect(view(reader, frame)).rejects.toMatchObject({ code })
      const shut = { code: 'sequence/frame-shut', details: { frame: frame + 1, name: 'good', cause: code } }
      await expect(view(reader, frame)).rejects.toMatchObject(shut)
      const before = await pidOf(reader)
      await expect(view(reader, frame)).rejects.toMatchObject(shut)
      // Refused without a process being lost again.
      expect(await pidOf(reader)).toBe(before)
      const block = { frames: [0, frame], bands: [0], window: { row: 0, column: 0, height: 1, width: 1 } }
      await expect(reader.read(block)).rejects.toMatchObject(shut)
    },
  )

  it('does not harm the frames that are read at the same time', async () => {
    const reader = await open(poolOf())
    const waiting = [view(reader, 6), view(reader, crash), view(reader, 7)]
    const [before, crashed, after] = await Promise.allSettled(waiting)
    expect(before?.status).toBe('fulfilled')
    expect(crashed).toMatchObject({ reason: { code: 'sequence/frame-shut', details: { frame: crash + 1 } } })
    expect(after?.status).toBe('fulfilled')
    expect(await pidOf(reader)).toBeGreaterThan(0)
  })

  it('is tried again when the sequence is opened anew after the files were looked at', async () => {
    const pool = poolOf()
    const reader = await open(pool)
    await Promise.allSettled([view(reader, crash), view(reader, 6)])
    await expect(view(reader, crash)).rejects.toMatchObject({ code: 'sequence/frame-shut' })
    await expect(view(await open(pool), crash)).rejects.toMatchObject({ code: 'sequence/frame-shut' })
    await pool.inspect(['good'], [], {})
    await expect(view(await open(pool), crash)).rejects.toMatchObject({ code: 'compute/crashed' })
  })

  it('does not keep the sequence closed when it is met while opening', async () => {
    const reader = await open(poolOf(), 'crash-unless-cautious', 'odd-open')
    expect(await pidOf(reader)).toBeGreaterThan(0)
  })
})

describe('reader processes that go down as soon as they are started', () => {
  it('are started later and later, until one does something', async () => {
    const waits: number[] = []
    let time = 0
    const wait = (ms: number): Promise<void> => {
      waits.push(ms)
      time += ms
      return Promise.resolve()
    }
    const pool = poolOf({ wait, now: () => time })
    const fails = { code: 'compute/crashed' }
    // Each opening is tried twice; from the second loss on the next start waits, twice as long every time.
    for (let i = 0; i < 2; i++) await expect(open(pool, 'crash', 'odd-open')).rejects.toMatchObject(fails)
    expect(waits).toEqual([500, 1000])
    await open(pool)
    expect(waits).toEqual([500, 1000, 2000])
    for (let i = 0; i < 2; i++) await expect(open(pool, 'crash', 'odd-open')).rejects.toMatchObject(fails)
    expect(waits).toEqual([500, 1000, 2000, 500, 1000])
  })

  it('do not keep anybody who gives up waiting', async () => {
    const pool = poolOf({
      wait: (_ms, signal) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new AbortError()))),
    })
    await expect(open(pool, 'crash', 'odd-open')).rejects.toMatchObject({ code: 'compute/crashed' })
    const abort = new AbortController()
    const waiting = pool.open({ paths: ['good'], sequence: null, excluded: [] }, abort.signal)
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('the pool of reader processes', () => {
  it('opens what lies in a folder in the process that looked at it', async () => {
    const pool = poolOf()
    await pool.inspect(['a'], [], {})
    const looked = pool.pids
    expect(await pidOf(await open(pool, 'a'))).toBe(looked[0])
    expect(pool.pids).toEqual(looked)
  })

  it('uses a process that keeps nothing open, then another one, then shares', async () => {
    const pool = poolOf()
    const first = await open(pool, 'a')
    await first.close()
    const readers = [await open(pool, 'b'), await open(pool, 'c'), await open(pool, 'd')]
    const pids = await Promise.all(readers.map(pidOf))
    expect(pool.pids).toHaveLength(2)
    expect(new Set(pids)).toEqual(new Set(pool.pids))
  })

  it('starts one process ahead of time, which is used then', async () => {
    const pool = poolOf()
    pool.warm()
    pool.warm()
    const { pids } = pool
    expect(pids).toHaveLength(1)
    expect(await pidOf(await open(pool, 'a'))).toBe(pids[0])
  })

  it('keeps one idle process only', async () => {
    const pool = poolOf()
    const readers = [await open(pool, 'a'), await open(pool, 'b')]
    expect(pool.pids).toHaveLength(2)
    for (const reader of readers) await reader.close()
    expect(pool.pids).toHaveLength(1)
  })

  it.each([
    ['crash', 'compute/crashed'],
    ['refuse', 'test/refused'],
  ])('says why a sequence cannot be opened (%s), and opens others', async (path, code) => {
    const pool = poolOf()
    await expect(open(pool, path, 'odd-open')).rejects.toMatchObject({ code })
    expect(await pidOf(await open(pool))).toBeGreaterThan(0)
  })

  it('opens and starts nothing once it is closed', async () => {
    const pool = poolOf()
    const reader = await open(pool)
    pool.close()
    expect(pool.pids).toEqual([])
    await expect(view(reader)).rejects.toMatchObject({ code: 'compute/not-started' })
    await expect(open(pool)).rejects.toMatchObject({ code: 'compute/not-started' })
  })
})
