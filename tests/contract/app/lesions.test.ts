import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findSequences } from '../../../electron/formats/open-sequences.ts'
import { correctedReport } from '../../../shared/metrics/summarise-tracking.ts'
import { maskFromText, maskToText } from '../../../shared/domain/label-rle.ts'
import { type Phantom, pose, stack, writePhantomStudy } from '../../unit/analyses/lesions/lesion-phantom.ts'
import {
  codeOf,
  connectByPorts,
  createTestWorkbench,
  type PortClient,
  samplesFolder,
  type TestWorkbench,
} from './workbench-fixture.ts'

describe('following lesions in a project', () => {
  let bench: TestWorkbench
  let page: PortClient
  let project: string
  const studies = [1, 2, 3].map((n) => ({ data: 'data-1', sequence: `phantom/study-${n}`, mask: null }))
  beforeAll(async () => {
    bench = await createTestWorkbench()
    page = connectByPorts(bench.workbench)
    const folder = join(bench.folder, 'phantom')
    await cp(join(samplesFolder, 'phantom'), folder, { recursive: true })
    const grants = (await page.session.grantPaths([folder])).map(({ id }) => id)
    project = (
      await page.client.projects.create({ name: 'Lesions / 病灶', data: grants, task: null, kinds: ['dicom'] })
    ).id
  })
  afterAll(async () => {
    await page.close()
    await bench.close()
  })

  async function ended(job: string) {
    for await (const state of await page.client.jobs.watch({ job })) if (state.state !== 'running') return state
    throw new Error('The job did not end.')
  }
  async function textOf(what: 'table' | 'report' | 'dicom', tracking: string): Promise<Buffer> {
    const { file } = await page.client.lesions.export({ project, tracking, what })
    const { values } = await page.read(file.handle, { kind: 'file' })
    await page.client.sequences.close({ handle: file.handle })
    return Buffer.from(values as Uint8Array)
  }

  it('finds bright spots where nothing is marked, says so, and keeps links, corrections and outlines', async () => {
    const { job, tracking } = await page.client.lesions.start({ project, studies })
    expect(await page.client.lesions.list({ project })).toMatchObject([{ id: tracking, state: 'running', job }])
    expect(await ended(job)).toMatchObject({ kind: 'follow', state: 'done' })
    const { report, revision, corrections, summary } = await page.client.lesions.get({ project, tracking })
    expect({ revision, corrections }).toEqual({ revision: 0, corrections: { steps: [], position: 0 } })
    expect(summary.studies).toEqual(studies)
    expect(report.studies.map(({ date, path, isByBrightness }) => [date?.slice(0, 10), path, isByBrightness])).toEqual([
      ['2024-01-15', '', true],
      ['2024-07-16', '', true],
      ['2025-01-20', '', true],
    ])
    expect(report.warnings.join(' ')).toContain('Nothing is marked, so lesions are spots')
    const largest = report.lesions[0]
    const outlines = await page.client.lesions.outlines({ project, tracking, study: 0 })
    const own = outlines.lesions.find(({ id }) => id === largest?.lesions[0])
    const bits = own?.slices.reduce(
      (sum, { counts }) => sum + maskFromText(counts, outlines.rows, outlines.columns).reduce((a, b) => a + b, 0),
      0,
    )
    const measured = report.measurements.find(({ id }) => id === largest?.lesions[0])
    expect(bits).toBe(measured?.measures.voxels)

    const before = correctedReport(report, corrections)
    expect(before.response).toEqual(report.response)
    const log = { steps: [{ kind: 'separate' as const, lesion: largest?.lesions[1] ?? '' }], position: 1 }
    expect(await page.client.lesions.correct({ project, tracking, corrections: log, revision })).toEqual({
      revision: 1,
    })
    const late = page.client.lesions.correct({ project, tracking, corrections: log, revision })
    expect(await codeOf(late)).toBe('lesions/changed-elsewhere')
    const csv = (await textOf('table', tracking)).toString('utf8')
    expect(csv.split('\n').filter((line) => line.startsWith('1,2,'))[0]).toContain(',gone,')
    const html = (await textOf('report', tracking)).toString('utf8')
    expect(html.match(/<img /g)?.length).toBeGreaterThan(6)
    const next = correctedReport(report, log).lesions.at(-1)?.number
    expect(html).toContain(`Lesion ${next}, 2024-07-16`)
    expect(html).not.toContain(bench.folder)
  })

  it('lays a study over the baseline by landmarks, keeps lesions and corrections, and goes back', async () => {
    const [{ id: tracking = '' } = {}] = await page.client.lesions.list({ project })
    const where = { project, tracking }
    const before = await page.client.lesions.get(where)
    expect(before.landmarks).toEqual({ revision: 0, studies: [] })
    const places = [
      [-40, 0, -20],
      [40, 10, -20],
      [0, -40, 20],
      [0, 40, 30],
    ] as const
    // 30 mm beside where it lies: no lesion lies over its own any more.
    const pairs = places.map(([x, y, z]) => ({
      baseline: [x, y, z] as [number, number, number],
      followUp: [x, y, z + 30] as [number, number, number],
    }))
    const draft = { study: 1, date: before.report.studies[1]?.date ?? null, model: 'rigid' as const }
    const unfinished = { baseline: [1, 2, 3] as [number, number, number], followUp: null }
    expect(await codeOf(page.client.lesions.register({ ...where, study: 1, by: 'landmarks' }))).toBe(
      'lesions/few-landmarks',
    )
    const studiesOf = (some: typeof pairs) => [{ ...draft, pairs: [...some, unfinished] }]
    expect(await page.client.lesions.keepLandmarks({ ...where, studies: studiesOf(pairs), revision: 0 })).toEqual({
      revision: 1,
    })
    const late = page.client.lesions.keepLandmarks({ ...where, studies: [], revision: 0 })
    expect(await codeOf(late)).toBe('lesions/changed-elsewhere')
    const { job } = await page.client.lesions.register({ ...where, study: 1, by: 'landmarks' })
    expect(await ended(job)).toMatchObject({ kind: 'track-register', state: 'done' })
    const after = await page.client.lesions.get(where)
    expect(after.report.studies[1]?.registration).toMatchObject({
      kind: 'landmarks',
      landmarks: { pairs, model: 'rigid' },
    })
    expect(after.report.studies[1]?.registration.transform[2][3]).toBeCloseTo(30, 9)
    const found = ({ report }: typeof before) => report.measurements.map(({ id, measures }) => [id, measures])
    expect(found(after)).toEqual(found(before))
    expect(after.report.links).not.toEqual(before.report.links)
    expect([after.corrections, after.revision]).toEqual([before.corrections, before.revision])
    expect(after.landmarks).toEqual({ revision: 1, studies: studiesOf(pairs) })
    expect((await textOf('report', tracking)).toString('utf8')).toContain('by 4 landmarks (rigid), residual 0.0 mm')
    const back = await page.client.lesions.register({ ...where, study: 1, by: 'images' })
    expect((await ended(back.job)).state).toBe('done')
    expect((await page.client.lesions.get(where)).report).toEqual(before.report)
  })

  it('refuses landmarks outside of what a study shows, and leaves the tracking as it was', async () => {
    const [{ id: tracking = '' } = {}] = await page.client.lesions.list({ project })
    const where = { project, tracking }
    const before = await page.client.lesions.get(where)
    const [kept] = before.landmarks.studies
    const far = (kept?.pairs ?? []).map(({ baseline, followUp }) => ({
      baseline,
      followUp: followUp && ([followUp[0], followUp[1], followUp[2] + 900] as [number, number, number]),
    }))
    await page.client.lesions.keepLandmarks({ ...where, studies: kept ? [{ ...kept, pairs: far }] : [], revision: 1 })
    const { job } = await page.client.lesions.register({ ...where, study: 1, by: 'landmarks' })
    const { state, error } = await ended(job)
    expect([state, error?.code]).toEqual(['failed', 'lesions/landmarks-elsewhere'])
    expect((await page.client.lesions.get(where)).report).toEqual(before.report)
  })

  it('gives segmentations and reports of all studies in one archive, each readable as the object it is', async () => {
    const [{ id: tracking = '' } = {}] = await page.client.lesions.list({ project })
    const zip = await textOf('dicom', tracking)
    const names = [...zip.toString('latin1').matchAll(/PK\x01\x02[\s\S]{42}(study-\d-\w+\.dcm)/g)].map(
      ([, name]) => name,
    )
    expect(names).toEqual([1, 2, 3].flatMap((n) => [`study-${n}-segmentation.dcm`, `study-${n}-measurements.dcm`]))
    // (0062,0021): each lesion keeps its tracking UID in all studies, and when they are written again.
    const uidsIn = (bytes: Buffer): string[] =>
      [...bytes.toString('latin1').matchAll(/b\x00!\x00UI..(2\.25\.\d+)/gs)].map(([, uid = '']) => uid)
    const uids = uidsIn(zip)
    expect(new Set(uids).size).toBeGreaterThan(1)
    expect(new Set(uids).size).toBeLessThan(uids.length)
    expect(uidsIn(await textOf('dicom', tracking))).toEqual(uids)
    // As they lie in the archive, uncompressed: the first object with the images it belongs to.
    const at = zip.indexOf('study-1-segmentation.dcm') + 'study-1-segmentation.dcm'.length
    const length = zip.readUInt32LE(zip.indexOf('PK\x03\x04') + 18)
    const folder = join(bench.folder, 'with-objects')
    await cp(join(samplesFolder, 'phantom', 'study-1'), folder, { recursive: true })
    await writeFile(join(folder, 'SEG.dcm'), zip.subarray(at, at + length))
    const { patients } = await findSequences([folder])
    expect(patients.flatMap((one) => one.studies.flatMap(({ objects }) => objects))).toMatchObject([
      { kind: 'segmentation', sequences: ['with-objects'] },
    ])
  })

  it('takes what is painted, class by class, and says where nothing is', async () => {
    const none = page.client.lesions.start({ project, studies, lesions: 'painted' })
    expect(await codeOf(none)).toBe('lesions/no-paint')
    const [height, width] = [96, 96]
    const square = (row: number): string =>
      maskToText(
        Uint8Array.from({ length: height * width }, (_, i) => {
          const [r, c] = [Math.floor(i / width), i % width]
          return r >= row && r < row + 10 && c >= 40 && c < 46 ? 1 : 0
        }),
        height,
        width,
      )
    for (const sequence of ['phantom/study-1', 'phantom/study-3']) {
      const where = { project, data: 'data-1', sequence }
      const { revision } = await page.client.labels.load(where)
      const frames = [10, 11].map((frame) => ({
        kind: 'mask' as const,
        id: `mask:${frame}:${sequence}`,
        sequence,
        frame,
        height,
        width,
        layers: [{ label: 'lesion', counts: square(40) }],
      }))
      const classes = [{ name: 'lesion', colour: '#ff0000' }]
      await page.client.labels.save({ ...where, revision, classes, change: { features: [], frames, remove: [] } })
    }
    expect(await page.client.lesions.painted({ project })).toEqual(
      ['phantom/study-1', 'phantom/study-3'].map((sequence) => ({ data: 'data-1', sequence, slices: 2 })),
    )
    const { job, tracking } = await page.client.lesions.start({ project, studies })
    expect((await ended(job)).state).toBe('done')
    const { report } = await page.client.lesions.get({ project, tracking })
    expect(report.measurements.map(({ id }) => id)).toEqual(['s1-1', 's3-1'])
    // 10 x 6 pixels of 2 mm on two slices of 5 mm, its border half-way between pixels: √(20² + 10²) and more.
    expect(report.measurements[0]?.measures.volumeMm3).toBeCloseTo(60 * 2 * 2 * 2 * 5, 6)
    expect(report.measurements[0]?.measures.longAxisMm).toBeGreaterThan(Math.hypot(18, 10))
    expect(report.warnings.join(' ')).toContain('Nothing is marked in study 2')
    expect(report.lesions).toHaveLength(1)
    expect(report.lesions[0]?.events).toEqual(['baseline', 'gone', 'reappeared'])
    await page.client.lesions.remove({ project, tracking })
    expect(await codeOf(page.client.lesions.get({ project, tracking }))).toBe('lesions/unknown-tracking')
  })

  it('never links two patients, and leaves nothing behind', async () => {
    const other = join(bench.folder, 'other')
    const geometry = stack({ size: [12, 32, 32], spacingMm: [4, 4, 4] })
    const shapes = [[{ kind: 'sphere' as const, centre: [0, 0, 0] as const, radiusMm: 12 }]]
    const phantom: Phantom = {
      patientId: 'SOMEBODY-ELSE',
      noise: 2,
      lesions: [{ name: 'one', dates: shapes }],
      studies: [{ date: '20240301', geometry, pose: pose([0, 0, 0], [0, 0, 0]) }],
    }
    writePhantomStudy(phantom, 0, other)
    const grants = (await page.session.grantPaths([other])).map(({ id }) => id)
    await page.client.projects.addData({ project, data: grants, kinds: ['dicom'] })
    const sequence = (await findSequences([other])).sequences[0]?.info.id ?? ''
    const mixed = [studies[0], { data: 'data-2', sequence, mask: null }].flatMap((one) => one ?? [])
    const { job } = await page.client.lesions.start({ project, studies: mixed })
    const { state, error } = await ended(job)
    expect([state, error?.code]).toEqual(['failed', 'lesions/other-patient'])
    expect(error?.message).not.toContain('SOMEBODY-ELSE')
    expect(await page.client.lesions.list({ project })).toHaveLength(1)
  })

  it('is found again by another program, and says so when its file is damaged', async () => {
    const [{ id: tracking = '' } = {}] = await page.client.lesions.list({ project })
    const folder = [...page.session.projects.values()][0]?.folder ?? ''
    await page.client.projects.close({ project })
    const again = connectByPorts(bench.workbench)
    const grant = await again.session.grants.add(folder, 'write')
    const opened = await again.client.projects.open({ folder: grant.id })
    const { corrections, revision, landmarks } = await again.client.lesions.get({ project: opened.id, tracking })
    expect({ steps: corrections.steps.length, revision }).toEqual({ steps: 1, revision: 1 })
    expect(landmarks).toMatchObject({ revision: 2, studies: [{ study: 1, model: 'rigid' }] })
    const path = join(folder, 'trackings', tracking, 'corrections.json')
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, -10))
    expect(await codeOf(again.client.lesions.get({ project: opened.id, tracking }))).toBe('lesions/damaged')
    await again.close()
  })
})
