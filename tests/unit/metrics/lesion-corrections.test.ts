import { describe, expect, it } from 'vitest'
import {
  type Correction,
  correctedLinks,
  correctionLogSchema,
  noCorrections,
  withCorrection,
} from '../../../shared/domain/medical/lesion-corrections.ts'
import type { FoundLesion, LesionLink } from '../../../shared/domain/medical/lesion-tracking.ts'
import { summariseTracking } from '../../../shared/metrics/summarise-tracking.ts'

/** Lesions by name and study (`a0`), the longer the first in order; linked along each row. */
function made(rows: Record<string, readonly (number | null)[]>, broken: readonly string[] = []) {
  const found: FoundLesion[] = []
  const links: LesionLink[] = []
  for (const [name, lengths] of Object.entries(rows)) {
    let before: string | null = null
    lengths.forEach((longAxisMm, study) => {
      if (longAxisMm === null) return
      const id = `${name}${study}`
      const measures = { longAxisMm, shortAxisMm: longAxisMm * 0.8, volumeMm3: longAxisMm ** 3 }
      found.push({ id, study, name: null, measures: measures as FoundLesion['measures'] })
      if (before !== null && !broken.includes(id))
        links.push({ from: before, to: id, by: 'program', overlap: 1, distanceMm: 0, isMain: true })
      before = id
    })
  }
  return { found, links }
}

type Rows = ReturnType<typeof made>
const rowsAfter = ({ found, links }: Rows, ...steps: Correction[]): Record<number, string> =>
  Object.fromEntries(
    correctedLinks(found, links, 3, steps).tracks.map(({ number, lesions }) => [
      number,
      lesions.map((id) => id ?? '-').join(' '),
    ]),
  )
const responseAfter = ({ found, links }: Rows, ...steps: Correction[]) =>
  summariseTracking(
    {
      dates: ['2024-01-01', '2024-06-01', '2024-12-01'],
      sliceThicknessMm: 3,
      found,
      links,
      imaged: Object.fromEntries(found.map(({ id }) => [id, [true, true, true]])),
    },
    steps,
  )

describe('correcting links', () => {
  const two = made({ a: [30, 28, 26], b: [20, 19, 18] })

  it('moves a sight to another lesion with all that comes later; what was there goes its own way', () => {
    expect(rowsAfter(two)).toEqual({ 1: 'a0 a1 a2', 2: 'b0 b1 b2' })
    const once = rowsAfter(two, { kind: 'move', lesion: 'b1', into: 'a0' })
    expect(once).toEqual({ 1: 'a0 b1 b2', 2: 'b0 - -', 3: '- a1 a2' })
    const twice = [
      { kind: 'move', lesion: 'b1', into: 'a0' },
      { kind: 'move', lesion: 'a1', into: 'b0' },
    ] as const
    expect(rowsAfter(two, ...twice)).toEqual({ 1: 'a0 b1 b2', 2: 'b0 a1 a2' })
  })

  it('fills a gap and goes on where the lesion went on before', () => {
    const gap = made({ a: [30, null, 26], x: [null, 27, null] })
    expect(rowsAfter(gap)).toEqual({ 1: 'a0 - a2', 2: '- x1 -' })
    expect(rowsAfter(gap, { kind: 'move', lesion: 'x1', into: 'a2' })).toEqual({ 1: 'a0 x1 a2' })
  })

  it('gives a lesion an earlier beginning, and keeps the number of the one it began with', () => {
    const late = made({ a: [30, 28, 26], x: [12, null, null], y: [null, null, 14] })
    expect(rowsAfter(late)).toEqual({ 1: 'a0 a1 a2', 2: 'x0 - -', 3: '- - y2' })
    expect(rowsAfter(late, { kind: 'move', lesion: 'x0', into: 'y2' })).toEqual({ 1: 'a0 a1 a2', 2: 'x0 - y2' })
    expect(rowsAfter(late, { kind: 'move', lesion: 'y2', into: 'x0' })).toEqual({ 1: 'a0 a1 a2', 2: 'x0 - y2' })
  })

  it('replaces the beginning of a lesion by another one of the same date', () => {
    const same = made({ a: [30, 28, 26], x: [12, null, null] })
    expect(rowsAfter(same, { kind: 'move', lesion: 'x0', into: 'a1' })).toEqual({ 1: 'a0 - -', 2: 'x0 a1 a2' })
  })

  it('changes nothing where a lesion is put where it is, or beside the only sight of another', () => {
    const single = made({ a: [30, null, null], x: [12, null, null] })
    expect(rowsAfter(single, { kind: 'move', lesion: 'x0', into: 'a0' })).toEqual(rowsAfter(single))
    expect(rowsAfter(two, { kind: 'move', lesion: 'a1', into: 'a0' })).toEqual(rowsAfter(two))
    expect(rowsAfter(two, { kind: 'move', lesion: 'nobody', into: 'a0' })).toEqual(rowsAfter(two))
  })

  it('knows which corrections of links change nothing, and that others hold', () => {
    const steps: Correction[] = [
      { kind: 'move', lesion: 'a1', into: 'a0' },
      { kind: 'separate', lesion: 'b1' },
      { kind: 'separate', lesion: 'b1' },
      { kind: 'describe', lesion: 'a0', organ: 'liver' },
      { kind: 'dismiss', lesions: ['nobody'] },
      { kind: 'part', lesion: 'b1', of: 'nobody' },
      { kind: 'dismiss', lesions: ['b2'] },
    ]
    expect(correctedLinks(two.found, two.links, 3, steps).idle).toEqual([0, 2, 4, 5])
  })

  it('makes a lesion its own, a part of another, or none at all', () => {
    expect(rowsAfter(two, { kind: 'separate', lesion: 'b1' })).toEqual({ 1: 'a0 a1 a2', 2: 'b0 - -', 3: '- b1 b2' })
    const part = correctedLinks(two.found, two.links, 3, [{ kind: 'part', lesion: 'b1', of: 'a0' }])
    expect(part.tracks.map(({ splitFrom, events }) => [splitFrom, events[1]])).toEqual([
      [null, 'followed'],
      [null, 'gone'],
      [1, 'split'],
    ])
    expect(rowsAfter(two, { kind: 'dismiss', lesions: ['b0', 'b1', 'b2'] })).toEqual({ 1: 'a0 a1 a2' })
    expect(rowsAfter(two, { kind: 'dismiss', lesions: ['b1'] })).toEqual({ 1: 'a0 a1 a2', 2: 'b0 - b2' })
  })
})

describe('what the reader says of lesions', () => {
  const three = made({ a: [30, 30, 30], b: [25, 25, 25], c: [20, 20, 20] })
  const targets = (...steps: Correction[]): number[] =>
    responseAfter(three, ...steps).response.roles.flatMap(({ track, role }) => (role === 'target' ? [track] : []))

  it('limits targets to two of one organ once it is named, the largest first or those the reader wants', () => {
    const liver = (lesion: string): Correction => ({ kind: 'describe', lesion, organ: 'liver' })
    expect(targets()).toEqual([1, 2, 3])
    expect(responseAfter(three).warnings).toHaveLength(1)
    expect(targets(liver('a0'), liver('b0'), liver('c0'))).toEqual([1, 2])
    expect(responseAfter(three, liver('a0'), liver('b0'), liver('c0')).warnings).toEqual([])
    const wanted: Correction = { kind: 'describe', lesion: 'c0', role: 'target' }
    expect(targets(liver('a0'), liver('b0'), liver('c0'), wanted)).toEqual([1, 3])
    expect(targets({ kind: 'describe', lesion: 'a0', role: 'non-target' })).toEqual([2, 3])
    expect(targets(wanted, { kind: 'describe', lesion: 'c0', role: null })).toEqual([1, 2, 3])
  })

  it('measures nodes by the short axis: 30 mm become 24, and 20 become 16', () => {
    const node = (lesion: string): Correction => ({ kind: 'describe', lesion, type: 'node' })
    const { response } = responseAfter(three, node('a0'), node('c0'))
    expect(response.baselineSumMm).toBeCloseTo(24 + 25 + 16, 10)
  })

  it('keeps what was said of a lesion when another one becomes its beginning', () => {
    const late = made({ a: [null, 28, 26], x: [20, null, null] })
    const { tracks, notes } = correctedLinks(late.found, late.links, 3, [
      { kind: 'describe', lesion: 'a1', organ: 'lung' },
      { kind: 'move', lesion: 'x0', into: 'a1' },
    ])
    expect(tracks).toHaveLength(1)
    expect(notes.get(tracks[0]?.number ?? 0)?.organ).toBe('lung')
  })

  it('is progression where non-targets progressed unequivocally, and not where there are none', () => {
    const small = made({ a: [30, 30, 30], d: [6, 6, 6] })
    const step: Correction = { kind: 'progression', study: 2, isUnequivocal: true }
    expect(responseAfter(small, step).response.followUps.map(({ overall, rule }) => [overall, rule])).toEqual([
      ['SD', 'neither-grew-nor-shrank'],
      ['PD', 'non-target-progression'],
    ])
    const back: Correction = { kind: 'progression', study: 2, isUnequivocal: false }
    expect(responseAfter(small, step, back).response.followUps[1]?.overall).toBe('SD')
    expect(responseAfter(three, step).response.followUps[1]?.overall).toBe('SD')
  })
})

it('turns progression by a wrong link back: one lesion that was linked wrongly is new no more', () => {
  const wrong = made({ a: [30, 30, 30], b: [20, 20, 20] }, ['b1'])
  expect(responseAfter(wrong).response.followUps[0]).toMatchObject({ overall: 'PD', rule: 'new-lesion' })
  const { response } = responseAfter(wrong, { kind: 'move', lesion: 'b1', into: 'b0' })
  expect(response.followUps[0]).toMatchObject({ overall: 'SD', newLesions: [] })
})

it('keeps corrections that were taken back until another one is made', () => {
  const step = (lesion: string): Correction => ({ kind: 'separate', lesion })
  const log = withCorrection(withCorrection(noCorrections, step('a1')), step('b1'))
  const back = { ...log, position: 1 }
  expect(correctionLogSchema.safeParse(back).success).toBe(true)
  expect(withCorrection(back, step('c1'))).toEqual({ steps: [step('a1'), step('c1')], position: 2 })
  expect(correctionLogSchema.safeParse({ ...log, position: 3 }).success).toBe(false)
})
