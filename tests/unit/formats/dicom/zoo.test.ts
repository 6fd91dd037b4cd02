import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inspectPaths, openSequence } from '../../../../electron/formats/open-sequences.ts'
import { realData } from '../real-data.ts'
import { pixelSummary, readDicomOracle } from './oracle/pixels.ts'

const oracle = readDicomOracle()
const zoo = realData('dicom_objects')
const at = (key: string): string => join(zoo ?? '', '..', ...key.split('/'))

/** Largest mean difference of files that lose information, where decoders may round differently; all others are exact. */
const lossy: Readonly<Record<string, number>> = {
  'dicom_objects/pydicom/HTJ2K_08_RGB.dcm': 0.001,
  'dicom_objects/pydicom/JPGExtended.dcm': 0.02,
}

async function readWhole(key: string): Promise<{ readonly shape: readonly number[]; readonly values: Float32Array }> {
  const reader = await openSequence([at(key)])
  const { frames, bands, height, width } = reader.info
  try {
    const { values } = await reader.read({
      frames: Array.from({ length: frames }, (_, i) => i),
      bands: bands.map((_, i) => i),
      window: { row: 0, column: 0, height, width },
    })
    return { shape: [frames, bands.length, height, width], values }
  } finally {
    await reader.close()
  }
}

describe.skipIf(!zoo)('the zoo of DICOM files', () => {
  it.each(Object.entries(oracle.files))('%s reads as pydicom reads it', async (key, expected) => {
    const { shape, values } = await readWhole(key)
    expect(shape).toEqual(expected.shape)
    const found = pixelSummary(values)
    const tolerance = lossy[key]
    if (tolerance === undefined) {
      expect(found).toMatchObject({ nan: expected.nan, sum: expected.sum, weighted: expected.weighted })
      expect(expected.places.map((place) => (Number.isNaN(values[place]) ? null : values[place]))).toEqual(
        expected.values,
      )
    } else {
      expect(Math.abs(found.sum - expected.sum) / values.length).toBeLessThan(tolerance)
      expected.places.forEach((place, i) =>
        expect(Math.abs((values[place] ?? NaN) - (expected.values[i] ?? NaN))).toBeLessThanOrEqual(1),
      )
    }
  })

  it('reads whole-slide tiles in grey and a dose whose number of frames is no number, which pydicom does not', async () => {
    expect((await readWhole('dicom_objects/highdicom/sm_image_grayscale.dcm')).shape).toEqual([25, 1, 10, 10])
    const { values } = await readWhole('dicom_objects/pydicom/badVR.dcm')
    expect(pixelSummary(values).sum).toBeCloseTo(101.378, 3)
  })

  it('decodes the 12-bit JPEG of two files that hold the same image alike', async () => {
    const [first, second] = await Promise.all(
      ['JPGExtended', 'JPEG-lossy'].map((name) => readWhole(`dicom_objects/pydicom/${name}.dcm`)),
    )
    expect(first?.values).toEqual(second?.values)
  })

  it.each([
    ['pydicom/JPEG2000-embedded-sequence-delimiter.dcm', 'dicom/damaged', 'its header is missing or damaged'],
    ['pydicom/MR_truncated.dcm', 'formats/no-sequence', '62 of them are missing'],
    ['pydicom/rtplan_truncated.dcm', 'formats/no-sequence', 'element (300a,00b0) should hold 976 bytes'],
    ['pydicom/rtstruct.dcm', 'formats/no-sequence', 'is a structure set (RTSTRUCT)'],
    ['pydicom/dicomdirtests/DICOMDIR', 'formats/no-sequence', 'No image sequence was found'],
  ])('%s is refused with the reason (%s)', async (name, code, reason) => {
    const failure = await readWhole(`dicom_objects/${name}`).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code })
    expect(String((failure as Error).message)).toContain(reason)
  })

  it('sorts the whole folder: every image is in a sequence, every other file says what it is, and contents lists are silent', async () => {
    const { sequences, problems } = await inspectPaths([zoo ?? ''])
    const kinds = new Map<string, number>()
    for (const { code } of problems) kinds.set(code, (kinds.get(code) ?? 0) + 1)
    expect(problems.filter(({ code }) => code.startsWith('internal/'))).toEqual([])
    expect(problems.some(({ path }) => /DICOMDIR/.test(path) && !/README/.test(path))).toBe(false)
    expect(kinds.get('dicom/truncated')).toBe(2)
    expect(new Set(sequences.map(({ id }) => id)).size).toBe(sequences.length)
    // From the study of three patients with several studies each.
    const tests = sequences.filter(({ id }) => id.includes('dicomdirtests/98892001'))
    expect(tests.map(({ id, frames }) => [id.split('dicomdirtests/')[1], frames])).toEqual([
      ['98892001/CT2N#4', 1],
      ['98892001/CT2N#4-2', 1],
      ['98892001/CT5N', 5],
    ])
  })
})
