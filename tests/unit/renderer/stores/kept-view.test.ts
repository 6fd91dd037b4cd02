import { describe, expect, it } from 'vitest'
import { keptSequences, withKept } from '../../../../renderer/stores/kept-view.ts'

describe('what a project keeps of its sequences', () => {
  it('adds to what is kept of one, and leaves the others alone', () => {
    const before = { a: { frame: 3, display: { gamma: 1 } }, b: { frame: 9 } }
    const after = withKept(before, 'a', { frame: 4 })
    expect(after).toEqual({ a: { frame: 4, display: { gamma: 1 } }, b: { frame: 9 } })
    expect(before.a.frame).toBe(3)
  })

  it('forgets the one that was changed longest ago when there are more than 200', () => {
    let all = {}
    for (let i = 0; i < 200; i++) all = withKept(all, `k${i}`, { frame: i })
    all = withKept(all, 'k0', { frame: 1 })
    all = withKept(all, 'new', { frame: 0 })
    expect(Object.keys(all)).toHaveLength(200)
    expect([keptSequences(all)['k0'], keptSequences(all)['k1']]).toEqual([{ frame: 1 }, undefined])
  })

  it.each([null, 7, 'x', { a: 3 }])('is nothing where the project file holds %j', (view) =>
    expect(keptSequences(view)).toEqual({}),
  )
})
