import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { trackStudies } from '../../../../electron/analyses/lesions/track-studies.ts'
import { type TrackReport, trackRequestSchema } from '../../../../shared/domain/medical/track-report.ts'
import type { PatientVector } from '../../../../shared/domain/medical/volume-geometry.ts'
import {
  type Phantom,
  phantomMask,
  pose,
  type Shape,
  shapeVolume,
  stack,
  writeNiftiMask,
  writePhantomStudy,
} from './lesion-phantom.ts'

const ball = (centre: PatientVector, radiusMm: number): Shape => ({ kind: 'sphere', centre, radiusMm })
const phantom: Phantom = {
  patientId: 'P-1',
  noise: 8,
  lesions: [
    { name: 'growing', dates: [[ball([26, -20, 2], 8)], [ball([26, -20, 2], 9)], [ball([26, -20, 2], 12)]] },
    {
      name: 'shrinking',
      dates: [
        [{ kind: 'irregular', centre: [-30, 20, 8], radiusMm: 11, bump: 0.2 }],
        [{ kind: 'irregular', centre: [-30, 20, 8], radiusMm: 8, bump: 0.2 }],
        [ball([-30, 20, 8], 7)],
      ],
    },
    { name: 'vanishing', dates: [[{ kind: 'ellipsoid', centre: [-18, -40, -4], radiiMm: [7, 9, 8] }], null, null] },
    { name: 'new', dates: [null, null, [ball([8, 42, 24], 7)]] },
  ],
  studies: [
    {
      date: '20240115',
      geometry: stack({ size: [60, 92, 92], spacingMm: [2, 1.5, 1.5] }),
      pose: pose([0, 0, 0], [0, 0, 0]),
    },
    {
      date: '20240715',
      geometry: stack({ size: [48, 100, 96], spacingMm: [2.5, 1.4, 1.5], turnDegrees: [5, -4, 8], middle: [6, 4, -3] }),
      pose: pose([4, -6, 9], [7, 5, -6]),
    },
    {
      date: '20250120',
      geometry: stack({ size: [62, 92, 92], spacingMm: [2, 1.5, 1.5], tiltDegrees: 6 }),
      pose: pose([-5, 3, -7], [-4, 6, 5]),
    },
  ],
}
// Three studies are read, registered and written; a busy machine takes its time.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })

/** What the diameters must be: longest in the plane of the slices. */
const truthMm: Record<string, (number | null)[]> = { growing: [16, 18, 24], new: [null, null, 14] }

const folder = mkdtempSync(join(tmpdir(), 'lesions-'))
const paths = phantom.studies.map((_, i) => join(folder, `study-${i + 1}`))
const context = { signal: new AbortController().signal, report: (): void => undefined }
const request = (more: object = {}): ReturnType<typeof trackRequestSchema.parse> =>
  trackRequestSchema.parse({ baseline: paths[0], followUps: paths.slice(1), out: join(folder, 'out'), ...more })

/** Tracks by the phantom's name: the lesion at the first date it is there is nearest to the shape's centre there. */
function byName(report: TrackReport): Record<string, TrackReport['lesions'][number]> {
  const entries = phantom.lesions.map(({ name, dates }) => {
    const study = dates.findIndex((shapes) => shapes !== null)
    const centre = dates[study]![0]!.centre
    const at = phantom.studies[study]!.pose.map(([a, b, c, d]) => a * centre[0] + b * centre[1] + c * centre[2] + d)
    const found = report.measurements
      .filter((entry) => entry.study === study)
      .map((entry) => ({ entry, distance: Math.hypot(...entry.measures.centre.map((mm, axis) => mm - at[axis]!)) }))
      .sort((a, b) => a.distance - b.distance)[0]
    expect(found?.distance).toBeLessThan(2)
    return [name, report.lesions[found!.entry.track - 1]!] as const
  })
  return Object.fromEntries(entries)
}

function check(report: TrackReport, volumeTolerance: number): void {
  expect(report.lesions).toHaveLength(4)
  const tracks = byName(report)
  expect(Object.fromEntries(Object.entries(tracks).map(([name, track]) => [name, track.events.join(' ')]))).toEqual({
    growing: 'baseline followed followed',
    shrinking: 'baseline followed followed',
    vanishing: 'baseline gone absent',
    new: 'absent absent new',
  })
  const byId = new Map(report.measurements.map((entry) => [entry.id, entry]))
  for (const { name, dates } of phantom.lesions)
    dates.forEach((shapes, study) => {
      const entry = byId.get(tracks[name]!.lesions[study] ?? '')
      if (shapes === null) return expect(entry).toBeUndefined()
      const truth = shapes.reduce((sum, shape) => sum + shapeVolume(shape), 0)
      expect(Math.abs(entry!.measures.volumeMm3 / truth - 1), `${name} ${study}`).toBeLessThan(volumeTolerance)
      const mm = truthMm[name]?.[study]
      if (mm) expect(Math.abs(entry!.measures.longAxisMm - mm), `${name} ${study}`).toBeLessThanOrEqual(1.5 + 1e-9)
    })
  // Sum of the three targets: 16 + about 26 + 18 mm, then without the one that vanished, then growth and a new lesion.
  expect(report.response.followUps.map(({ overall, rule }) => [overall, rule])).toEqual([
    ['PR', 'targets-shrank'],
    ['PD', 'new-lesion'],
  ])
}

describe('following the lesions of a phantom through three studies that lie differently', () => {
  beforeAll(() => {
    phantom.studies.forEach((_, study) => writePhantomStudy(phantom, study, folder))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('with the true masks: volumes within 3 %, diameters within one pixel, all links and responses right', async () => {
    const masks = phantom.studies.map(({ geometry }, study) => {
      const path = join(folder, `truth-${study + 1}.nii`)
      // The second mask is on a finer grid of its own.
      const grid = study === 1 ? stack({ size: [150, 150, 150], spacingMm: [1, 1, 1], middle: [6, 4, -3] }) : geometry
      const source = {
        ...phantom,
        studies: phantom.studies.map((own, i) => (i === study ? { ...own, geometry: grid } : own)),
      }
      writeNiftiMask(phantomMask(source, study), grid, path)
      return path
    })
    const report = await trackStudies(request({ masks }), context)
    check(report, 0.03)
    for (const { registration } of report.studies.slice(1)) {
      expect(registration.kind).toBe('rigid')
      expect(registration.quality!.correlationAfter).toBeGreaterThan(registration.quality!.correlationBefore)
    }
    expect(report.warnings.some((text) => text.includes('truth-2'))).toBe(true)
  })

  it('without masks, by brightness, which it says; the files hold what it returns and name no patient', async () => {
    const report = await trackStudies(request(), context)
    check(report, 0.08)
    expect(report.warnings.join(' ')).toContain('No masks were given or found')
    const out = join(folder, 'out')
    expect(readdirSync(out).sort()).toEqual(['lesions.csv', 'report.html', 'tracking.json'])
    const { seconds, ...rest } = JSON.parse(readFileSync(join(out, 'tracking.json'), 'utf8')) as TrackReport
    expect({ ...rest, seconds }).toEqual(report)
    const growing = byName(report)['growing']!.number
    const csv = readFileSync(join(out, 'lesions.csv'), 'utf8').trim().split('\n')
    expect(csv).toHaveLength(1 + 4 * 3)
    const line = csv.find((text) => text.startsWith(`${growing},3,2025-01-20,followed`))!.split(',')
    expect(Math.abs(Number(line[7]) - 7.238)).toBeLessThan(0.6)
    const html = readFileSync(join(out, 'report.html'), 'utf8')
    expect(html.match(/data:image\/png;base64/g)!.length).toBe(12)
    expect(html).toContain('>PD<')
    for (const text of [html, csv.join(), JSON.stringify(rest)]) expect(text).not.toMatch(/P-1|Phantom\^/)
    const last = report.measurements.find(({ id }) => id === report.lesions[growing - 1]!.lesions[2])!
    // From radius 9 to 12 mm in 189 days: 189 · ln 2 / ln((12/9)^3) = 151.8 days.
    expect(Math.abs(last.volumeDoublingDays! - 151.8)).toBeLessThan(15)
    expect(last.volumeChangePercent).toBeGreaterThan(200)
  })

  it('refuses studies of two patients, and says why without naming them', async () => {
    const other = { ...phantom, patientId: 'P-2' }
    const path = writePhantomStudy(other, 1, join(folder, 'other'))
    const out = join(folder, 'never')
    const promise = trackStudies(request({ followUps: [path], out }), context)
    await expect(promise).rejects.toMatchObject({ code: 'lesions/other-patient' })
    await expect(promise).rejects.not.toThrow(/P-1|P-2/)
    expect(existsSync(out)).toBe(false)
  })

  it('refuses a mask that lies elsewhere, and masks for some studies only', async () => {
    const grid = stack({ size: [20, 30, 30], spacingMm: [2, 2, 2], middle: [900, 0, 0] })
    const far = join(folder, 'far.nii')
    writeNiftiMask(new Uint8Array(20 * 30 * 30).fill(1), grid, far)
    const masks = [far, far, far]
    await expect(trackStudies(request({ masks }), context)).rejects.toMatchObject({ code: 'lesions/mask-elsewhere' })
    await expect(trackStudies(request({ masks: [far] }), context)).rejects.toMatchObject({ code: 'lesions/no-masks' })
  })

  it('puts follow-ups in the order of their dates', async () => {
    const report = await trackStudies(request({ followUps: [paths[2], paths[1]], registration: 'none' }), context)
    expect(report.studies.map(({ date }) => date)).toEqual(['2024-01-15', '2024-07-15', '2025-01-20'])
    expect(report.warnings.join(' ')).toContain('order of their dates')
  })

  it('leaves nothing behind when it is cancelled', async () => {
    const controller = new AbortController()
    const out = join(folder, 'cancelled')
    const report = ({ stage }: { stage: string }): void => {
      if (stage.startsWith('Laying')) controller.abort()
    }
    const promise = trackStudies(request({ out }), { signal: controller.signal, report })
    await expect(promise).rejects.toMatchObject({ name: 'AbortError' })
    expect(existsSync(out)).toBe(false)
  })

  it.each([
    ['a folder without images', 'empty', 'formats/empty-folder'],
    ['a folder that is not there', 'missing', 'formats/not-found'],
  ])('says what is wrong with %s', async (_, name, code) => {
    const path = join(folder, name)
    if (name === 'empty') mkdirSync(path, { recursive: true })
    await expect(trackStudies(request({ followUps: [path] }), context)).rejects.toMatchObject({ code })
  })
})

describe('following the bundled phantom', () => {
  const sample = fileURLToPath(new URL('../../../../resources/samples/phantom', import.meta.url))

  it('finds its lesions by brightness and what changed: one grows, one vanishes, one stays', async () => {
    const out = mkdtempSync(join(tmpdir(), 'lesions-sample-'))
    const [baseline = '', ...followUps] = [1, 2, 3].map((study) => join(sample, `study-${study}`))
    const report = await trackStudies(trackRequestSchema.parse({ baseline, followUps, out, changes: true }), context)
    rmSync(out, { recursive: true })
    expect(report.lesions.map(({ events }) => events.join(' ')).sort()).toEqual([
      'baseline followed followed',
      'baseline followed followed',
      'baseline followed gone',
    ])
    const final = report.measurements
      .filter(({ study }) => study === 2)
      .map(({ volumeChangePercent }) => volumeChangePercent!)
    expect(Math.max(...final)).toBeGreaterThan(500)
    expect(Math.abs(Math.min(...final))).toBeLessThan(25)
    // The one that grows is brighter each time, the one that vanishes darker; the recipe says where they are.
    const near = (place: readonly number[], centre: readonly number[]): boolean =>
      Math.hypot(...place.map((mm, axis) => mm - centre[axis]!)) < 8
    for (const study of [1, 2]) {
      const spots = report.changes.filter((spot) => spot.study === study)
      expect(spots.some(({ kind, centre }) => kind === 'brighter' && near(centre, [34, -22, 18]))).toBe(true)
      expect(spots.some(({ kind, centre }) => kind === 'darker' && near(centre, [-36, 18, 10]))).toBe(true)
    }
  })
})
