import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Project } from '../../../shared/contracts/projects.ts'
import { type FrameLabel, maskId } from '../../../shared/domain/label-frame.ts'
import { maskToText } from '../../../shared/domain/label-rle.ts'
import type { TrainingPlan } from '../../../shared/domain/training-plan.ts'
import {
  ballMask,
  phantomPatient,
  writePhantomPatient,
} from '../../unit/analyses/lesion-segmentation/segmentation-phantom.ts'
import { connectByPorts, createTestWorkbench, type PortClient, type TestWorkbench } from './workbench-fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'lesion-training-'))
let bench: TestWorkbench
let page: PortClient
let project: Project

beforeAll(async () => {
  // Two patients have masks beside the second study, the third has none.
  for (const patient of [1, 2, 3])
    await writePhantomPatient(join(folder, 'data', `patient-${patient}`), patient, patient < 3 ? 'new' : 'none')
  bench = await createTestWorkbench()
  page = connectByPorts(bench.workbench)
  const data = (await page.session.grantPaths([join(folder, 'data')])).map(({ id }) => id)
  project = await page.client.projects.create({ name: 'Lesions', data, task: 'lesion-segmentation', kinds: ['nifti'] })
}, 60_000)
afterAll(async () => {
  await page.close()
  await bench.close()
  rmSync(folder, { recursive: true, force: true })
})

const plan = async (set: Record<string, string> = {}): Promise<TrainingPlan> => {
  const where = { project: project.id, data: 'data-1' }
  const { job } = await page.client.training.plan({ ...where, task: 'lesion-segmentation', seed: 1, set })
  return page.client.training.planned({ project: project.id, job })
}

it('learns from masks beside the images, and from paint where there is some', { timeout: 120_000 }, async () => {
  const before = await plan()
  expect(before.groups).toHaveLength(2)
  expect(before.samples).toEqual({ train: 1, validation: 0, test: 1 })
  const labels = await page.client.labels.load({ project: project.id, data: 'data-1' })
  const sequence = 'data/patient-3/visit-2/flair'
  const mask = ballMask(phantomPatient(3).fresh)
  const [height, width] = [40, 44]
  const frames = Array.from({ length: 8 }, (_, frame): FrameLabel => {
    const counts = maskToText(mask.subarray(frame * height * width, (frame + 1) * height * width), height, width)
    const id = maskId(sequence, frame)
    return { kind: 'mask', id, sequence, frame, height, width, layers: [{ label: 'new spot', counts }] }
  })
  await page.client.labels.save({
    ...{ project: project.id, data: 'data-1', revision: labels.revision },
    classes: [...labels.classes, { name: 'new spot', colour: '#d55e00' }],
    change: { features: [], frames, remove: [] },
  })
  const painted = await plan()
  expect(painted.groups).toHaveLength(3)
  expect(painted.samples.train).toBe(1)
  const other = await plan({ classes: 'something else' })
  expect(other.groups).toHaveLength(2)

  const { run } = await page.client.training.start({
    ...{ project: project.id, data: 'data-1', task: 'lesion-segmentation', epochs: 1, seed: 1 },
    set: { patchSize: '16', slices: '3', filters: '2', patchesPerStudy: '4', registration: 'none' },
  })
  for await (const _ of await page.client.training.watch({ project: project.id, run })) void _
  const { summary, report } = await page.client.training.run({ project: project.id, run })
  expect(summary).toMatchObject({ state: 'finished', task: 'lesion-segmentation', score: expect.any(Number) as number })
  expect(report?.samples).toEqual({ train: 1, validation: 1, test: 1 })
  expect(report?.baseline.name).toBe('best threshold')
})

it('marks the studies of a patient with the network that was trained', { timeout: 120_000 }, async () => {
  const runs = await page.client.training.runs({ project: project.id })
  const run = runs.at(-1)?.id ?? ''
  const studies = [1, 2].map((visit) => ({
    data: 'data-1',
    sequence: `data/patient-3/visit-${visit}/flair`,
    mask: null,
  }))
  const wanted = { project: project.id, studies, lesions: 'network' as const, registration: 'none' as const }
  await expect(page.client.lesions.start(wanted)).rejects.toMatchObject({ data: { code: 'lesions/no-network' } })
  await expect(page.client.lesions.start({ ...wanted, run: 'run-99' })).rejects.toMatchObject({
    data: { code: 'runs/unknown' },
  })
  const { job, tracking } = await page.client.lesions.start({ ...wanted, run })
  for await (const _ of await page.client.jobs.watch({ job })) void _
  const { report } = await page.client.lesions.get({ project: project.id, tracking })
  expect(report.model).toMatchObject({ name: 'conv-lstm-unet', testStudies: 1 })
  // What is painted on one of them does not count.
  const network = `network ${report.model?.name ?? ''} ${report.model?.sha256.slice(0, 12) ?? ''}`
  expect(report.studies.map(({ masksFrom, isByBrightness }) => [masksFrom, isByBrightness])).toEqual([
    [network, false],
    [network, false],
  ])
  expect(report.warnings.join(' ')).toContain('network')
})
