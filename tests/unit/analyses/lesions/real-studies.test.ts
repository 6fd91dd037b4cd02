import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
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
import type { PatientVector } from '../../../../shared/domain/medical/volume-geometry.ts'
import { realData } from '../../formats/real-data.ts'

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
})
