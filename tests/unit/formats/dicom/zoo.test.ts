import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
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
  ])('%s is refused with the reason (%s)', async (name, code, reason) => {
    const failure = await readWhole(`dicom_objects/${name}`).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code })
    expect(String((failure as Error).message)).toContain(reason)
  })

  it('opens what a DICOMDIR lists when it is given by itself, in studies by date', async () => {
    const { sequences, problems, patients } = await inspectPaths([at('dicom_objects/pydicom/dicomdirtests/DICOMDIR')])
    expect(problems).toEqual([])
    expect(sequences.reduce((sum, { frames }) => sum + frames, 0)).toBe(31)
    expect(patients.map(({ studies }) => studies.map(({ date, sequences: ids }) => [date, ids.length]))).toEqual([
      [
        ['1995-09-03', 1],
        ['2001-01-01', 3],
      ],
      [
        ['2001-01-01', 3],
        ['2003-05-05', 5],
        ['2003-05-05', 4],
        ['2003-05-05', 2],
      ],
    ])
  })

  it('names the files that a DICOMDIR lists and that are not there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'medium-'))
    try {
      copyFileSync(at('dicom_objects/pydicom/dicomdirtests/DICOMDIR'), join(folder, 'DICOMDIR'))
      const { sequences, problems } = await inspectPaths([join(folder, 'DICOMDIR')])
      expect(sequences).toEqual([])
      expect(problems).toMatchObject([{ code: 'dicom/missing-files' }])
      expect(problems[0]?.message).toContain('lists 31 files that are not there (77654033/CR1/6154')
    } finally {
      rmSync(folder, { recursive: true })
    }
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
