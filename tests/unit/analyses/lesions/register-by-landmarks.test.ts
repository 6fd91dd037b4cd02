import { describe, expect, it } from 'vitest'
import { registerByLandmarks } from '../../../../electron/analyses/lesions/register-by-landmarks.ts'
import type { StudyLandmarks } from '../../../../shared/domain/medical/landmarks.ts'
import { knownNote } from '../../../../shared/domain/reader-notes.ts'
import { stack } from './lesion-phantom.ts'

type Place = [number, number, number]
/** 200 x 160 x 120 mm around the middle. */
const geometry = stack({ size: [30, 80, 100], spacingMm: [4, 2, 2] })
const places: Place[] = [
  [-40, 0, -20],
  [40, 10, -20],
  [0, -40, 20],
  [5, 40, 30],
]
const landmarks = (some: readonly Place[], by: (place: Place) => Place, more: Partial<StudyLandmarks> = {}) => ({
  study: 1,
  date: '2024-07-16',
  model: 'rigid' as const,
  pairs: some.map((place) => ({ baseline: place, followUp: by(place) })),
  ...more,
})
const same = (place: Place): Place => place
const noteOf = (given: StudyLandmarks): string | undefined => {
  const { remark } = registerByLandmarks(given, [geometry, geometry], '2024-07-16')
  return remark === null ? undefined : knownNote(remark)?.code
}
const codeOf = (given: StudyLandmarks, date: string | null): string => {
  try {
    registerByLandmarks(given, [geometry, geometry], date)
    return 'none'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('registration by landmarks', () => {
  it('says how far each pair is off, and nothing against pairs that fit', () => {
    const {
      kind,
      quality,
      remark,
      landmarks: fit,
    } = registerByLandmarks(
      landmarks(places, ([x, y, z]) => [x + 3, y, z - 6]),
      [geometry, geometry],
      '2024-07-16',
    )
    expect({ kind, quality, remark }).toEqual({ kind: 'landmarks', quality: null, remark: null })
    expect(fit?.residualsMm).toHaveLength(4)
    expect(fit?.largestMm).toBeLessThan(1e-9)
  })

  it('says so when they fit badly, when they cannot but fit, and when they lie close to one line', () => {
    const bent = landmarks(places, ([x, y, z]) => (x > 20 ? [x, y + 30, z] : [x, y, z]))
    expect(noteOf(bent)).toBe('lesions/landmarks-off')
    expect(noteOf(landmarks(places, same, { model: 'affine' }))).toBe('lesions/landmarks-exact')
    const line: Place[] = [
      [-40, 0, 0],
      [0, 6, 0],
      [40, 0, 0],
    ]
    expect(noteOf(landmarks(line, same))).toBe('lesions/landmarks-narrow')
  })

  it.each([
    ['of another date', landmarks(places, same), '2024-07-17'],
    ['outside the baseline', landmarks([...places, [0, 0, 500]], ([x, y]) => [x, y, 0]), '2024-07-16'],
    ['outside the study', landmarks(places, ([x, y, z]) => [x + 150, y, z]), '2024-07-16'],
  ])('refuses landmarks %s', (_, given, date) => {
    expect(codeOf(given, date)).toBe('lesions/landmarks-elsewhere')
  })

  it('takes them where a date is not stated', () => {
    expect(codeOf(landmarks(places, same), null)).toBe('none')
    expect(codeOf(landmarks(places, same, { date: null }), '2024-07-17')).toBe('none')
  })
})
