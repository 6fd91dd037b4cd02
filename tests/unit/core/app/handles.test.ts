import { describe, expect, it } from 'vitest'
import { type DataSource, HandleTable } from '../../../../electron/core/app/handles.ts'
import { codeOf } from '../../../contract/app/workbench-fixture.ts'

function sourceOf(name: string, closed: string[]): DataSource {
  return {
    read: () => Promise.resolve(new ArrayBuffer(0)),
    close: () => Promise.resolve(void closed.push(name)),
  }
}

describe('data handles', () => {
  it('give up the one that was unused the longest when there is no room, and none that is in use', async () => {
    let now = 0
    const closed: string[] = []
    const handles = new HandleTable({ idleMs: 1000, spareMs: 100, limit: 2, now: () => now })
    const first = await handles.add(sourceOf('first', closed))
    now = 10
    const second = await handles.add(sourceOf('second', closed))
    now = 90
    handles.use(first)
    expect(await codeOf(handles.add(sourceOf('too soon', closed)))).toBe('data/too-many-handles')
    expect(closed).toEqual(['too soon'])
    now = 111
    await handles.add(sourceOf('third', closed))
    expect(closed).toEqual(['too soon', 'second'])
    expect(await codeOf(new Promise((resolve) => resolve(handles.use(second))))).toBe('data/unknown-handle')
    expect(handles.use(first)).toBeDefined()
  })
})
