import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeNifti, niftiGrid } from '../../../../electron/formats/nifti/write-nifti.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'
import type { VolumeGeometry } from '../../../../shared/domain/medical/volume-geometry.ts'
import { stack } from '../lesions/lesion-phantom.ts'

/** A ball in voxels; slices count double, since they are further apart. */
type Ball = readonly [slice: number, row: number, column: number, radius: number]

/** What one patient looks like. */
export interface PhantomPatient {
  readonly geometry: VolumeGeometry
  /** Bright from the first study on: no lesions by the expert's word. */
  readonly old: readonly Ball[]
  /** As bright, and only there at the second study: what is to be found. */
  readonly fresh: readonly Ball[]
  /** A scanner has no scale of its own. */
  readonly gain: number
}

const [slices, rows, columns] = [8, 40, 44]

/** A patient with three spots that were always there and two that are new, of which brightness says nothing. */
export function phantomPatient(seed: number): PhantomPatient {
  const random = new SeededRandom(seed)
  const balls: Ball[] = []
  while (balls.length < 5) {
    const ball: Ball = [
      1.5 + random.integer(5),
      9 + random.integer(rows - 18),
      9 + random.integer(columns - 18),
      3 + 1.5 * random.next(),
    ]
    const isApart = ([s, r, c]: Ball): boolean => Math.hypot(2 * (s - ball[0]), r - ball[1], c - ball[2]) > 9
    if (balls.every(isApart)) balls.push(ball)
  }
  return {
    geometry: stack({ size: [slices, rows, columns], spacingMm: [3, 1.5, 1.5] }),
    old: balls.slice(0, 3),
    fresh: balls.slice(3),
    gain: 0.7 + 0.5 * random.next(),
  }
}

/** 1 inside of any ball. */
export function ballMask(balls: readonly Ball[]): Uint8Array {
  const mask = new Uint8Array(slices * rows * columns)
  for (let s = 0, i = 0; s < slices; s++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, i++)
        if (balls.some(([bs, br, bc, radius]) => Math.hypot(2 * (s - bs), r - br, c - bc) < radius)) mask[i] = 1
  return mask
}

/** Values of a study, 0 to 255. */
export function phantomImage({ old, fresh, gain }: PhantomPatient, study: 1 | 2, seed: number): Uint8Array {
  const random = new SeededRandom(100 * seed + study)
  const bright = ballMask(study === 1 ? old : [...old, ...fresh])
  const image = new Uint8Array(bright.length)
  for (let s = 0, i = 0; s < slices; s++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, i++) {
        const isBody = Math.hypot((r - rows / 2 + 0.5) / 18, (c - columns / 2 + 0.5) / 20) < 1
        const signal = isBody ? (bright[i] ? 190 : 105 + 12 * Math.sin(r / 5 + s) * Math.cos(c / 6)) : 6
        image[i] = Math.min(255, Math.max(0, Math.round(gain * (signal + 7 * random.normal()))))
      }
  return image
}

/**
 * Writes the two studies of a patient as NIfTI. By `new` only the second has a mask, of what is new; by `all` both have one, of
 * all spots; by `none` there are images alone.
 */
export async function writePhantomPatient(
  folder: string,
  seed: number,
  marks: 'new' | 'all' | 'none' = 'new',
): Promise<void> {
  const patient = phantomPatient(seed)
  const grid = niftiGrid(patient.geometry)
  const write = async (study: 1 | 2, name: string, values: Uint8Array): Promise<void> => {
    mkdirSync(join(folder, `visit-${study}`), { recursive: true })
    writeFileSync(join(folder, `visit-${study}`, `${name}.nii.gz`), await encodeNifti(values, grid))
  }
  await write(1, 'flair', phantomImage(patient, 1, seed))
  await write(2, 'flair', phantomImage(patient, 2, seed))
  if (marks === 'all') await write(1, 'lesion_mask', ballMask(patient.old))
  if (marks !== 'none')
    await write(2, 'lesion_mask', ballMask(marks === 'all' ? [...patient.old, ...patient.fresh] : patient.fresh))
}
