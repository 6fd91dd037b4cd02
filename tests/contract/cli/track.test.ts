import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { dicomFramesOf } from '../../../electron/formats/dicom/dicom-reader.ts'
import { readReport } from '../../../electron/formats/dicom/objects/read-report.ts'
import { readSegmentation } from '../../../electron/formats/dicom/objects/read-segmentation.ts'
import { segmentMasks } from '../../../electron/formats/dicom/objects/segment-masks.ts'
import { readSeriesSource } from '../../../electron/formats/dicom/objects/series-source.ts'
import { openSequence } from '../../../electron/formats/open-sequences.ts'
import type { TrackReport } from '../../../shared/domain/medical/track-report.ts'
import { sample, startCli } from './run-cli.ts'

/** Whether the validator of Debian's dicom3tools is there. */
const hasValidator = spawnSync('dciodvfy', ['-version']).error === undefined

const study = (number: number): string =>
  fileURLToPath(new URL(`../../../resources/samples/phantom/study-${number}`, import.meta.url))
const newFolder = (): string => join(mkdtempSync(join(tmpdir(), 'chronolens-track-')), 'lesions')
const track = (out: string, ...followUps: string[]) =>
  startCli(['track', '--baseline', study(1), '--follow-up', ...followUps, '--out', out, '--dicom', '--json']).ended

test(
  'follows the lesions of the phantom: one shrinks and vanishes, one stays, one grows',
  { timeout: 120_000 },
  async () => {
    const out = newFolder()
    const { code, stdout } = await track(out, study(2), study(3))
    expect(code).toBe(0)
    const report = JSON.parse(stdout) as TrackReport
    expect(report.studies.map(({ date }) => date)).toEqual(['2024-01-15', '2024-07-16', '2025-01-20'])
    expect(report.lesions.map(({ events }) => events.at(-1))).toEqual(['gone', 'followed', 'followed'])
    expect(report.response.followUps.map(({ overall }) => overall)).toEqual(['SD', 'SD'])
    expect(report.warnings.join(' ')).toMatch(/no masks were given/i)
    const objects = [1, 2, 3].flatMap((n) => [`study-${n}-measurements.dcm`, `study-${n}-segmentation.dcm`])
    expect(readdirSync(out).sort()).toEqual(['lesions.csv', 'report.html', ...objects, 'tracking.json'])
    expect(readFileSync(join(out, 'lesions.csv'), 'utf8').trim().split('\n')).toHaveLength(1 + 3 * 3)
  },
)

test(
  'writes segmentations and reports that say the same, with one tracking UID for a lesion',
  { timeout: 120_000 },
  async () => {
    const out = newFolder()
    const { code, stdout } = await track(out, study(2))
    expect(code).toBe(0)
    const { measurements } = JSON.parse(stdout) as TrackReport
    const uids: string[][] = []
    for (const number of [1, 2]) {
      const own = measurements.filter((lesion) => lesion.study === number - 1)
      const segmentation = await readSegmentation(join(out, `study-${number}-segmentation.dcm`))
      const { report } = await readReport(join(out, `study-${number}-measurements.dcm`))
      const tracking = report.lesions.map(({ trackingUid }) => trackingUid)
      expect(segmentation.segments.map(({ label }) => label)).toEqual(own.map((lesion) => `Lesion ${lesion.track}`))
      expect(segmentation.segments.map(({ trackingUid }) => trackingUid)).toEqual(tracking)
      const longest = report.lesions.map((lesion) => lesion.measurements[0]?.value)
      expect(longest).toEqual(own.map(({ measures }) => measures.longAxisMm))
      uids.push([...tracking].sort())
      const reader = await openSequence([study(number)])
      const source = await readSeriesSource(dicomFramesOf(reader) ?? [], reader.medical?.geometry ?? null, 'study')
      await reader.close()
      let index = 0
      for await (const { voxels, outside } of segmentMasks(segmentation, source.target)) {
        expect(outside).toBe(0)
        expect(voxels.reduce((sum, voxel) => sum + voxel, 0)).toBe(own[index++]?.measures.voxels)
      }
      for (const kind of hasValidator ? ['segmentation', 'measurements'] : []) {
        const { stderr } = spawnSync('dciodvfy', [join(out, `study-${number}-${kind}.dcm`)], { encoding: 'utf8' })
        expect(stderr.split('\n').filter((line) => line.startsWith('Error'))).toEqual([])
      }
    }
    expect(uids[1]).toEqual(uids[0])
  },
)

test(
  'images that are not of a patient are refused with the reason, and nothing is written',
  { timeout: 60_000 },
  async () => {
    const out = newFolder()
    const { code, stdout } = await track(out, sample)
    expect(code).toBe(3)
    expect((JSON.parse(stdout) as { error: { code: string } }).error.code).toBe('lesions/no-series')
    expect(existsSync(out)).toBe(false)
  },
)
