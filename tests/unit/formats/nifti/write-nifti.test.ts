import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { readVolume } from '../../../../electron/analyses/lesions/patient-volume.ts'
import { niftiGridOf } from '../../../../electron/formats/nifti/nifti-reader.ts'
import { encodeNifti, niftiGrid } from '../../../../electron/formats/nifti/write-nifti.ts'
import { openSequence } from '../../../../electron/formats/open-sequences.ts'
import { placeOf } from '../../../../shared/domain/medical/volume-geometry.ts'
import { stack } from '../../analyses/lesions/lesion-phantom.ts'

const root = mkdtempSync(join(tmpdir(), 'nifti-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('writing NIfTI', () => {
  it('reads back with the same values at the same places of the patient, also sheared and turned', async () => {
    const geometry = stack({ size: [4, 5, 6], spacingMm: [3, 1.5, 1.2], turnDegrees: [8, -5, 12], middle: [3, -4, 9] })
    const values = Uint8Array.from({ length: 120 }, (_, i) => i)
    const path = join(root, 'turned.nii.gz')
    writeFileSync(path, await encodeNifti(values, niftiGrid(geometry), 0.5))
    const reader = await openSequence([path])
    const volume = await readVolume(reader)
    await reader.close()
    for (const [s, r, c] of [
      [0, 0, 0],
      [3, 4, 5],
      [1, 2, 4],
    ] as const) {
      const place = placeOf(geometry, s, r, c)
      const at = volume.values.indexOf(0.5 * ((s * 5 + r) * 6 + c))
      const found = placeOf(volume.geometry, Math.floor(at / 30), Math.floor(at / 6) % 5, at % 6)
      found.forEach((value, axis) => expect(value).toBeCloseTo(place[axis] ?? NaN, 4))
    }
  })

  it('writes a mask on the grid of the file it was made for, voxel by voxel, whichever way that runs', async () => {
    // Columns to the right, rows to the front, slices to the feet: all are read backwards.
    const affine = [
      [1, 0, 0, -5],
      [0, 2, 0, 7],
      [0, 0, -3, 30],
    ]
    const stored = Uint8Array.from({ length: 24 }, (_, i) => i)
    const grid = { shape: [4, 3, 2] as const, affine, flips: [false, false, false] as const }
    const path = join(root, 'backwards.nii.gz')
    writeFileSync(path, await encodeNifti(stored, grid))
    const reader = await openSequence([path])
    const { values } = await readVolume(reader)
    const own = niftiGridOf(reader)
    await reader.close()
    expect(own?.flips).toContain(true)
    const again = gunzipSync(await encodeNifti(Uint8Array.from(values), own!))
    expect([...again.subarray(352)]).toEqual([...stored])
    expect([...again.subarray(280, 328)]).toEqual([...gunzipSync(await encodeNifti(stored, grid)).subarray(280, 328)])
  })

  it('refuses uneven stacks, which one matrix cannot describe', () => {
    const uneven = stack({ size: [6, 4, 4], spacingMm: [3, 1, 1], missing: [2] })
    expect(() => niftiGrid(uneven)).toThrow(expect.objectContaining({ code: 'nifti/uneven' }))
  })
})
