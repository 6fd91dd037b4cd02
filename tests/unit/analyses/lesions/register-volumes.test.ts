import { describe, expect, it, vi } from 'vitest'
import { registerVolumes } from '../../../../electron/analyses/lesions/register-volumes.ts'
import {
  composed,
  identityTransform,
  inverted,
  moved,
  type PatientTransform,
} from '../../../../shared/domain/medical/patient-transform.ts'
import { type Phantom, phantomValues, pose, stack } from './lesion-phantom.ts'

// Registration of whole studies; a busy machine takes its time.
vi.setConfig({ testTimeout: 600_000 })

/** Largest distance of where two transforms move places within 60 mm of the middle. */
function worst(a: PatientTransform, b: PatientTransform): number {
  let largest = 0
  for (const x of [-45, 0, 45])
    for (const y of [-45, 0, 45])
      for (const z of [-40, 0, 40]) {
        const [p, q] = [moved(a, [x, y, z]), moved(b, [x, y, z])]
        largest = Math.max(largest, Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]))
      }
  return largest
}

const truth = pose([5, -7, 11], [8, -6, 12])
const phantom: Phantom = {
  patientId: 'R',
  noise: 12,
  lesions: [
    {
      name: 'growing',
      dates: [
        [{ kind: 'sphere', centre: [20, 20, 10], radiusMm: 6 }],
        [{ kind: 'sphere', centre: [20, 20, 10], radiusMm: 11 }],
      ],
    },
  ],
  studies: [
    { date: '20240101', geometry: stack({ size: [36, 80, 80], spacingMm: [4, 2, 2] }), pose: identityTransform },
    {
      date: '20240701',
      geometry: stack({ size: [50, 90, 76], spacingMm: [3, 1.8, 2.1], turnDegrees: [6, 3, -4], middle: [5, 0, 6] }),
      pose: truth,
    },
  ],
}

describe('registration of two studies', () => {
  const volumes = phantom.studies.map(({ geometry }, i) => ({ geometry, values: phantomValues(phantom, i) }))
  const [baseline, followUp] = volumes

  it('finds a known turn and shift within 1 mm on differing, tilted grids with a lesion that grew', async () => {
    const { transform, quality, remark } = await registerVolumes(baseline!, followUp!)
    expect(worst(transform, truth)).toBeLessThan(1)
    expect(quality.mutualInformationAfter).toBeGreaterThan(quality.mutualInformationBefore)
    expect(quality.correlationAfter).toBeGreaterThan(0.9)
    expect(quality.correlationAfter).toBeGreaterThan(quality.correlationBefore)
    expect(quality.overlap).toBeGreaterThan(0.8)
    expect(remark).toBeNull()
  })

  it('finds it too where dark and bright are exchanged (another kind of image)', async () => {
    const exchanged = { ...followUp!, values: followUp!.values.map((value) => 700 - value) }
    const { transform, quality } = await registerVolumes(baseline!, exchanged)
    expect(worst(transform, truth)).toBeLessThan(1.5)
    expect(quality.correlationAfter).toBeLessThan(-0.9)
  })

  it('finds a stretch where it may', async () => {
    const stretch: PatientTransform = [
      [1.05, 0.02, 0, 3],
      [0, 0.96, 0, -2],
      [0, 0, 1.03, 1],
    ]
    const stretched: Phantom = {
      ...phantom,
      studies: phantom.studies.map((study, i) => (i === 0 ? study : { ...study, pose: stretch })),
    }
    const other = { geometry: stretched.studies[1]!.geometry, values: phantomValues(stretched, 1) }
    const { transform, kind } = await registerVolumes(baseline!, other, { kind: 'affine' })
    expect(kind).toBe('affine')
    expect(worst(transform, stretch)).toBeLessThan(1.2)
  })

  it('leaves a study that fits where it is, and gives the same numbers again', async () => {
    const [first, again] = [await registerVolumes(baseline!, baseline!), await registerVolumes(baseline!, baseline!)]
    expect(worst(first.transform, identityTransform)).toBeLessThan(0.2)
    expect(again).toEqual(first)
  })

  it('says so when the images have nothing in common', async () => {
    const noise: Phantom = { ...phantom, lesions: [], noise: 400 }
    const values = phantomValues(noise, 1).map((value) => value % 97)
    const { remark } = await registerVolumes(baseline!, { ...followUp!, values })
    expect(remark).not.toBeNull()
  })

  it('stops when cancelled', async () => {
    const controller = new AbortController()
    const report = (): void => controller.abort()
    await expect(registerVolumes(baseline!, followUp!, { signal: controller.signal, report })).rejects.toThrow(
      'Cancelled',
    )
  })
})

describe('transforms', () => {
  it('undo themselves by their inverse', () => {
    expect(worst(composed(inverted(truth), truth), identityTransform)).toBeLessThan(1e-9)
    expect(worst(composed(truth, inverted(truth)), identityTransform)).toBeLessThan(1e-9)
  })
})
