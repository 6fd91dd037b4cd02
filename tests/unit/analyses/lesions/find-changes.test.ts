import { describe, expect, it, vi } from 'vitest'
import { differenceAndThreshold, findChanges } from '../../../../electron/analyses/lesions/find-changes.ts'
import { smoothed } from '../../../../electron/analyses/lesions/smooth-volume.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'
import { segmentationScores } from '../../../../shared/metrics/segmentation.ts'
import { identityTransform } from '../../../../shared/domain/medical/patient-transform.ts'
import { voxelSpacing } from '../../../../shared/domain/medical/volume-geometry.ts'
import { type Phantom, phantomMask, phantomValues, pose, type Shape, stack } from './lesion-phantom.ts'

// Whole studies; a busy machine takes its time.
vi.setConfig({ testTimeout: 600_000 })

const ball = (centre: readonly [number, number, number], radiusMm: number): Shape => ({
  kind: 'sphere',
  centre,
  radiusMm,
})
const truth = pose([3, -4, 6], [5, -3, 4])
const phantom: Phantom = {
  patientId: 'C',
  noise: 15,
  lesions: [
    { name: 'same', dates: [[ball([26, -20, 2], 7)], [ball([26, -20, 2], 7)]] },
    { name: 'gone', dates: [[ball([-30, 20, 8], 6)], null] },
    { name: 'new', dates: [null, [ball([8, 42, 24], 6)]] },
  ],
  studies: [
    { date: '20240101', geometry: stack({ size: [40, 76, 76], spacingMm: [3, 1.8, 1.8] }), pose: identityTransform },
    { date: '20240701', geometry: stack({ size: [44, 76, 76], spacingMm: [3, 1.8, 1.8] }), pose: truth },
  ],
}

describe('changes between two studies', () => {
  const volumes = phantom.studies.map(({ geometry }, i) => ({ geometry, values: phantomValues(phantom, i) }))
  const [before, after] = volumes as [(typeof volumes)[number], (typeof volumes)[number]]
  // Coils that are never quite even, and another gain.
  const { rows, columns } = after.geometry.size
  const uneven = after.values.map(
    (value, i) => value * 1.4 * (1 + 0.15 * Math.sin((Math.floor(i / columns) % rows) / 25)),
  )
  const later = { ...after, values: uneven }
  const fresh = phantomMask({ ...phantom, lesions: phantom.lesions.slice(2) }, 1)
  // Away from the skin, where no registration is exact enough.
  const inner = phantomMask(
    {
      ...phantom,
      lesions: [{ name: 'brain', dates: [null, [{ kind: 'ellipsoid', centre: [0, -4, 0], radiiMm: [55, 66, 58] }]] }],
    },
    1,
  )

  it('are a new lesion and one that went, found apart, whatever gain and evenness of the coils', () => {
    const { brighter, darker } = findChanges(before, later, truth, { within: inner })
    const score = segmentationScores(brighter, fresh, after.geometry.size, voxelSpacing(after.geometry))
    expect(score).toMatchObject({ lesionSensitivity: 1 })
    expect(score.dice).toBeGreaterThan(0.6)
    const old = phantomMask(
      { ...phantom, lesions: [{ name: 'gone', dates: [null, phantom.lesions[1]!.dates[0]!] }] },
      1,
    )
    const gone = segmentationScores(darker, old, after.geometry.size, voxelSpacing(after.geometry))
    expect(gone.lesionSensitivity).toBe(1)
    expect(darker.some((value, i) => value === 1 && fresh[i] === 1)).toBe(false)
  })

  it('are more than a difference and a threshold show', () => {
    const size = after.geometry.size
    const { brighter } = findChanges(before, later, truth, { within: inner })
    const ours = segmentationScores(brighter, fresh, size, voxelSpacing(after.geometry)).dice
    for (const plain of differenceAndThreshold(before, later, truth, inner, [2, 3, 4]))
      expect(ours).toBeGreaterThan(segmentationScores(plain, fresh, size, voxelSpacing(after.geometry)).dice)
  })

  it('are none where nothing changed', () => {
    const { brighter, darker } = findChanges(before, before, identityTransform)
    expect(brighter.some(Boolean) || darker.some(Boolean)).toBe(false)
  })
})

describe('smoothing', () => {
  it.each([0.8, 5])('spreads a point by %d mm along every axis whatever the spacing, and keeps its sum', (sigma) => {
    const size = { slices: 41, rows: 61, columns: 81 }
    const spacing = [2, 1, 0.7] as const
    const values = new Float32Array(41 * 61 * 81)
    values[(20 * 61 + 30) * 81 + 40] = 1
    const found = smoothed(values, size, spacing, sigma)
    const sum = found.reduce((total, value) => total + value, 0)
    expect(sum).toBeCloseTo(1, 3)
    const variance = [0, 0, 0]
    found.forEach((value, i) => {
      const at = [Math.floor(i / (61 * 81)) - 20, (Math.floor(i / 81) % 61) - 30, (i % 81) - 40]
      at.forEach((steps, axis) => (variance[axis] = variance[axis]! + value * (steps * spacing[axis]!) ** 2))
    })
    // Slices of 2 mm are too coarse to hold 0.8 mm exactly.
    variance
      .slice(sigma < 2 ? 1 : 0)
      .forEach((value) => expect(Math.abs(Math.sqrt(value) / sigma - 1)).toBeLessThan(0.15))
  })

  it('leaves an even volume as it is', () => {
    const random = new SeededRandom(1).next()
    const found = smoothed(new Float32Array(1000).fill(random), { slices: 10, rows: 10, columns: 10 }, [1, 1, 1], 3)
    found.forEach((value) => expect(value).toBeCloseTo(random, 5))
  })
})
