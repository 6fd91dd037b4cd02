import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { differenceAndThreshold, findChanges } from '../../../../electron/analyses/lesions/find-changes.ts'
import { readVolume } from '../../../../electron/analyses/lesions/patient-volume.ts'
import { registerVolumes } from '../../../../electron/analyses/lesions/register-volumes.ts'
import { openSequence } from '../../../../electron/formats/open-sequences.ts'
import {
  aroundCentre,
  composed,
  identityTransform,
  inverted,
  moved,
  type PatientTransform,
} from '../../../../shared/domain/medical/patient-transform.ts'
import { segmentationScores, type SegmentationScores } from '../../../../shared/metrics/segmentation.ts'
import { type PatientVector, voxelSpacing } from '../../../../shared/domain/medical/volume-geometry.ts'
import { realData } from '../../formats/real-data.ts'

// Registration of whole studies; a busy machine takes its time.
vi.setConfig({ testTimeout: 600_000 })

const folder = realData('ms_longitudinal_p01')

/** An Insight transform file (places in LPS): places of the common space to places of a study. */
function insightTransform(path: string): PatientTransform {
  const text = readFileSync(path, 'utf8')
  const numbers = (name: string): number[] =>
    (new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '').split(' ').map(Number)
  const [parameters, centre] = [numbers('Parameters'), numbers('FixedParameters')]
  const row = (i: number): PatientVector => parameters.slice(3 * i, 3 * i + 3) as unknown as PatientVector
  return aroundCentre(
    [row(0), row(1), row(2)],
    centre as unknown as PatientVector,
    parameters.slice(9, 12) as unknown as PatientVector,
  )
}

describe.skipIf(folder === null)('registration of two real MR studies of one patient (ms_longitudinal_p01)', () => {
  const root = folder ?? ''
  const load = async (study: number, grid: string): ReturnType<typeof readVolume> => {
    const reader = await openSequence([join(root, 'dicom', `study${study}`, grid)])
    try {
      return await readVolume(reader)
    } finally {
      await reader.close()
    }
  }
  /** Places of the brain, from the mask of the common space, every 12 mm or so. */
  const brain = async (): Promise<PatientVector[]> => {
    const reader = await openSequence([join(root, 'nifti', 'brainmask.nii.gz')])
    const { geometry, values } = await readVolume(reader)
    await reader.close()
    const { rows, columns } = geometry.size
    const places: PatientVector[] = []
    geometry.origins.forEach((origin, s) => {
      if (s % 4 !== 0) return
      for (let r = 0; r < rows; r += 16)
        for (let c = 0; c < columns; c += 16)
          if (values[(s * rows + r) * columns + c])
            places.push(
              [0, 1, 2].map(
                (i) => origin[i]! + r * geometry.rowStep[i]! + c * geometry.columnStep[i]!,
              ) as unknown as PatientVector,
            )
    })
    return places
  }
  const errors = (found: PatientTransform, truth: PatientTransform, places: readonly PatientVector[]): number[] =>
    places
      .map((place) => {
        const [a, b] = [moved(found, place), moved(truth, place)]
        return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
      })
      .sort((a, b) => a - b)

  it('agrees with the given transform within 2 mm everywhere in the brain (native grids)', async () => {
    const [first, second] = [await load(1, 'FLAIR_native'), await load(2, 'FLAIR_native')]
    const started = performance.now()
    const { transform, quality, remark } = await registerVolumes(first, second)
    const seconds = (performance.now() - started) / 1000
    const [one, two] = [1, 2].map((study) =>
      insightTransform(join(root, 'nifti', `study${study}_FLAIR_to_common_space.txt`)),
    )
    const places = (await brain()).map((place) => moved(one!, place))
    const truth = composed(two!, inverted(one!))
    const found = errors(transform, truth, places)
    const unregistered = errors(identityTransform, truth, places)
    console.log(
      `native: median ${found[found.length >> 1]!.toFixed(2)}, largest ${found.at(-1)!.toFixed(2)} mm at ${found.length} places; headers alone: median ${unregistered[found.length >> 1]!.toFixed(2)}, largest ${unregistered.at(-1)!.toFixed(2)} mm; ${seconds.toFixed(1)} s; NMI ${quality.mutualInformationBefore.toFixed(3)} to ${quality.mutualInformationAfter.toFixed(3)}, correlation ${quality.correlationBefore.toFixed(3)} to ${quality.correlationAfter.toFixed(3)}`,
    )
    expect(places.length).toBeGreaterThan(200)
    expect(found.at(-1)).toBeLessThan(2)
    expect(remark).toBeNull()
  })

  it('leaves the studies that are already on one grid where they are, within 2 mm', async () => {
    const [first, second] = [await load(1, 'FLAIR_common_grid'), await load(2, 'FLAIR_common_grid')]
    const { transform } = await registerVolumes(first, second)
    const found = errors(transform, identityTransform, await brain())
    console.log(`common grid: median ${found[found.length >> 1]!.toFixed(2)}, largest ${found.at(-1)!.toFixed(2)} mm`)
    expect(found.at(-1)).toBeLessThan(2)
  })

  it('finds the change that the expert marked better than a difference and a threshold', async () => {
    const [first, second] = [await load(1, 'FLAIR_common_grid'), await load(2, 'FLAIR_common_grid')]
    const mask = async (name: string): Promise<Float32Array> => {
      const reader = await openSequence([join(root, 'nifti', `${name}.nii.gz`)])
      const { values } = await readVolume(reader)
      await reader.close()
      return values
    }
    const [within, expert] = [await mask('brainmask'), await mask('gt')]
    const { transform } = await registerVolumes(first, second)
    const { geometry } = second
    const score = (found: Uint8Array): SegmentationScores =>
      segmentationScores(found, expert, geometry.size, voxelSpacing(geometry))
    const { brighter, darker } = findChanges(first, second, transform, { within })
    const both = brighter.map((value, i) => value | (darker[i] ?? 0))
    const rows = [
      ['changes (brighter)', score(brighter)],
      ['changes (brighter or darker)', score(both)],
      ...differenceAndThreshold(first, second, transform, within, [2, 3, 4, 5]).map(
        (mask, i) => [`difference > ${i + 2} deviations`, score(mask)] as const,
      ),
    ] as const
    for (const [name, { dice, lesionSensitivity, falsePositives }] of rows)
      console.log(
        `${name}: Dice ${dice.toFixed(3)}, sensitivity ${lesionSensitivity?.toFixed(3)}, false ${falsePositives}`,
      )
    const [, ours] = rows[0]
    expect(ours.dice).toBeGreaterThan(0.4)
    // Thresholds that find as much of it are wrong many times more often.
    for (const [, plain] of rows.slice(2)) {
      expect(ours.dice).toBeGreaterThan(plain.dice)
      expect(10 * ours.falsePositives).toBeLessThan(plain.falsePositives)
    }
  })
})
