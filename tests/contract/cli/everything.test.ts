import { describe, expect, it } from 'vitest'
import type { Inspection } from '../../../shared/domain/sequence.ts'
import { realData } from '../../unit/formats/real-data.ts'
import { runJson } from './run-cli.ts'

/**
 * What lies in each folder of the real data, by kind; and for what else is there, the only reasons it may be refused for.
 * Files that are broken on purpose must neither hang nor end the command.
 */
const expected: readonly [string, Record<string, number>, readonly string[]][] = [
  ['em_slices', { images: 2 }, ['formats/not-a-sequence']],
  ['landsat8_ny_gdalcubes', { geotiff: 1 }, ['formats/not-a-sequence']],
  ['lung_ultrasound_video', { video: 62 }, ['formats/not-a-sequence']],
  [
    'malformed_mp4',
    { video: 19 },
    ['formats/not-a-sequence', 'video/no-frames', 'video/no-video-stream', 'video/unreadable'],
  ],
  ['mnist_train', {}, ['formats/not-a-sequence', 'formats/packed']],
  ['modis_mt_dtwsat', { geotiff: 1 }, ['formats/not-a-sequence']],
  ['mr_series_sag_anon', { dicom: 1 }, ['formats/not-a-sequence']],
  ['ms_longitudinal_p01', { dicom: 4, nifti: 4 }, ['formats/not-a-sequence', 'formats/not-an-image']],
  ['radar_fmi', { images: 1 }, ['formats/not-a-sequence']],
  ['s2_eolearn_patch', { geotiff: 1 }, []],
  ['video_formats', { video: 17 }, ['formats/not-a-sequence']],
]

const withData = expected.filter(([name]) => realData(name) !== null)
const isRequired = process.env.CHRONOLENS_REQUIRE_ALL === '1'

describe('inspect on all the real data', () => {
  it.runIf(isRequired)('has the data', () => {
    expect(withData).toHaveLength(expected.length)
  })

  it.each(withData)('finds the sequences of %s and says what else is there', async (name, kinds, reasons) => {
    const { json, code } = await runJson('inspect', realData(name) ?? '')
    const { sequences, problems } = json as unknown as Inspection
    const found: Record<string, number> = {}
    for (const { kind } of sequences) found[kind] = (found[kind] ?? 0) + 1
    expect(found).toEqual(kinds)
    expect(reasons).toEqual(expect.arrayContaining([...new Set(problems.map((problem) => problem.code))]))
    expect(code).toBe(sequences.length > 0 ? 0 : 3)
    expect(new Set(sequences.map(({ id }) => id)).size).toBe(sequences.length)
  })

  it.each(['dicom_objects', 'malformed_tiff'].filter((name) => realData(name) !== null))(
    'comes through %s, much of which is broken on purpose',
    async (name) => {
      const { json, code } = await runJson('inspect', realData(name) ?? '')
      const { sequences, problems } = json as unknown as Inspection
      expect(code).toBe(0)
      expect(sequences.length).toBeGreaterThan(50)
      expect(problems.length).toBeGreaterThan(50)
      // Nothing of it may end the process that looks.
      expect(problems.filter((problem) => /^(compute|internal)\//.test(problem.code))).toEqual([])
    },
  )
})
