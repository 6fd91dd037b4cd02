import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inspectPaths, openSequence } from '../../../../electron/formats/open-sequences.ts'
import { realData } from '../real-data.ts'

interface VolumeOracle {
  readonly shape: readonly [number, number, number, number]
  readonly sum: number
  readonly weighted: number
  readonly affine: readonly (readonly number[])[]
}

const oracle = JSON.parse(readFileSync(new URL('oracle/nifti-volumes.json', import.meta.url), 'utf8')) as {
  readonly made: Readonly<Record<string, VolumeOracle>>
  readonly real: Readonly<Record<string, VolumeOracle>>
}
const files = fileURLToPath(new URL('files', import.meta.url))
const real = realData('ms_longitudinal_p01')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nifti-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Compares every value with nibabel's by the place at which it lies, whatever way the slices are turned. */
async function compare(path: string, expected: VolumeOracle): Promise<void> {
  const reader = await openSequence([path])
  const { info, medical } = reader
  const [columns, rows, slices, times] = expected.shape
  expect([info.width, info.height, info.frames, info.timePoints ?? 1]).toEqual([columns, rows, slices * times, times])
  const geometry = medical?.geometry
  if (!geometry) throw new Error('these files say where they lie')
  const window = { row: 0, column: 0, height: rows, width: columns }
  const frames = Array.from({ length: info.frames }, (_, i) => i)
  const { values } = await reader.read({ frames, bands: [0], window })
  await reader.close()
  const inverse = invert(expected.affine)
  const [right, down] = geometry.orientation
  const [rowStep, columnStep] = geometry.pixelSpacing
  const inFile = new Float64Array(values.length)
  const step = Math.max(1, Math.floor(values.length / 20_000))
  const place = (frame: number, row: number, column: number): number => {
    const time = Math.floor(frame / slices)
    const start = geometry.positions[frame] ?? [0, 0, 0]
    const lps = [0, 1, 2].map(
      (i) => (start[i] ?? 0) + (right[i] ?? 0) * columnStep * column + (down[i] ?? 0) * rowStep * row,
    )
    const voxel = inverse([-(lps[0] ?? 0), -(lps[1] ?? 0), lps[2] ?? 0])
    const [i = 0, j = 0, k = 0] = voxel.map(Math.round)
    voxel.forEach((value) => expect(Math.abs(value - Math.round(value))).toBeLessThan(0.01))
    return ((time * slices + k) * rows + j) * columns + i
  }
  // Where the file and the frames are turned is the same everywhere; corners and a sample prove it.
  for (let at = 0; at < values.length; at += step) {
    const [frame, rest] = [Math.floor(at / (rows * columns)), at % (rows * columns)]
    const index = place(frame, Math.floor(rest / columns), rest % columns)
    expect(index).toBeGreaterThanOrEqual(0)
    inFile[index] = values[at] ?? NaN
  }
  expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(expected.sum, 3)
  if (step === 1) {
    const weighted = inFile.reduce((sum, value, i) => sum + value * (1 + (i % 997)), 0)
    expect(weighted).toBeCloseTo(expected.weighted, 2)
  }
}

function invert(affine: readonly (readonly number[])[]): (place: readonly number[]) => number[] {
  const [a, b, c] = [0, 1, 2].map((column) => affine.slice(0, 3).map((row) => row[column] ?? 0))
  const cross = (u: number[] = [], v: number[] = []): number[] =>
    [0, 1, 2].map((i) => (u[(i + 1) % 3] ?? 0) * (v[(i + 2) % 3] ?? 0) - (u[(i + 2) % 3] ?? 0) * (v[(i + 1) % 3] ?? 0))
  const dot = (u: number[] = [], v: number[] = []): number => u.reduce((sum, value, i) => sum + value * (v[i] ?? 0), 0)
  const determinant = dot(a, cross(b, c))
  return (place) => {
    const moved = place.map((value, row) => value - (affine[row]?.[3] ?? 0))
    return [cross(b, c), cross(c, a), cross(a, b)].map((vector) => dot(vector, moved) / determinant)
  }
}

describe('NIfTI', () => {
  it.each(Object.entries(oracle.made))(
    '%s: every value lies in the patient where nibabel says',
    async (name, expected) => {
      await compare(join(files, name.replace('.img', '.hdr')), expected)
    },
  )

  it.skipIf(!real).each(Object.entries(oracle.real))(
    'real %s: sizes, sum and places as nibabel has them',
    async (name, expected) => {
      await compare(join(real ?? '', 'nifti', name), expected)
    },
  )

  it.skipIf(!real)('lies at the same place as the DICOM series made from the same scan', async () => {
    const [nifti, dicom] = await Promise.all([
      openSequence([join(real ?? '', 'nifti', 'study1_FLAIR.nii.gz')]),
      openSequence([join(real ?? '', 'dicom', 'study1', 'FLAIR_native')]),
    ])
    const window = { row: 120, column: 90, height: 4, width: 7 }
    const request = { frames: [0, 17, 35], bands: [0], window }
    expect((await nifti.read(request)).values).toEqual((await dicom.read(request)).values)
    const [ours, theirs] = [nifti.medical?.geometry?.positions, dicom.medical?.geometry?.positions]
    ours?.forEach((place, i) =>
      place.forEach((value, axis) => expect(value).toBeCloseTo(theirs?.[i]?.[axis] ?? NaN, 2)),
    )
    await Promise.all([nifti.close(), dicom.close()])
  })

  it('orders four-dimensional files by time point, and says so', async () => {
    const { sequences } = await inspectPaths([join(files, 'four_d_float32.nii.gz')])
    expect(sequences).toMatchObject([{ frames: 10, timePoints: 5, kind: 'nifti', bands: ['value'] }])
    expect(sequences[0]?.warnings[0]).toContain('5 time points')
  })

  it('finds a header and its image as one; a header alone says what is missing', async () => {
    copyFileSync(join(files, 'pair_uint16.hdr'), join(folder, 'scan.hdr'))
    const alone = await inspectPaths([folder])
    expect(alone.problems).toMatchObject([{ code: 'nifti/no-image' }])
    copyFileSync(join(files, 'pair_uint16.img'), join(folder, 'scan.img'))
    const both = await inspectPaths([folder])
    expect(both.problems).toEqual([])
    expect(both.sequences).toMatchObject([{ frames: 2, height: 5, width: 3, dtype: 'uint16' }])
  })

  it('refuses a file that is cut short, one of nonsense sizes, and one that unpacks to far more than it says', async () => {
    const whole = readFileSync(join(files, 'ras_int16.nii'))
    writeFileSync(join(folder, 'short.nii'), whole.subarray(0, whole.length - 10))
    const nonsense = Buffer.from(whole)
    nonsense.writeInt16LE(-7, 42)
    nonsense.writeInt16LE(4000, 70)
    writeFileSync(join(folder, 'nonsense.nii'), nonsense)
    const { problems } = await inspectPaths([folder])
    expect(problems.map(({ code }) => code)).toEqual(['nifti/unsupported', 'nifti/truncated'])
    writeFileSync(join(folder, 'bomb.nii.gz'), gzipSync(Buffer.concat([whole, Buffer.alloc(64 * 2 ** 20)])))
    const reader = await openSequence([join(folder, 'bomb.nii.gz')])
    const window = { row: 0, column: 0, height: 4, width: 5 }
    await expect(reader.read({ frames: [0], bands: [0], window })).rejects.toMatchObject({ code: 'nifti/damaged' })
    await reader.close()
    writeFileSync(join(folder, 'cut.nii.gz'), gzipSync(whole).subarray(0, 100))
    const cut = await openSequence([join(folder, 'cut.nii.gz')])
    await expect(cut.read({ frames: [0], bands: [0], window })).rejects.toMatchObject({ code: 'nifti/truncated' })
    await cut.close()
  })
})
