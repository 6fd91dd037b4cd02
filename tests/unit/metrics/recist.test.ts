import { describe, expect, it } from 'vitest'
import {
  assessRecist,
  type BaselineLesion,
  measurability,
  type NonTargetFinding,
  proposeRoles,
  type RecistRule,
  type Response,
  type TargetFinding,
  type TargetLesion,
  type TimePoint,
} from '../../../shared/metrics/recist.ts'

const mm = (diameterMm: number): TargetFinding => ({ state: 'measured', diameterMm })
const gone: TargetFinding = { state: 'absent' }
const tiny: TargetFinding = { state: 'too-small' }
const unseen: TargetFinding = { state: 'not-evaluable' }

describe('what may be a target (3.1.1)', () => {
  it.each([
    ['lesion', 10, 5, 'target'],
    ['lesion', 9.9, 5, 'non-target'],
    ['lesion', 10, null, 'target'],
    ['lesion', 14, 7.5, 'non-target'],
    ['lesion', 15, 7.5, 'target'],
    ['node', 15, 5, 'target'],
    ['node', 14.9, 5, 'non-target'],
    ['node', 10, 5, 'non-target'],
    ['node', 9.9, 5, 'normal'],
  ] as const)('a %s of %d mm on slices of %s mm: %s', (kind, diameterMm, sliceThicknessMm, role) => {
    expect(measurability({ kind, diameterMm, sliceThicknessMm })).toBe(role)
  })

  it('takes the largest, two per organ and five in all; nodes are one organ', () => {
    const lesion = (
      id: string,
      organ: string,
      diameterMm: number,
      kind: 'lesion' | 'node' = 'lesion',
    ): BaselineLesion => ({
      id,
      organ,
      diameterMm,
      kind,
      sliceThicknessMm: 3,
    })
    const roles = proposeRoles([
      lesion('liver 1', 'liver', 12),
      lesion('liver 2', 'liver', 40),
      lesion('liver 3', 'liver', 30),
      lesion('lung 1', 'lung', 11),
      lesion('node a', 'axilla', 18, 'node'),
      lesion('node b', 'groin', 25, 'node'),
      lesion('node c', 'neck', 16, 'node'),
      lesion('kidney 1', 'kidney', 10.5),
      lesion('small', 'lung', 6),
      lesion('node d', 'neck', 8, 'node'),
    ])
    expect(Object.fromEntries(roles)).toEqual({
      'liver 1': 'non-target',
      'liver 2': 'target',
      'liver 3': 'target',
      'lung 1': 'target',
      'node a': 'target',
      'node b': 'target',
      'node c': 'non-target',
      'kidney 1': 'non-target',
      small: 'non-target',
      'node d': 'normal',
    })
  })
})

/** Sums of one target of 100 mm at baseline, with what follows; the last follow-up is judged. */
function last(
  sums: readonly TargetFinding[],
  kind: TargetLesion['kind'] = 'lesion',
  baseline = 100,
): [Response, RecistRule] {
  const point = (finding: TargetFinding): TimePoint => ({
    targets: { t: finding },
    nonTargets: {},
    hasNewLesion: false,
  })
  const found = assessRecist([{ id: 't', kind }], [], point(mm(baseline)), sums.map(point)).at(-1)
  if (!found) throw new Error('no follow-up')
  return [found.overall, found.rule]
}

describe('targets (4.3.1), each rule on both sides of its boundary', () => {
  it.each<[string, TargetFinding[], Response, RecistRule]>([
    ['30 % below baseline', [mm(70)], 'PR', 'targets-shrank'],
    ['29.9 % below baseline', [mm(70.1)], 'SD', 'neither-grew-nor-shrank'],
    ['19.9 % above nadir', [mm(119.9)], 'SD', 'neither-grew-nor-shrank'],
    ['20 % and 20 mm above nadir', [mm(120)], 'PD', 'targets-grew'],
    ['the nadir is the smallest sum so far, not the baseline', [mm(50), mm(60)], 'PD', 'targets-grew'],
    ['still 40 % below baseline and 20 % above nadir: growth goes first', [mm(50), mm(61)], 'PD', 'targets-grew'],
    ['20 % above nadir and only 4.9 mm', [mm(24), mm(28.9)], 'PR', 'targets-shrank'],
    ['20 % above nadir and exactly 5 mm', [mm(25), mm(30)], 'PD', 'targets-grew'],
    ['10 mm above nadir and only 10 %', [mm(100), mm(110)], 'SD', 'neither-grew-nor-shrank'],
    ['gone', [gone], 'CR', 'all-gone'],
    ['measured as nothing', [mm(0)], 'CR', 'all-gone'],
    ['too small to measure counts 5 mm and is not gone', [tiny], 'PR', 'targets-shrank'],
    ['back after it had gone, however small', [gone, mm(3)], 'PD', 'target-reappeared'],
    ['back after it had gone, too small to measure', [gone, tiny], 'PD', 'targets-grew'],
    ['not seen', [unseen], 'NE', 'target-not-evaluable'],
    ['an unseen time point makes no nadir', [unseen, mm(110)], 'SD', 'neither-grew-nor-shrank'],
  ])('%s', (_what, sums, response, rule) => {
    expect(last(sums)).toEqual([response, rule])
  })

  it.each<[string, TargetFinding[], Response]>([
    ['a node below 10 mm is gone', [mm(9.9)], 'CR'],
    ['a node of 10 mm is not', [mm(10)], 'PR'],
    ['a node that grows again after it was normal, by less than 5 mm', [mm(8), mm(11)], 'PR'],
    ['a node that grows again by 5 mm', [mm(8), mm(13)], 'PD'],
  ])('%s', (_what, sums, response) => {
    expect(last(sums, 'node', 20)[0]).toBe(response)
  })

  it('is progression even with a target missing, when the others have grown enough', () => {
    const targets: TargetLesion[] = [
      { id: 'a', kind: 'lesion' },
      { id: 'b', kind: 'lesion' },
    ]
    const point = (a: TargetFinding, b: TargetFinding): TimePoint => ({
      targets: { a, b },
      nonTargets: {},
      hasNewLesion: false,
    })
    const [grown, notEnough] = assessRecist(targets, [], point(mm(20), mm(10)), [
      point(mm(36), unseen),
      point(mm(35.9), unseen),
    ])
    expect(grown).toMatchObject({ overall: 'PD', rule: 'targets-grew', isComplete: false, sumMm: 36 })
    expect(notEnough).toMatchObject({ overall: 'NE', rule: 'target-not-evaluable' })
  })

  it('says sums and changes', () => {
    const targets: TargetLesion[] = [
      { id: 'a', kind: 'lesion' },
      { id: 'n', kind: 'node' },
    ]
    const point = (a: TargetFinding, n: TargetFinding): TimePoint => ({
      targets: { a, n },
      nonTargets: {},
      hasNewLesion: false,
    })
    const [first, second] = assessRecist(targets, [], point(mm(30), mm(20)), [point(mm(16), mm(9)), point(gone, mm(9))])
    expect(first).toMatchObject({
      sumMm: 25,
      percentFromBaseline: -50,
      percentFromNadir: -50,
      mmFromNadir: -25,
      overall: 'PR',
    })
    // A complete response leaves the short axis of normal nodes in the sum.
    expect(second).toMatchObject({ sumMm: 9, percentFromBaseline: -82, percentFromNadir: -64, overall: 'CR' })
  })
})

describe('time point response (4.4)', () => {
  const cases: readonly [TargetFinding, NonTargetFinding | null, boolean, Response, RecistRule][] = [
    [gone, 'absent', false, 'CR', 'all-gone'],
    [gone, null, false, 'CR', 'all-gone'],
    [gone, 'present', false, 'PR', 'targets-gone-non-targets-left'],
    [gone, 'not-evaluable', false, 'PR', 'non-target-not-evaluable'],
    [mm(60), 'present', false, 'PR', 'targets-shrank'],
    [mm(60), 'absent', false, 'PR', 'targets-shrank'],
    [mm(60), 'not-evaluable', false, 'PR', 'targets-shrank'],
    [mm(90), 'present', false, 'SD', 'neither-grew-nor-shrank'],
    [mm(90), 'not-evaluable', false, 'SD', 'neither-grew-nor-shrank'],
    [unseen, 'present', false, 'NE', 'target-not-evaluable'],
    [mm(130), 'absent', false, 'PD', 'targets-grew'],
    [gone, 'unequivocal-progression', false, 'PD', 'non-target-progression'],
    [unseen, 'unequivocal-progression', false, 'PD', 'non-target-progression'],
    [gone, 'absent', true, 'PD', 'new-lesion'],
    [unseen, 'not-evaluable', true, 'PD', 'new-lesion'],
  ]
  it.each(cases)('table 1: target %o, others %s, new lesion %s: %s', (target, other, hasNewLesion, response, rule) => {
    const others = other === null ? [] : ['o']
    const point: TimePoint = { targets: { t: target }, nonTargets: other === null ? {} : { o: other }, hasNewLesion }
    const baseline: TimePoint = { targets: { t: mm(100) }, nonTargets: { o: 'present' }, hasNewLesion: false }
    const [found] = assessRecist([{ id: 't', kind: 'lesion' }], others, baseline, [point])
    expect([found?.overall, found?.rule]).toEqual([response, rule])
  })

  it.each<[NonTargetFinding, boolean, Response, RecistRule]>([
    ['absent', false, 'CR', 'all-gone'],
    ['present', false, 'NON-CR/NON-PD', 'non-targets-left'],
    ['not-evaluable', false, 'NE', 'non-target-not-evaluable'],
    ['unequivocal-progression', false, 'PD', 'non-target-progression'],
    ['absent', true, 'PD', 'new-lesion'],
  ])('table 2, no targets: others %s, new lesion %s: %s', (other, hasNewLesion, response, rule) => {
    const point: TimePoint = { targets: {}, nonTargets: { o: other }, hasNewLesion }
    const baseline: TimePoint = { targets: {}, nonTargets: { o: 'present' }, hasNewLesion: false }
    const [found] = assessRecist([], ['o'], baseline, [point])
    expect([found?.overall, found?.rule]).toEqual([response, rule])
    expect(found?.sumMm).toBeNull()
  })

  it('one non-target left is enough against a complete response, one unseen too', () => {
    const baseline: TimePoint = { targets: {}, nonTargets: { a: 'present', b: 'present' }, hasNewLesion: false }
    const found = assessRecist([], ['a', 'b'], baseline, [
      { targets: {}, nonTargets: { a: 'absent', b: 'present' }, hasNewLesion: false },
      { targets: {}, nonTargets: { a: 'absent' }, hasNewLesion: false },
      { targets: {}, nonTargets: { a: 'absent', b: 'absent' }, hasNewLesion: false },
    ])
    expect(found.map(({ overall }) => overall)).toEqual(['NON-CR/NON-PD', 'NE', 'CR'])
  })
})
