import { describe, expect, it } from 'vitest'
import { assign } from '../../../../electron/analyses/lesions/assign.ts'
import { findLesions } from '../../../../electron/analyses/lesions/find-lesions.ts'
import { linkLesions, type StudyLesions } from '../../../../electron/analyses/lesions/link-lesions.ts'
import { measureLesion } from '../../../../electron/analyses/lesions/measure-lesion.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'
import {
  editLinks,
  type FoundLesion,
  type LesionLink,
  tracksOf,
} from '../../../../shared/domain/medical/lesion-tracking.ts'
import { identityTransform } from '../../../../shared/domain/medical/patient-transform.ts'
import type { PatientVector } from '../../../../shared/domain/medical/volume-geometry.ts'
import { type Phantom, phantomMask, pose, type Shape, stack } from './lesion-phantom.ts'

describe('optimal assignment', () => {
  it.each([
    [
      [
        [4, 1, 3],
        [2, 0, 5],
        [3, 2, 2],
      ],
      [1, 0, 2],
    ],
    [[[1, 2]], [0]],
    [
      [[5], [3], [4]],
      [-1, 0, -1],
    ],
    [
      [
        [Infinity, 7],
        [Infinity, 1],
      ],
      [-1, 1],
    ],
    // Taking the cheapest pair first (0) would leave only one pair.
    [
      [
        [0, 1],
        [1, Infinity],
      ],
      [1, 0],
    ],
    [[], []],
    [
      [[], []],
      [-1, -1],
    ],
  ])('of %j is %j', (costs, expected) => {
    expect(assign(costs)).toEqual(expected)
  })

  it('is as cheap as the best of all orders (all of 5 x 5, 40 tables)', () => {
    const random = new SeededRandom(5)
    const orders = (items: number[]): number[][] =>
      items.length === 0
        ? [[]]
        : items.flatMap((item) => orders(items.filter((other) => other !== item)).map((rest) => [item, ...rest]))
    for (let table = 0; table < 40; table++) {
      const costs = Array.from({ length: 5 }, () =>
        Array.from({ length: 5 }, () => Math.round(random.next() * 50) - 20),
      )
      const sum = (columns: readonly number[]): number => columns.reduce((total, c, r) => total + costs[r]![c]!, 0)
      expect(sum(assign(costs))).toBe(Math.min(...orders([0, 1, 2, 3, 4]).map(sum)))
    }
  })
})

const ball = (centre: PatientVector, radiusMm: number): Shape => ({ kind: 'sphere', centre, radiusMm })
const moving = pose([4, -3, 8], [6, -9, 5])
const phantom: Phantom = {
  patientId: 'T',
  noise: 0,
  lesions: [
    { name: 'growing', dates: [[ball([30, 0, 0], 6)], [ball([31, 0, 0], 8)], [ball([32, 0, 0], 10)]] },
    { name: 'vanishing', dates: [[ball([-30, 10, 5], 5)], null, null] },
    { name: 'new', dates: [null, [ball([0, 35, 10], 5)], [ball([0, 35, 10], 7)]] },
    { name: 'back again', dates: [[ball([-5, -35, -10], 5)], null, [ball([-5, -35, -10], 6)]] },
    { name: 'merging a', dates: [[ball([-30, -22, 12], 7)], [ball([-30, -22, 12], 8)], [ball([-30, -22, 12], 9)]] },
    { name: 'merging b', dates: [[ball([-30, -36, 12], 4)], [ball([-30, -32, 12], 5)], [ball([-30, -32, 12], 6)]] },
    {
      name: 'splitting',
      dates: [
        [{ kind: 'ellipsoid', centre: [15, -30, -15], radiiMm: [12, 5, 5] }],
        [ball([9, -30, -15], 5), ball([22, -30, -15], 3.5)],
        [ball([9, -30, -15], 5), ball([22, -30, -15], 3)],
      ],
    },
  ],
  studies: [
    { date: '20240101', geometry: stack({ size: [45, 60, 60], spacingMm: [2, 2, 2] }), pose: identityTransform },
    {
      date: '20240701',
      geometry: stack({ size: [60, 70, 65], spacingMm: [1.7, 1.9, 1.8], turnDegrees: [5, 0, 9], middle: [6, -9, 5] }),
      pose: moving,
    },
    {
      date: '20250101',
      geometry: stack({ size: [40, 62, 62], spacingMm: [2.5, 2, 2], tiltDegrees: 9 }),
      pose: identityTransform,
    },
  ],
}

function studiesOf(source: Phantom): StudyLesions[] {
  return source.studies.map(({ geometry, pose: fromBaseline }, study) => {
    const values = new Float32Array(geometry.size.slices * geometry.size.rows * geometry.size.columns)
    const lesions = findLesions(phantomMask(source, study), geometry).map((lesion, i) => ({
      voxels: lesion.voxels,
      found: { id: `s${study + 1}-${i + 1}`, study, name: null, measures: measureLesion(lesion, { geometry, values }) },
    }))
    return { geometry, fromBaseline, lesions }
  })
}

describe('following lesions through studies of known truth', () => {
  const studies = studiesOf(phantom)
  const lesions = studies.flatMap((study) => study.lesions.map(({ found }) => found))
  const links = linkLesions(studies)
  const tracks = tracksOf(lesions, links, 3)

  /** The phantom's name of a lesion found: whose body its middle is nearest to. */
  const nameOf = (lesion: FoundLesion): string => {
    const shapes = phantom.lesions.flatMap(({ name, dates }) =>
      (dates[lesion.study] ?? []).map((shape) => ({ name, centre: shape.centre })),
    )
    const place = lesion.measures.centre
    const pose = phantom.studies[lesion.study]!.pose
    const distance = (centre: PatientVector): number =>
      Math.hypot(...pose.map(([a, b, c, d], axis) => a * centre[0] + b * centre[1] + c * centre[2] + d - place[axis]!))
    return shapes.sort((a, b) => distance(a.centre) - distance(b.centre))[0]!.name
  }
  const named = new Map(lesions.map((lesion) => [lesion.id, nameOf(lesion)]))
  const story = tracks.map((track) => [
    named.get(track.lesions.find((id) => id !== null) ?? ''),
    track.events.join(' '),
  ])

  it('tells growing, vanishing, new, returning, merging and splitting ones apart', () => {
    expect(story.sort()).toEqual([
      ['back again', 'baseline gone reappeared'],
      ['growing', 'baseline followed followed'],
      ['merging a', 'baseline followed followed'],
      ['merging b', 'baseline merged absent'],
      ['new', 'absent new followed'],
      ['splitting', 'absent split followed'],
      ['splitting', 'baseline followed followed'],
      ['vanishing', 'baseline gone absent'],
    ])
  })

  it('never joins lesions of different names, but for the merger', () => {
    for (const { from, to } of links) {
      const pair = [named.get(from), named.get(to)]
      if (pair[0] !== 'merging b') expect(pair[1]).toBe(pair[0])
    }
  })

  it('says into which one and from which one', () => {
    const byName = (name: string, event: string): (typeof tracks)[number] =>
      tracks.find(
        (track) =>
          named.get(track.lesions.find((id) => id !== null) ?? '') === name && track.events.includes(event as never),
      )!
    expect(byName('merging b', 'merged').mergedInto).toBe(byName('merging a', 'followed').number)
    expect(byName('splitting', 'split').splitFrom).toBe(byName('splitting', 'baseline').number)
  })

  it('numbers tracks by first appearance, the largest first', () => {
    const firstOf = (lesionIds: readonly (string | null)[]): number => lesionIds.findIndex((id) => id !== null)
    const firsts = tracks.map((track) => firstOf(track.lesions))
    expect(firsts).toEqual([...firsts].sort())
    expect(tracks.map(({ number }) => number)).toEqual(tracks.map((_, i) => i + 1))
  })

  it('does not link without registration what lies elsewhere', () => {
    const wrong = studies.map((study) => ({
      ...study,
      fromBaseline: pose([0, 0, 0], [0, 0, study === studies[0] ? 0 : 70]),
    }))
    expect(linkLesions(wrong.slice(0, 2))).toEqual([])
  })
})

describe('correcting links', () => {
  const lesion = (id: string, study: number, volumeMm3: number): FoundLesion => ({
    id,
    study,
    name: null,
    measures: { volumeMm3 } as FoundLesion['measures'],
  })
  const lesions = [lesion('a', 0, 30), lesion('b', 0, 20), lesion('c', 1, 30), lesion('d', 1, 20), lesion('e', 2, 5)]
  const automatic = (from: string, to: string): LesionLink => ({
    from,
    to,
    by: 'program',
    overlap: 0.6,
    distanceMm: 2,
    isMain: true,
  })
  const start = [automatic('a', 'c'), automatic('b', 'd')]
  const rows = (links: readonly LesionLink[]): string[] =>
    tracksOf(lesions, links, 3).map(({ lesions: ids }) => ids.map((id) => id ?? '-').join(''))

  it('a link replaces those of the same two studies that contradict it, in either direction of drawing', () => {
    expect(rows(start)).toEqual(['ac-', 'bd-', '--e'])
    for (const edit of [
      { kind: 'link', from: 'a', to: 'd' },
      { kind: 'link', from: 'd', to: 'a' },
    ] as const) {
      const edited = editLinks(start, edit, lesions)
      expect(rows(edited)).toEqual(['ad-', 'b--', '-c-', '--e'])
      expect(edited).toContainEqual({ from: 'a', to: 'd', by: 'reader', overlap: null, distanceMm: null, isMain: true })
    }
    expect(rows(start)).toEqual(['ac-', 'bd-', '--e'])
  })

  it('unlinking begins a new track, and adding one makes a merger', () => {
    expect(rows(editLinks(start, { kind: 'unlink', from: 'a', to: 'c' }, lesions))).toEqual([
      'a--',
      'bd-',
      '-c-',
      '--e',
    ])
    const cut = editLinks(start, { kind: 'unlink', from: 'b', to: 'd' }, lesions)
    const merged = tracksOf(lesions, editLinks(cut, { kind: 'add', from: 'b', to: 'c' }, lesions), 3)
    expect(merged.find(({ number }) => number === 2)).toMatchObject({
      mergedInto: 1,
      events: ['baseline', 'merged', 'absent'],
    })
  })

  it('links across a study in which the lesion was not seen', () => {
    expect(
      rows(
        editLinks(
          editLinks(start, { kind: 'unlink', from: 'b', to: 'd' }, lesions),
          { kind: 'link', from: 'b', to: 'e' },
          lesions,
        ),
      ),
    ).toEqual(['ac-', 'b-e', '-d-'])
  })

  it('ignores links to lesions that are not there, of one study, or to itself', () => {
    for (const [from, to] of [
      ['a', 'x'],
      ['a', 'b'],
      ['a', 'a'],
    ] as const)
      expect(rows(editLinks(start, { kind: 'link', from, to }, lesions))).toEqual(rows(start))
    expect(rows([...start, automatic('c', 'a')])).toEqual(rows(start))
  })
})
