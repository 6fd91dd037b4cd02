import { describe, expect, it } from 'vitest'
import { assessResponse } from '../../../shared/metrics/lesion-response.ts'
import { type FoundLesion, type LesionLink, tracksOf } from '../../../shared/domain/medical/lesion-tracking.ts'

type Story = Record<string, readonly (number | null)[]>

/** Lesions whose longest diameters per study are given; linked along each row, and as `extra` says. */
function made(story: Story, extra: readonly (readonly [string, string])[] = []): Parameters<typeof assessResponse> {
  const lesions: FoundLesion[] = []
  const links: LesionLink[] = []
  let studies = 0
  for (const [name, lengths] of Object.entries(story)) {
    studies = lengths.length
    let before: string | null = null
    lengths.forEach((longAxisMm, study) => {
      if (longAxisMm === null) return
      const id = `${name}${study}`
      lesions.push({
        id,
        study,
        name: null,
        measures: { longAxisMm, shortAxisMm: longAxisMm * 0.75, volumeMm3: longAxisMm } as FoundLesion['measures'],
      })
      if (before !== null) links.push({ from: before, to: id, by: 'program', overlap: 1, distanceMm: 0, isMain: true })
      before = id
    })
  }
  for (const [from, to] of extra) links.push({ from, to, by: 'program', overlap: 0.5, distanceMm: 1, isMain: false })
  return [tracksOf(lesions, links, studies), lesions, studies, { sliceThicknessMm: 3 }]
}

describe('response from tracks', () => {
  it.each([
    ['partial: 30 % less', { a: [20, 14] }, 'PR', 'targets-shrank', 14],
    ['stable: 29.5 % less', { a: [20, 14.1] }, 'SD', 'neither-grew-nor-shrank', 14.1],
    ['progressive: 20 % and 5 mm more', { a: [25, 30] }, 'PD', 'targets-grew', 30],
    ['stable: 20 % but only 4 mm more', { a: [20, 24] }, 'SD', 'neither-grew-nor-shrank', 24],
    ['complete', { a: [20, null] }, 'CR', 'all-gone', 0],
    ['progressive by a new lesion', { a: [20, null], b: [null, 12] }, 'PD', 'new-lesion', 0],
    ['partial while a non-target is left', { a: [20, null], b: [8, 8] }, 'PR', 'targets-gone-non-targets-left', 0],
    ['without targets', { b: [8, 8] }, 'NON-CR/NON-PD', 'non-targets-left', null],
    ['without any lesion', { b: [null, null] }, 'NE', 'nothing-followed', null],
  ] as const)('%s', (_, story, overall, rule, sumMm) => {
    const { followUps } = assessResponse(...made(story as unknown as Story))
    expect(followUps.at(-1)).toMatchObject({ overall, rule, sumMm })
  })

  it('measures growth from the smallest sum so far', () => {
    const { followUps, baselineSumMm } = assessResponse(...made({ a: [30, 20, 25] }))
    expect(baselineSumMm).toBe(30)
    expect(followUps.map(({ overall }) => overall)).toEqual(['PR', 'PD'])
    expect(followUps[1]).toMatchObject({ percentFromNadir: 25, mmFromNadir: 5 })
  })

  it('counts the parts of a lesion that split together, and they are not new', () => {
    const { followUps } = assessResponse(...made({ a: [30, 16], b: [null, 12] }, [['a0', 'b1']]))
    expect(followUps[0]).toMatchObject({ sumMm: 28, overall: 'SD', newLesions: [] })
  })

  it('counts two targets that merged once, with the length of what they became', () => {
    const { followUps } = assessResponse(...made({ a: [20, 32], b: [12, null] }, [['b0', 'a1']]))
    expect(followUps[0]).toMatchObject({ sumMm: 32, overall: 'SD' })
  })

  it('counts a target that went into a lesion that is none with that one', () => {
    const args = made({ a: [20, 26], b: [12, null] }, [['b0', 'a1']])
    const { followUps } = assessResponse(args[0], args[1], args[2], { ...args[3], roles: { 1: 'non-target' } })
    expect(followUps[0]).toMatchObject({ sumMm: 26, overall: 'PD' })
  })

  it('measures nodes by their short axis', () => {
    const args = made({ a: [22, 12] })
    const { followUps, roles, baselineSumMm } = assessResponse(args[0], args[1], args[2], {
      ...args[3],
      kinds: { 1: 'node' },
    })
    expect(roles).toEqual([{ track: 1, role: 'target', kind: 'node' }])
    expect(baselineSumMm).toBe(16.5)
    expect(followUps[0]).toMatchObject({ sumMm: 9, overall: 'CR' })
  })

  it('does not take a lesion for gone whose place was not imaged', () => {
    const args = made({ a: [20, null], b: [15, 15] })
    const { followUps } = assessResponse(args[0], args[1], args[2], {
      ...args[3],
      isImaged: ({ number }) => number !== 1,
    })
    expect(followUps[0]).toMatchObject({ overall: 'NE', rule: 'target-not-evaluable', isComplete: false })
  })

  it('takes five targets at most, and two of an organ where organs are named', () => {
    const story = { a: [30, 30], b: [25, 25], c: [20, 20], d: [18, 18], e: [15, 15], f: [12, 12], g: [9, 9] }
    const args = made(story)
    const targets = (options = args[3]): number[] =>
      assessResponse(args[0], args[1], args[2], options)
        .roles.filter(({ role }) => role === 'target')
        .map(({ track }) => track)
    expect(targets()).toEqual([1, 2, 3, 4, 5])
    const organs = { 1: 'liver', 2: 'liver', 3: 'liver', 4: 'lung', 5: 'lung', 6: 'lung', 7: 'lung' }
    expect(targets({ ...args[3], organs })).toEqual([1, 2, 4, 5])
  })
})
