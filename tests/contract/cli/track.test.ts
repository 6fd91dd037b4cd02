import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
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
import { moved, type PatientTransform } from '../../../shared/domain/medical/patient-transform.ts'
import type { TrackReport } from '../../../shared/domain/medical/track-report.ts'
import {
  ballMask,
  phantomPatient,
  writePhantomPatient,
} from '../../unit/analyses/lesion-segmentation/segmentation-phantom.ts'
import { runJson, sample, startCli } from './run-cli.ts'

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

/** Follows the phantom where it lies; nothing is registered, which the phantom does not need. */
const quick = async (baseline: string, followUp: string, ...more: string[]) => {
  const out = newFolder()
  const args = ['--baseline', baseline, '--follow-up', followUp, '--out', out, '--registration', 'none', ...more]
  const { code, json } = await runJson('track', ...args)
  return {
    code,
    out,
    report: json as TrackReport,
    error: (json as { error?: { code: string; message: string } }).error,
  }
}
/** A copy of a study that may be damaged. */
const copyOf = (number: number): string => {
  const folder = join(mkdtempSync(join(tmpdir(), 'chronolens-damaged-')), 'study')
  cpSync(study(number), folder, { recursive: true })
  return folder
}

test(
  'nodes are measured by their short axis, and of one organ at most two are targets',
  { timeout: 60_000 },
  async () => {
    const { code, report } = await quick(study(1), study(2), '--nodes', '--organ', 'neck')
    expect(code).toBe(0)
    const { roles } = report.response
    expect(new Set(roles.map(({ kind }) => kind))).toEqual(new Set(['node']))
    expect(roles.filter(({ role }) => role === 'target').length).toBeLessThanOrEqual(2)
    const wrong = await quick(study(1), study(2), '--series', 'no such series')
    expect([wrong.code, wrong.error?.code]).toEqual([3, 'lesions/no-series'])
    expect(wrong.error?.message).toContain('no such series')
  },
)

test('slices that are missing are said, and what is measured counts the gap', { timeout: 60_000 }, async () => {
  const folder = copyOf(2)
  for (const name of readdirSync(folder).sort().slice(4, 6)) rmSync(join(folder, name))
  const { code, report } = await quick(study(1), folder)
  expect(code).toBe(0)
  expect(report.studies[1]?.slices).toBe(22)
  expect(report.warnings.join(' ')).toMatch(/Study 2: .*(missing|uneven|differ)/i)
})

test('a slice whose pixels end too early is left out, named, and the gap is said', { timeout: 60_000 }, async () => {
  const folder = copyOf(2)
  truncateSync(join(folder, 'IM0007.dcm'), 9000)
  const { code, report } = await quick(study(1), folder)
  expect(code).toBe(0)
  expect(report.studies[1]?.slices).toBe(23)
  expect(report.warnings.join(' ')).toMatch(/Study 2: 1 files could not be read.*IM0007\.dcm.*too early/)
  expect(report.warnings.join(' ')).toMatch(/1 slice seems to be missing/)
})

test('images without a place in the patient are refused with the reason', { timeout: 60_000 }, async () => {
  const folder = copyOf(2)
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name))
    // The position (0020,0032) becomes an element that says nothing.
    const at = bytes.indexOf(Buffer.from([0x20, 0x00, 0x32, 0x00, 0x44, 0x53]))
    bytes[at + 2] = 0x31
    writeFileSync(join(folder, name), bytes)
  }
  const { code, error } = await quick(study(1), folder)
  expect([code, error?.code]).toEqual([3, 'lesions/no-series'])
  expect(error?.message).toMatch(/where its slices lie/)
})

test(
  'a trained network marks studies without masks, and the report says which one and how well it did',
  { timeout: 180_000 },
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'chronolens-network-'))
    const [data, model] = [join(root, 'data'), join(root, 'model')]
    for (let i = 1; i <= 5; i++)
      await writePhantomPatient(join(data, i < 5 ? 'train' : 'test', `patient-${i}`), i, 'all')
    const settings = ['patchSize=24', 'slices=3', 'filters=4', 'learningRate=0.01', 'registration=none']
    const trained = await runJson(
      ...[
        'train',
        'lesion-segmentation',
        '--data',
        data,
        '--out',
        model,
        '--epochs',
        '6',
        '--device',
        'cpu',
        '--seed',
        '2',
      ],
      ...settings.flatMap((setting) => ['--set', setting]),
    )
    expect(trained.code, JSON.stringify(trained.json)).toBe(0)
    const { metrics } = trained.json as { metrics: { dice: number } }
    expect(metrics.dice).toBeGreaterThan(0.7)
    await writePhantomPatient(join(root, 'new'), 9, 'none')
    const [first, second] = [join(root, 'new', 'visit-1'), join(root, 'new', 'visit-2')]
    const { code, report, out } = await quick(first, second, '--model', model, '--minimum-mm3', '60')
    expect(code, JSON.stringify(report)).toBe(0)
    const manifest = JSON.parse(readFileSync(join(model, 'model.json'), 'utf8')) as {
      files: { weights: { sha256: string } }
    }
    expect(report.model).toMatchObject({ sha256: manifest.files.weights.sha256, testStudies: 2, dice: metrics.dice })
    expect(report.studies.map(({ masksFrom }) => masksFrom.slice(0, 22))).toEqual(
      Array(2).fill('network conv-lstm-unet'),
    )
    expect(report.warnings.join(' ')).toMatch(/marked by the network/)
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain(manifest.files.weights.sha256.slice(0, 12))
    const marked = report.measurements.filter((lesion) => lesion.study === 1)
    const voxels = marked.reduce((sum, { measures }) => sum + measures.voxels, 0)
    const { old, fresh } = phantomPatient(9)
    const truth = ballMask([...old, ...fresh]).reduce((sum, value) => sum + value, 0)
    expect(Math.abs(voxels / truth - 1)).toBeLessThan(0.35)
    const other = await quick(first, second, '--model', sample)
    expect(other.code).toBe(3)
  },
)

test(
  'applies corrections as the page keeps them, and refuses a file that holds none',
  { timeout: 120_000 },
  async () => {
    const out = newFolder()
    const file = join(mkdtempSync(join(tmpdir(), 'chronolens-corrections-')), 'corrections.json')
    const steps = [
      { kind: 'separate', lesion: 's2-1' },
      { kind: 'describe', lesion: 's1-1', organ: 'brain', type: 'node' },
    ]
    writeFileSync(
      file,
      JSON.stringify({ format: 'chronolens-corrections', version: 1, revision: 2, log: { steps, position: 2 } }),
    )
    const args = ['track', '--baseline', study(1), '--follow-up', study(2), '--registration', 'none', '--out', out]
    const { code, json } = await runJson(...args, '--corrections', file)
    expect(code).toBe(0)
    const report = json as unknown as TrackReport
    const own = report.lesions.find(({ lesions }) => lesions[1] === 's2-1')
    expect([own?.number, own?.events]).toEqual([4, ['absent', 'new']])
    expect(report.response.roles[0]).toMatchObject({ track: 1, kind: 'node' })
    expect(report.response.followUps[0]).toMatchObject({ overall: 'PD', newLesions: [4] })
    const csv = readFileSync(join(out, 'lesions.csv'), 'utf8').trim().split('\n')
    expect(csv[0]).toMatch(/,role,kind,organ$/)
    expect(csv[1]).toMatch(/,node,brain$/)
    writeFileSync(file, '{"steps": "none"}')
    const refused = await runJson(...args, '--corrections', file)
    expect([refused.code, (refused.json.error as { code: string }).code]).toEqual([3, 'lesions/bad-corrections'])
  },
)

test(
  'copies the files of the phantom without names, the same patient in all studies',
  { timeout: 60_000 },
  async () => {
    const out = newFolder()
    const { code, json } = await runJson('deidentify', study(1), study(2), '--out', out)
    expect([code, json]).toEqual([0, { written: 48, patients: 1, problems: [], perhapsBurnedIn: 0 }])
    const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.dcm'))
    expect(names).toHaveLength(48)
    const bytes = readFileSync(join(out, names[0] ?? '')).toString('latin1')
    const original = readFileSync(join(study(1), 'IM0001.dcm')).toString('latin1')
    expect(original).toMatch(/Phantom\^Chronolens/)
    expect(bytes).not.toMatch(/Phantom\^|PHANTOM-1|Phantom head/)
  },
)

test(
  'lays studies over each other by landmarks of a file, says the residual, and refuses what is none',
  { timeout: 120_000 },
  async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'chronolens-track-')), 'landmarks.json')
    // The phantom lies where it lay: a known shift shows that the landmarks are what is taken.
    const shift: PatientTransform = [
      [1, 0, 0, 4],
      [0, 1, 0, -2],
      [0, 0, 1, 5],
    ]
    const places = [
      [-40, 0, -20],
      [40, 10, -20],
      [0, -40, 20],
      [0, 40, 30],
    ] as const
    const pairs = places.map((place) => ({ baseline: place, followUp: moved(shift, place) }))
    const studies = [{ study: 1, date: '2024-07-16', pairs }]
    writeFileSync(file, JSON.stringify({ format: 'chronolens-landmarks', version: 1, studies }))
    const { code, report } = await quick(study(1), study(2), '--landmarks', file)
    expect(code).toBe(0)
    const registration = report.studies[1]?.registration
    expect(registration).toMatchObject({ kind: 'landmarks', quality: null, remark: null })
    registration?.transform.flat().forEach((value, i) => expect(value).toBeCloseTo(shift.flat()[i] ?? NaN, 9))
    expect(registration?.landmarks).toMatchObject({ model: 'rigid', pairs })
    expect(registration?.landmarks?.meanMm).toBeLessThan(1e-9)
    expect(readFileSync(report.files.find(({ role }) => role === 'report')?.path ?? '', 'utf8')).toContain(
      'by 4 landmarks (rigid), residual 0.0 mm',
    )
    writeFileSync(file, '{"format": "chronolens-landmarks"}')
    const args = ['track', '--baseline', study(1), '--follow-up', study(2), '--out', newFolder(), '--landmarks', file]
    const refused = await runJson(...args)
    expect([refused.code, (refused.json.error as { code: string }).code]).toEqual([3, 'lesions/bad-landmarks'])
  },
)
