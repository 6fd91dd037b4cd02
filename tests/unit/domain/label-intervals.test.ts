import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type IntervalLabel, placeInterval, rowsOf } from '../../../shared/domain/label-intervals.ts'

const made = (id: string, label: string, from: number, to: number): IntervalLabel => ({
  kind: 'interval',
  id,
  sequence: 's',
  label,
  from,
  to,
})
const spans = fc
  .tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }))
  .map(([label, from, length]) => ({ label, from, to: from + length }))

/** The intervals after each of some was placed on those before. */
function placed(list: readonly { label: string; from: number; to: number }[], mayOverlap: boolean): IntervalLabel[] {
  let next = 0
  let all: IntervalLabel[] = []
  for (const { label, from, to } of list) {
    const { set, remove } = placeInterval(all, made(`n${next++}`, label, from, to), mayOverlap, () => `n${next++}`)
    const gone = new Set([...remove, ...set.map(({ id }) => id)])
    all = [...all.filter(({ id }) => !gone.has(id)), ...set]
  }
  return all
}
const classAt = (all: readonly IntervalLabel[], frame: number): string[] =>
  all.filter(({ from, to }) => from <= frame && frame < to).map(({ label }) => label)

describe('placing intervals', () => {
  it('that may not overlap leaves every frame the class that was set last (any intervals)', () => {
    fc.assert(
      fc.property(fc.array(spans, { maxLength: 12 }), (list) => {
        const all = placed(list, false)
        for (let frame = 0; frame < 80; frame++) {
          const last = list.findLast(({ from, to }) => from <= frame && frame < to)
          expect(classAt(all, frame)).toEqual(last ? [last.label] : [])
        }
        expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
      }),
    )
  })

  it('that may overlap leaves every frame each class that was set (any intervals)', () => {
    fc.assert(
      fc.property(fc.array(spans, { maxLength: 12 }), (list) => {
        const all = placed(list, true)
        for (let frame = 0; frame < 80; frame++) {
          const wanted = new Set(list.filter(({ from, to }) => from <= frame && frame < to).map(({ label }) => label))
          expect(classAt(all, frame).sort()).toEqual([...wanted].sort())
        }
      }),
    )
  })

  it('splits one that it lies within', () => {
    const { set, remove } = placeInterval([made('x', 'a', 0, 100)], made('y', 'b', 40, 50), false, () => 'z')
    expect([set.map(({ id, from, to }) => [id, from, to]), remove]).toEqual([
      [
        ['y', 40, 50],
        ['x', 0, 40],
        ['z', 50, 100],
      ],
      [],
    ])
  })

  it('leaves those of other sequences, and those of its class that only touch it', () => {
    const others = [{ ...made('x', 'b', 0, 100), sequence: 't' }, made('w', 'a', 0, 10)]
    const { set, remove } = placeInterval(others, made('y', 'a', 10, 20), false, () => 'z')
    expect([set.length, set[0]?.from, remove]).toEqual([1, 10, []])
  })
})

describe('rows of intervals', () => {
  it('never hold two that overlap, and are no more than overlap at once (any intervals)', () => {
    fc.assert(
      fc.property(fc.array(spans, { maxLength: 20 }), (list) => {
        const rows = rowsOf(list)
        list.forEach((one, i) =>
          list.forEach((other, j) => {
            if (i < j && one.from < other.to && other.from < one.to) expect(rows[i]).not.toBe(rows[j])
          }),
        )
        const most = Math.max(
          0,
          ...Array.from({ length: 90 }, (_, f) => list.filter(({ from, to }) => from <= f && f < to).length),
        )
        expect(Math.max(-1, ...rows) + 1).toBeLessThanOrEqual(Math.max(most, 0))
      }),
    )
  })
})
