import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inspectPaths, openSequence } from '../../../../electron/formats/open-sequences.ts'
import type { SequenceReader } from '../../../../electron/formats/sequence-reader.ts'
import { realData } from '../real-data.ts'
import { pixelSummary, readDicomOracle } from './oracle/pixels.ts'

const oracle = readDicomOracle()
const sagittal = realData('mr_series_sag_anon')
const sclerosis = realData('ms_longitudinal_p01')

async function readAll(reader: SequenceReader): Promise<Float32Array> {
  const { frames, bands, height, width } = reader.info
  const request = {
    frames: Array.from({ length: frames }, (_, i) => i),
    bands: bands.map((_, i) => i),
    window: { row: 0, column: 0, height, width },
  }
  return (await reader.read(request)).values
}

describe.skipIf(!sagittal || !sclerosis)('real series', () => {
  it.each(Object.entries(oracle.series))(
    '%s: every value and the order of slices as pydicom has them',
    async (key, expected) => {
      const [data = '', ...rest] = key.split('/')
      const reader = await openSequence([join(realData(data) ?? '', ...rest)])
      const values = await readAll(reader)
      expect([reader.info.frames, reader.info.bands.length, reader.info.height, reader.info.width]).toEqual(
        expected.shape,
      )
      const { shape: _, places, values: samples, first, last, ...numbers } = expected
      expect(pixelSummary(values)).toEqual(
        expect.objectContaining({ nan: 0, sum: numbers.sum, weighted: numbers.weighted }),
      )
      expect(places.map((place) => values[place])).toEqual(samples)
      const { geometry } = reader.medical ?? {}
      expect(geometry?.positions[0]).toEqual(first)
      expect(geometry?.positions.at(-1)).toEqual(last)
      expect(geometry?.isVolume).toBe(true)
      await reader.close()
    },
  )

  it('reads a window of some rows and columns, frames in the order asked for', async () => {
    const reader = await openSequence([sagittal ?? ''])
    const all = await readAll(reader)
    const window = { row: 100, column: 37, height: 3, width: 5 }
    const block = await reader.read({ frames: [41, 7], bands: [0], window })
    const expected = [41, 7].flatMap((frame) =>
      [100, 101, 102].flatMap((row) => [37, 38, 39, 40, 41].map((column) => all[(frame * 256 + row) * 256 + column])),
    )
    expect([...block.values]).toEqual(expected)
    await reader.close()
    await expect(reader.read({ frames: [0], bands: [0], window })).rejects.toMatchObject({ code: 'sequence/closed' })
  })

  it('describes the two studies of one patient without naming the patient; the segmentation belongs to the second one', async () => {
    const { sequences, problems, patients } = await inspectPaths([join(sclerosis ?? '', 'dicom')])
    expect(sequences.map(({ id, group, frames }) => ({ id, group, frames }))).toEqual([
      { id: 'dicom/study1/FLAIR_common_grid', group: '2015-01-01 MS brain MR study 1', frames: 53 },
      { id: 'dicom/study1/FLAIR_native', group: '2015-01-01 MS brain MR study 1', frames: 36 },
      { id: 'dicom/study2/FLAIR_common_grid', group: '2016-01-01 MS brain MR study 2', frames: 53 },
      { id: 'dicom/study2/FLAIR_native', group: '2016-01-01 MS brain MR study 2', frames: 46 },
    ])
    expect(problems).toEqual([])
    expect(
      patients.map(({ studies, warnings }) => ({
        warnings,
        studies: studies.map(({ date, sequences: ids, objects }) => ({
          date,
          ids,
          objects: objects.map(({ kind, path, sequences: over }) => [kind, basename(path), over]),
        })),
      })),
    ).toEqual([
      {
        warnings: [],
        studies: [
          { date: '2015-01-01', ids: ['dicom/study1/FLAIR_native', 'dicom/study1/FLAIR_common_grid'], objects: [] },
          {
            date: '2016-01-01',
            ids: ['dicom/study2/FLAIR_native', 'dicom/study2/FLAIR_common_grid'],
            objects: [['segmentation', 'SEG_lesion_change.dcm', ['dicom/study2/FLAIR_common_grid']]],
          },
        ],
      },
    ])
    expect(JSON.stringify(patients)).not.toContain('OPENMS')
    expect(JSON.stringify(sequences)).not.toContain('OPENMS')
  })

  it('tells the medical viewer of patient, study, windows and the common frame of reference', async () => {
    const folder = join(sclerosis ?? '', 'dicom', 'study1')
    const reader = await openSequence([folder], 'study1/FLAIR_native')
    expect(reader.medical).toMatchObject({
      modality: 'MR',
      windows: [{ centre: 300, width: 600 }],
      isInverted: false,
      patient: { name: 'OPENMS, patient01', id: 'OPENMS-patient01', birthDate: null, sex: null },
      study: { date: '2015-01-01', description: 'MS brain MR study 1' },
      series: { number: 1, description: 'FLAIR native grid' },
    })
    expect(reader.medical?.geometry?.frameOfReference).toMatch(/^[0-9a-f]{16}$/)
    await reader.close()
  })

  it('stops when asked to', async () => {
    const stopped = AbortSignal.abort()
    await expect(inspectPaths([sagittal ?? ''], { signal: stopped })).rejects.toMatchObject({ name: 'AbortError' })
    const reader = await openSequence([sagittal ?? ''])
    const window = { row: 0, column: 0, height: 256, width: 256 }
    await expect(reader.read({ frames: [0], bands: [0], window }, stopped)).rejects.toMatchObject({
      name: 'AbortError',
    })
    await reader.close()
  })
})
