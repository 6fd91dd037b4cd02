import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Project } from '../../../shared/contracts/projects.ts'
import type { RunDetails } from '../../../shared/contracts/training.ts'
import type { TrainingPlan } from '../../../shared/domain/training-plan.ts'
import { momentsNetworkFile } from '../../unit/analyses/backbone/small-network.ts'
import { writeSlice } from '../../unit/formats/dicom/dicom-fixture.ts'
import { realData } from '../../unit/formats/real-data.ts'
import {
  codeOf,
  connectByPorts,
  createTestWorkbench,
  type PortClient,
  type TestWorkbench,
} from './workbench-fixture.ts'

const small = { size: '16', frames: '4', filters: '4', units: '8' }

describe('training on the bundled clips, as the page asks for it', () => {
  let bench: TestWorkbench
  let page: PortClient
  let project: Project

  beforeAll(async () => {
    bench = await createTestWorkbench()
    page = connectByPorts(bench.workbench)
    const actions = (await page.client.files.samples()).find(({ id }) => id === 'actions')
    project = await page.client.projects.create({
      name: 'Clips',
      data: [actions?.data.id ?? ''],
      task: 'action-recognition',
      kinds: ['video'],
    })
  })
  afterAll(async () => {
    await page.close()
    await bench.close()
  })

  const plan = async (
    task: 'action-recognition' | 'frame-prediction',
    set: Record<string, string> = {},
  ): Promise<TrainingPlan> => {
    const { job } = await page.client.training.plan({ project: project.id, data: 'data-1', task, seed: 1, set })
    return page.client.training.planned({ project: project.id, job })
  }
  const train = async (task: 'action-recognition' | 'frame-prediction', model: string, set: Record<string, string>) => {
    const { run } = await page.client.training.start({
      project: project.id,
      data: 'data-1',
      task,
      model,
      epochs: 1,
      seed: 1,
      set,
    })
    for await (const _ of await page.client.training.watch({ project: project.id, run })) void _
    return page.client.training.run({ project: project.id, run })
  }

  it('counts clips by class and part as the table says, and by scene', async () => {
    const found = await plan('action-recognition')
    expect(found.classes.map(({ label, test }) => [label, test])).toEqual([
      ['circle', 4],
      ['walk', 5],
      ['wave', 5],
    ])
    expect(found.samples).toEqual({ train: 15, validation: 3, test: 14 })
    expect(found.groups).toHaveLength(9)
    expect(found.problem).toBeNull()
  })

  it('needs no labels to predict frames, and keeps the plans of two tasks apart', async () => {
    const found = await plan('frame-prediction', { inputFrames: '4', horizon: '4' })
    expect(found.classes).toEqual([])
    expect(found.split?.method).toBe('source')
    expect(found.samples.test).toBeGreaterThan(0)
    expect(found.remarks.map(({ code }) => code)).not.toContain('dataset/unreadable-files')
  })

  it('learns from a class that was set in the page, without any file written by hand', async () => {
    const labels = await page.client.labels.load({ project: project.id, data: 'data-1' })
    const sequence = 'actions/walk/walk-01.mp4'
    const walk = labels.frames.find((label) => label.kind === 'sequence' && label.sequence === sequence)
    if (walk?.kind !== 'sequence') throw new Error('The label of the table is not there.')
    const change = { features: [], frames: [{ ...walk, label: 'wave' }], remove: [] }
    await page.client.labels.save({
      project: project.id,
      data: 'data-1',
      revision: labels.revision,
      classes: null,
      change,
    })
    const found = await plan('action-recognition')
    expect(found.classes.map(({ train }) => train)).toEqual([5, 4, 6])
    await page.client.labels.save({
      project: project.id,
      data: 'data-1',
      revision: (await page.client.labels.load({ project: project.id, data: 'data-1' })).revision,
      classes: null,
      change: { features: [], frames: [walk], remove: [] },
    })
  })

  it('divides the intervals of a single clip by time, and says that it is one scene', async () => {
    const found = await page.client.sequences.found(
      await page.client.sequences.inspect({ grants: [(await page.client.projects.get({ project: project.id })).data[0]?.grants[0]?.id ?? ''] }), // prettier-ignore
    )
    const long = found.sequences.find(({ id }) => id.endsWith('long-01.mp4'))
    const grants = (await page.client.projects.get({ project: project.id })).data[0]?.grants ?? []
    const added = await page.client.projects.addData({
      project: project.id,
      data: grants.map(({ id }) => id),
      sequence: long?.id,
      kinds: ['video'],
    })
    const data = added.data.at(-1)?.id ?? ''
    const { job } = await page.client.training.plan({ project: project.id, data, seed: 1, set: {} })
    const divided = await page.client.training.planned({ project: project.id, job })
    expect(divided.split?.method).toBe('time')
    expect(divided.groups).toHaveLength(1)
    expect(divided.samples).toEqual({ train: 5, validation: 0, test: 3 })
    expect(divided.remarks.map(({ code }) => code)).toContain('split/same-scene')
  })

  it('refuses settings of another task', async () => {
    expect(await codeOf(plan('frame-prediction', { sampling: 'dense' }))).toBe('usage/unknown-setting')
  })

  it('takes a network of the person, and keeps it with the project and the model', async () => {
    const file = join(bench.folder, 'network.onnx')
    await writeFile(file, momentsNetworkFile(24))
    const [grant] = await page.session.grantPaths([file])
    const added = await page.client.training.addBackbone({ project: project.id, file: grant?.id ?? '' })
    expect(added).toMatchObject({ name: 'network.onnx', bytes: momentsNetworkFile(24).byteLength })
    await rm(file)
    const set = { backbone: added.id, frames: '4', units: '8' }
    expect((await plan('action-recognition', set)).contract).toMatchObject({ size: [24, 24], bands: ['grey'] })
    const run = await train('action-recognition', 'crnn', set)
    expect(run.summary.state).toBe('finished')
    expect(run.provenance?.pipeline.find(({ step }) => step === 'backbone')?.options['sha256']).toBe(added.id)
    // A path is never taken from the page, nor a file that the project does not hold.
    for (const backbone of ['/etc/passwd', '../network', 'f'.repeat(64)])
      expect(await codeOf(plan('action-recognition', { backbone }))).toBe('backbone/unknown')
    expect(await codeOf(plan('frame-prediction', { backbone: added.id }))).toBe('usage/unknown-setting')
  })

  describe('after trainings of both tasks', () => {
    let actions: RunDetails
    let frames: RunDetails

    beforeAll(async () => {
      actions = await train('action-recognition', 'crnn', small)
      frames = await train('frame-prediction', 'conv-gru', {
        size: '16',
        filters: '4',
        inputFrames: '4',
        horizon: '2',
        maxClips: '12',
      })
    })

    it('keeps the labels of the run as a table of clips', async () => {
      const table = await readFile(join(bench.folder, 'projects', 'Clips', 'labels', `data-1.${actions.summary.id}.csv`), 'utf8') // prettier-ignore
      expect(table.split('\n')[0]).toBe('path,label,group,split,start,end')
      expect(table).toContain('actions/long/long-01.mp4,walk,long-1,test,3.44,5.44')
    })

    it('tells the task and the score of each run', () => {
      expect(actions.summary).toMatchObject({ task: 'action-recognition', state: 'finished', model: 'crnn' })
      expect(actions.summary.score).toBe(actions.report?.metrics['top1'])
      expect(frames.summary).toMatchObject({ task: 'frame-prediction', state: 'finished', model: 'conv-gru' })
      expect(frames.summary.score).toBe(frames.report?.metrics['ssim'])
      expect(frames.summary.baselineScore).toBe(frames.report?.baseline['ssim'])
    })

    it('lists the clips of every cell of the confusion matrix, with their frames', async () => {
      const { matrix } = actions.report?.metrics['confusion'] as { matrix: number[][] }
      const all = await page.client.training.samples({ project: project.id, run: actions.summary.id })
      expect(all.total).toBe(14)
      for (const [row, truth] of actions.labels.entries())
        for (const [column, predicted] of actions.labels.entries())
          expect(all.samples.filter((sample) => sample.truth === truth && sample.predicted === predicted)).toHaveLength(
            matrix[row]?.[column] ?? -1,
          )
      const places = all.samples.map(({ clip }) => clip)
      expect(places).toContainEqual({ sequence: 'actions/long/long-01.mp4', from: 43, to: 68 })
    })

    const predict = async (run: string, sequence: string | undefined, set: Record<string, string>): Promise<string> => {
      const { job, prediction } = await page.client.inference.start({
        project: project.id,
        run,
        data: 'data-1',
        sequence,
        set,
      })
      for await (const _ of await page.client.jobs.watch({ job })) void _
      return prediction
    }
    const bytesOf = async (file: { handle: string }): Promise<Uint8Array> =>
      (await page.read(file.handle, { kind: 'file' })).values as Uint8Array
    const long = 'actions/long/long-01.mp4'

    it('finds what happens when in a long clip, with the probabilities of every frame', async () => {
      const prediction = await predict(actions.summary.id, long, {})
      const found = await page.client.inference.actions({ project: project.id, prediction })
      expect(found.summary).toMatchObject({ task: 'action-recognition', sequence: long, state: 'finished' })
      expect(found.legend.map(({ label }) => label)).toEqual(actions.labels)
      const [clip, ...others] = found.clips
      expect(others).toEqual([])
      expect(clip?.path).toBe(long)
      const frames = clip?.frames ?? 0
      expect(frames).toBe(269)
      // Intervals follow each other, and are those of the likeliest class.
      expect(found.intervals[0]?.from).toBe(0)
      expect(found.intervals.at(-1)?.to).toBe(frames)
      found.intervals.slice(1).forEach(({ from }, i) => expect(from).toBe(found.intervals[i]?.to))
      const file = await page.client.inference.file({ project: project.id, prediction, name: clip?.curve ?? '' })
      const bytes = await bytesOf(file)
      const curve = new Float32Array(bytes.slice().buffer)
      expect(curve).toHaveLength(frames * 3)
      for (let frame = 0; frame < frames; frame++)
        expect((curve[3 * frame] ?? 0) + (curve[3 * frame + 1] ?? 0) + (curve[3 * frame + 2] ?? 0)).toBeCloseTo(1, 4)
      const csv = await page.client.inference.file({ project: project.id, prediction, name: 'intervals.csv' })
      expect(new TextDecoder().decode(await bytesOf(csv)).split('\n')).toHaveLength(found.intervals.length + 2)
      expect(await codeOf(page.client.inference.file({ project: project.id, prediction, name: '../x' }))).toBe(
        'predictions/no-file',
      )
      expect(await codeOf(page.client.inference.frames({ project: project.id, prediction }))).toBe(
        'predictions/other-task',
      )
    })

    it('says which frames and pixels an action was recognised by', async () => {
      const { job } = await page.client.inference.explain({
        project: project.id,
        run: actions.summary.id,
        data: 'data-1',
        sequence: long,
        from: 43,
        to: 68,
        label: 'walk',
      })
      const { saliency, maps } = await page.client.inference.explained({ project: project.id, job })
      expect(saliency).toMatchObject({ sequence: long, label: 'walk', from: 43, to: 68, size: [16, 16] })
      expect(saliency.frames).toEqual([46, 52, 58, 64])
      expect(saliency.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5)
      const values = new Float32Array((await bytesOf(maps)).slice().buffer)
      expect(values).toHaveLength(4 * 16 * 16)
      // Each share is the part of the map's sum that lies in its frame.
      const sums = saliency.frames.map((_, t) => values.subarray(t * 256, (t + 1) * 256).reduce((a, b) => a + b, 0))
      const total = sums.reduce((a, b) => a + b, 0)
      sums.forEach((sum, t) => expect(sum / total).toBeCloseTo(saliency.shares[t] ?? NaN, 4))
      expect(await codeOf(page.client.inference.explained({ project: project.id, job }))).toBe('jobs/unknown')
    })

    it('predicts frames beside the truth, of any number, and beyond the end', async () => {
      const walk = 'actions/walk/walk-07.mp4'
      const prediction = await predict(frames.summary.id, walk, { inputFrames: '5', horizon: '7', start: '2' })
      const found = await page.client.inference.frames({ project: project.id, prediction })
      expect(found).toMatchObject({ sequence: walk, start: 2, inputFrames: 5, horizon: 7, truths: 7 })
      expect(found.predicted).toEqual([7, 8, 9, 10, 11, 12, 13])
      expect(found.metrics?.perStep.ssim).toHaveLength(7)
      expect(found.pictures).toMatchObject({ height: 16, width: 16, channels: 1 })
      const file = await page.client.inference.file({
        project: project.id,
        prediction,
        name: found.pictures?.file ?? '',
      })
      expect(await bytesOf(file)).toHaveLength((5 + 7 + 7) * 16 * 16)

      const beyond = await page.client.inference.frames({
        project: project.id,
        prediction: await predict(frames.summary.id, walk, { horizon: '3', beyond: 'true' }),
      })
      expect(beyond).toMatchObject({ truths: 0, metrics: null })
      expect(await codeOf(predict(frames.summary.id, walk, { movie: 'mp4' }))).toBe('usage/unknown-setting')
    })
  })
})

/** Real ultrasound: 30 frames in one file. */
const ultrasound = realData('dicom_objects/pydicom/examples_ybr_color.dcm')

/** Pixels of a bright square that goes round, [16, 16] of 16 bits. */
function goingRound(moment: number): Uint8Array {
  const values = Uint16Array.from({ length: 256 }, (_, i) => {
    const [angle, row, column] = [moment * 0.6, Math.floor(i / 16), i % 16]
    const isInside = Math.max(Math.abs(row - 8 - 4 * Math.sin(angle)), Math.abs(column - 8 - 4 * Math.cos(angle))) < 2
    return isInside ? 900 : 100
  })
  return new Uint8Array(values.buffer)
}

describe('future frames of DICOM series, as the page asks for them', () => {
  let bench: TestWorkbench
  let page: PortClient
  const set = { size: '16', filters: '4', inputFrames: '4', horizon: '2', hop: '1' }

  beforeAll(async () => {
    bench = await createTestWorkbench()
    page = connectByPorts(bench.workbench)
    const size = [['00280010', 'US', [16]], ['00280011', 'US', [16]]] as const // prettier-ignore
    // A heart, one file for each moment.
    for (let moment = 0; moment < 18; moment++)
      writeSlice(join(bench.folder, 'beating'), {
        name: `IM${(moment * 7) % 18}.dcm`,
        instance: moment + 1,
        position: [0, 0, 5],
        extra: [...size, ['00181060', 'DS', String(40 * moment)], ['7fe00010', 'OW', goingRound(moment)]],
      })
    for (let slice = 0; slice < 12; slice++)
      writeSlice(join(bench.folder, 'stack'), {
        name: `IM${slice}.dcm`,
        instance: slice + 1,
        position: [0, 0, 3 * slice],
      })
  })
  afterAll(async () => {
    await page.close()
    await bench.close()
  })

  async function projectOf(name: string): Promise<string> {
    const grants = (await page.session.grantPaths([join(bench.folder, name)])).map(({ id }) => id)
    const project = await page.client.projects.create({ name, data: grants, task: null, kinds: ['dicom'] })
    return project.id
  }
  const request = { data: 'data-1', task: 'frame-prediction', seed: 1 } as const

  async function trainAndPredict(
    name: string,
  ): Promise<{ report: RunDetails['report']; truths: number; predicted: number[] }> {
    const project = await projectOf(name)
    const { run } = await page.client.training.start({ ...request, project, model: 'conv-gru', epochs: 1, set })
    for await (const _ of await page.client.training.watch({ project, run })) void _
    const { report } = await page.client.training.run({ project, run })
    const { found, job } = await page.client.projects.sequences({ project, data: 'data-1' })
    const sequences = found ?? (await page.client.sequences.found({ job: job ?? '' }))
    const sequence = sequences.sequences[0]?.id
    const started = await page.client.inference.start({ project, run, data: 'data-1', sequence, set: { horizon: '3' } })
    for await (const _ of await page.client.jobs.watch({ job: started.job })) void _
    const { truths, predicted } = await page.client.inference.frames({ project, prediction: started.prediction })
    return { report, truths, predicted }
  }

  it('are learned and predicted from single frames of one place, in the order of their trigger times', async () => {
    const { report, truths, predicted } = await trainAndPredict('beating')
    expect(report?.samples.train).toBeGreaterThan(4)
    expect(report?.remarks.map(({ code }) => code)).not.toContain('dataset/slices-in-space')
    expect(Number(report?.metrics['ssim'])).toBeGreaterThan(0)
    expect([truths, predicted.length]).toEqual([3, 3])
  })

  it('come with a warning where the series is a stack of slices, which has no future', async () => {
    const project = await projectOf('stack')
    const { job } = await page.client.training.plan({ ...request, project, set })
    const plan = await page.client.training.planned({ project, job })
    expect(plan.remarks.map(({ code }) => code)).toContain('dataset/slices-in-space')
  })

  it.skipIf(!ultrasound)('are learned and predicted from an ultrasound cine, many frames in one file', async () => {
    await mkdir(join(bench.folder, 'ultrasound'))
    await cp(ultrasound ?? '', join(bench.folder, 'ultrasound', 'us.dcm'))
    const { report, truths } = await trainAndPredict('ultrasound')
    expect(report?.samples.train).toBeGreaterThan(4)
    expect(truths).toBe(3)
  })
})
