import { describe, expect, it } from 'vitest'
import { parseDay } from '../../../../electron/analyses/land-use/calendar.ts'
import { type LabelCheckOptions, checkLabels } from '../../../../electron/analyses/land-use/check-labels.ts'
import type { LabelCandidate } from '../../../../electron/analyses/land-use/label-candidate.ts'
import { errorOf } from './error-code.ts'

const day = (text: string): number => parseDay(text) ?? NaN
const options: LabelCheckOptions = {
  source: 'samples.csv',
  width: 10,
  height: 6,
  days: Float64Array.from({ length: 46 }, (_, i) => day('2010-01-05') + 16 * i),
  defaultInterval: null,
  onConflict: 'error',
  maxPerClass: null,
  seed: 1,
}
let line = 1
function candidate(change: Partial<LabelCandidate>): LabelCandidate {
  line++
  const [from, to] = [day('2010-01-01'), day('2011-01-01')]
  const base = { id: `samples.csv:${line}`, place: `line ${line}`, column: 1, row: 2, from, to, label: 'a' }
  return { ...base, group: null, subset: null, ...change }
}

describe('checkLabels', () => {
  it('gives samples and sorted classes', () => {
    const { samples, classes, warnings } = checkLabels([candidate({ label: 'oat' }), candidate({ column: 3, label: 'bean' })], options) // prettier-ignore
    expect(classes).toEqual(['bean', 'oat'])
    expect(samples[0]).toMatchObject({ column: 1, row: 2, from: '2010-01-01', to: '2011-01-01', label: 'oat' })
    expect(warnings).toEqual([])
  })

  it('leaves out labels outside the raster and the time span with a warning each that names them', () => {
    const inside = [candidate({ label: 'a' }), candidate({ label: 'b', column: 2 })]
    const outside = [candidate({ column: 10 }), candidate({ row: -1 }), candidate({ from: day('2013-01-01'), to: day('2014-01-01') })] // prettier-ignore
    const { samples, warnings } = checkLabels([...inside, ...outside], options)
    expect(samples).toHaveLength(2)
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toContain(`2 of 5 labels in "samples.csv" lie outside the raster of 10 x 6 pixels (${outside[0]?.place}, ${outside[1]?.place})`) // prettier-ignore
    expect(warnings[1]).toContain('1 of 3')
  })

  it.each([
    ['labels/outside-raster', [candidate({ column: 77 })]],
    ['labels/outside-time', [candidate({ from: day('1999-01-01'), to: day('2000-01-01') })]],
    ['labels/one-class', [candidate({ label: 'a' }), candidate({ label: 'a', column: 2 })]],
    ['labels/duplicate-conflict', [candidate({ label: 'a' }), candidate({ label: 'b' }), candidate({ column: 4 })]],
    ['labels/no-samples', []],
  ])('fails with %s', async (code, candidates) => {
    expect((await errorOf(() => checkLabels(candidates, options))).code).toBe(code)
  })

  it('allows two acquisition steps at the ends of the time span, not more', () => {
    const [early, late] = [day('2010-01-05') - 32, day('2010-01-05') - 33]
    const pair = (from: number): LabelCandidate[] => [candidate({ from }), candidate({ from, label: 'b', column: 2 })]
    expect(checkLabels(pair(early), options).samples).toHaveLength(2)
    expect(() => checkLabels(pair(late), options)).toThrow('outside the time span')
  })

  it('counts a repeated label once, and drops contradictions on request', () => {
    const others = [candidate({ column: 5, label: 'a' }), candidate({ column: 6, label: 'b' })]
    const repeated = checkLabels([candidate({}), candidate({}), ...others], options)
    expect(repeated.samples).toHaveLength(3)
    expect(repeated.warnings[0]).toContain('1 labels')
    const dropped = checkLabels([candidate({ label: 'a' }), candidate({ label: 'b' }), ...others], { ...options, onConflict: 'drop' }) // prettier-ignore
    expect(dropped.samples).toHaveLength(2)
    expect(dropped.warnings[0]).toContain('2 labels')
  })

  it('lets one pixel change its class from one interval to the next', () => {
    const later = { from: day('2011-01-01'), to: day('2011-12-31'), label: 'b' }
    expect(checkLabels([candidate({}), candidate(later)], options).samples).toHaveLength(2)
  })

  it('gives labels without dates the interval asked for, or the whole time span with a warning', () => {
    const open = [candidate({ from: null, to: null }), candidate({ from: null, to: null, label: 'b', column: 2 })]
    const whole = checkLabels(open, options)
    expect([whole.samples[0]?.from, whole.samples[0]?.to]).toEqual(['2010-01-05', '2012-01-11'])
    expect(whole.warnings).toHaveLength(1)
    const asked = checkLabels(open, { ...options, defaultInterval: { from: day('2010-06-01'), to: day('2010-09-01') } })
    expect(asked.samples[0]?.from).toBe('2010-06-01')
  })

  it('draws the same few samples of each class for the same seed', () => {
    const many = Array.from({ length: 40 }, (_, i) => candidate({ column: i % 10, row: Math.floor(i / 10), label: i % 4 === 0 ? 'a' : 'b' })) // prettier-ignore
    const draw = (seed: number): string => checkLabels(many, { ...options, maxPerClass: 7, seed }).samples.map(({ id }) => id).join() // prettier-ignore
    expect(draw(3).split(',')).toHaveLength(14)
    expect(draw(3)).toBe(draw(3))
    expect(draw(3)).not.toBe(draw(4))
  })
})
