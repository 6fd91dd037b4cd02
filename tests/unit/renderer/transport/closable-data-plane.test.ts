import { expect, test } from 'vitest'
import { isAbortError } from '../../../../shared/base/abort.ts'
import type { DataArray } from '../../../../shared/contracts/data-array.ts'
import type { DataPlane } from '../../../../shared/contracts/data-plane.ts'
import { ClosableDataPlane } from '../../../../renderer/transport/closable-data-plane.ts'

/** A plane that answers when its signal fires, with the reason. */
class WaitingPlane implements DataPlane {
  readonly asked: string[] = []
  read(handle: string, _read: unknown, signal?: AbortSignal): Promise<DataArray> {
    this.asked.push(handle)
    return new Promise((_resolve, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    )
  }
}

const end = (reading: Promise<unknown>): Promise<unknown> =>
  reading.then(
    () => 'answered',
    (error: unknown) => error,
  )

test('what is read of a closed handle is given up, and nothing more is asked for', async () => {
  const below = new WaitingPlane()
  const plane = new ClosableDataPlane(below)
  const under = end(plane.read('a', { kind: 'file' }, new AbortController().signal))
  const other = end(plane.read('b', { kind: 'file' }))
  plane.giveUp('a')
  expect(isAbortError(await under)).toBe(true)
  expect(isAbortError(await end(plane.read('a', { kind: 'file' })))).toBe(true)
  expect(below.asked).toEqual(['a', 'b'])
  plane.giveUp('b')
  expect(isAbortError(await other)).toBe(true)
})

test('a reader can still give up by itself', async () => {
  const plane = new ClosableDataPlane(new WaitingPlane())
  const abort = new AbortController()
  const under = end(plane.read('a', { kind: 'file' }, abort.signal))
  abort.abort()
  expect(isAbortError(await under)).toBe(true)
})
