import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { NodeComputeStarter } from '../../../electron/core/node-compute-starter.ts'
import { ReaderPool, type ReaderPoolLimits } from '../../../electron/core/reading/reader-pool.ts'
import type { RemoteReader } from '../../../electron/core/reading/remote-reader.ts'
import type { DataArray, FrameRead } from '../../../shared/contracts/data-plane.ts'

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
function view(reader: RemoteReader, frame = 0, signal?: AbortSignal): Promise<DataArray> {
  const window = { row: 0, column: 0, height: 4, width: 4 }
  const read: FrameRead = { kind: 'frame', frame, bands: [0], window, outHeight: 2, outWidth: 3, resampling: 'nearest' }
  return reader.view(read, signal)
}
const [hang, crash, grow, endless, refuse] = [1, 2, 3, 4, 5]

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
