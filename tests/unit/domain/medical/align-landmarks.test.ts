import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { alignLandmarks } from '../../../../shared/domain/medical/align-landmarks.ts'
import type { LandmarkModel, LandmarkPair } from '../../../../shared/domain/medical/landmarks.ts'
import { moved, type PatientTransform } from '../../../../shared/domain/medical/patient-transform.ts'
import type { PatientVector } from '../../../../shared/domain/medical/volume-geometry.ts'
import { pose } from '../../analyses/lesions/lesion-phantom.ts'

interface Reference {
  readonly model: LandmarkModel
  readonly pairs: LandmarkPair[]
  readonly transform: number[][]
  readonly residualsMm: number[]
}
const references = JSON.parse(readFileSync(new URL('reference/landmarks.json', import.meta.url), 'utf8')) as Reference[]

const truth = pose([5, -7, 11], [8, -6, 12])
const stretch: PatientTransform = [
  [1.1, 0.05, -0.02, 3],
  [0, 0.9, 0.04, -20],
  [0.01, 0, 1.2, 14],
]
const places: PatientVector[] = [
  [10, 20, 30],
  [-40, 5, 12],
  [22, -33, -8],
  [1, 2, 50],
  [60, 7, -30],
]
const pairsOf = (some: readonly PatientVector[], by: (place: PatientVector) => PatientVector): LandmarkPair[] =>
  some.map((place) => ({ baseline: [...place], followUp: [...by(place)] }))
const flat = (transform: readonly (readonly number[])[]): number[] => transform.flat()
const codeOf = (pairs: readonly LandmarkPair[], model: LandmarkModel): unknown => {
  try {
    return alignLandmarks(pairs, model).transform
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('landmarks', () => {
  it.each([
    ['rigid', truth],
    ['affine', truth],
    ['affine', stretch],
  ] as const)('give a transform exactly where they fit exactly (%s, of five pairs)', (model, known) => {
    const { transform, fit } = alignLandmarks(
      pairsOf(places, (place) => moved(known, place)),
      model,
    )
    flat(transform).forEach((value, i) => expect(value).toBeCloseTo(flat(known)[i] ?? NaN, 9))
    expect(fit.meanMm).toBeLessThan(1e-9)
  })

  it.each(references.map((one) => [one.model, one.pairs.length, one] as const))(
    'give the best compromise, and how far each pair is off (%s, %i pairs; numpy, 1e-8 mm)',
    (model, _, { pairs, transform, residualsMm }) => {
      const found = alignLandmarks(pairs, model)
      flat(found.transform).forEach((value, i) => expect(value).toBeCloseTo(flat(transform)[i] ?? NaN, 8))
      found.fit.residualsMm.forEach((mm, i) => expect(mm).toBeCloseTo(residualsMm[i] ?? NaN, 8))
      expect(found.fit.largestMm).toBeCloseTo(Math.max(...residualsMm), 8)
      expect(found.fit.meanMm).toBeCloseTo(residualsMm.reduce((a, b) => a + b) / residualsMm.length, 8)
    },
  )

  it('turn by 180 degrees about an oblique axis as well', () => {
    const half: PatientTransform = [
      [-1 / 3, 2 / 3, 2 / 3, 0],
      [2 / 3, -1 / 3, 2 / 3, 0],
      [2 / 3, 2 / 3, -1 / 3, 9],
    ]
    const { transform } = alignLandmarks(pairsOf(places, (place) => moved(half, place)))
    flat(transform).forEach((value, i) => expect(value).toBeCloseTo(flat(half)[i] ?? NaN, 9))
  })

  it.each([
    ['two pairs', places.slice(0, 2), 'rigid'],
    [
      'three within 1 mm of one line',
      [
        [0, 0, 0],
        [30, 30.5, 30],
        [60, 60, 60],
      ],
      'rigid',
    ],
    ['three pairs', places.slice(0, 3), 'affine'],
    ['five in one slice', places.map(([x, y]): PatientVector => [x, y, 12]), 'affine'],
  ] as const)('are refused where they leave a turn or stretch open: %s (%s)', (_, some, model) => {
    expect(
      codeOf(
        pairsOf(some as readonly PatientVector[], (place) => moved(truth, place)),
        model,
      ),
    ).toBe('lesions/few-landmarks')
  })

  it('are refused where the later places alone lie on one line', () => {
    expect(
      codeOf(
        pairsOf(places, ([x]) => [x, 2 * x, -x]),
        'rigid',
      ),
    ).toBe('lesions/few-landmarks')
  })

  it('are refused where they would mirror the body or stretch it beyond measure (affine)', () => {
    expect(
      codeOf(
        pairsOf(places, ([x, y, z]) => [-x, y, z]),
        'affine',
      ),
    ).toBe('lesions/landmarks-unlikely')
    expect(
      codeOf(
        pairsOf(places, ([x, y, z]) => [x, 3.2 * y, z]),
        'affine',
      ),
    ).toBe('lesions/landmarks-unlikely')
    expect(
      codeOf(
        pairsOf(places, ([x, y, z]) => [x, y, z / 3.2]),
        'affine',
      ),
    ).toBe('lesions/landmarks-unlikely')
  })
})
