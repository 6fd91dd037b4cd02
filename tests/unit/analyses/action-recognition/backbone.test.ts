import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actionOptions } from '../../../../electron/analyses/action-recognition/action-options.ts'
import { evaluateAction } from '../../../../electron/analyses/action-recognition/evaluate-action.ts'
import { actionChoices, costAction, planAction } from '../../../../electron/analyses/action-recognition/plan-action.ts'
import { predictAction } from '../../../../electron/analyses/action-recognition/predict-action.ts'
import { trainAction } from '../../../../electron/analyses/action-recognition/train-action.ts'
import { exportModel } from '../../../../electron/compute/export-model.ts'
import { describeOnnx } from '../../../../electron/engine/onnx/onnx-model.ts'
import { readManifest } from '../../../../electron/store/model-folder.ts'
import { AppError } from '../../../../shared/base/app-error.ts'
import { trainRequestSchema, type RunReport, type TrainRequest } from '../../../../shared/domain/run.ts'
import { momentsNetworkFile, smallNetworkFile } from '../backbone/small-network.ts'
import { writeMovingFigures } from './moving-figures.ts'

const context = { signal: new AbortController().signal, report: () => undefined }
let folder: string
let data: string
let report: RunReport
const few = (): string => join(folder, 'few')
const model = (): string => join(folder, 'model')
const network = momentsNetworkFile(24)

function request(out: string, others: Partial<TrainRequest> = {}): TrainRequest {
  const set = { backbone: join(folder, 'network.onnx'), units: '16', learningRate: '0.02', ...others.set }
  const plain = { task: 'action-recognition', data, out: join(folder, out), epochs: 20, seed: 4, device: 'cpu' }
  return trainRequestSchema.parse({ ...plain, ...others, set })
}
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  )

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-backbone-'))
  data = join(folder, 'data')
  await writeMovingFigures(data, 60, 3)
  await writeMovingFigures(few(), 6, 3)
  await writeFile(join(folder, 'network.onnx'), network)
  report = await trainAction(request('model'), context)
  // From here on the model's folder has to do.
  await rm(join(folder, 'network.onnx'))
}, 300_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a recurrent network behind a frozen backbone', () => {
  it('learns actions far above chance from features, without a convolution of its own', async () => {
    expect(Number(report.metrics.top1)).toBeGreaterThan(0.65)
    expect(Number(report.baseline.top1)).toBeLessThan(0.4)
    const manifest = await readManifest(model())
    expect(manifest.model).toMatchObject({ name: 'crnn', options: { filters: [] } })
    expect(manifest.contract).toMatchObject({ bands: ['grey'], size: [24, 24] })
    // ImageNet's grey, in the unit of the pixels.
    expect(manifest.contract.normalisation.mean[0]).toBeCloseTo(0.449 * 255, 6)
  })

  it('keeps the network with its checksum and without its path, and says how it is fed', async () => {
    expect(await readFile(join(model(), 'backbone.onnx'))).toEqual(Buffer.from(network))
    const { files, provenance } = await readManifest(model())
    expect(files['backbone.onnx']?.bytes).toBe(network.byteLength)
    expect(JSON.stringify(provenance)).not.toContain(folder)
    const step = provenance.pipeline.find(({ step: name }) => name === 'backbone')
    expect(step?.options).toMatchObject({
      layout: 'nchw',
      channels: 1,
      size: [24, 24],
      mean: [0.449],
      deviation: [0.226],
    })
    const { metadata } = describeOnnx(await readFile(join(model(), 'model.onnx')))
    expect(JSON.parse(metadata['backbone'] ?? '{}')).toMatchObject({
      features: 6,
      sha256: files['backbone.onnx']?.sha256,
    })
  })

  it('gives the same figures again from its folder alone', async () => {
    const again = await evaluateAction({ model: model(), data, split: 'test', device: 'cpu', set: {} }, context)
    expect(again.metrics).toEqual(report.metrics)
  })

  it('predicts as the two files do one after the other in plain ONNX Runtime', async () => {
    const walk = 'walk/clip-01'
    const { tables } = await predictAction(
      {
        model: model(),
        input: join(data, walk),
        out: join(folder, 'tables'),
        device: 'cpu',
        set: { mode: 'clips' },
      },
      context,
    )
    const predicted = Object.values(
      (tables as { clips: { probabilities: Record<string, number> }[] }).clips[0]?.probabilities ?? {},
    )
    const [backbone, head] = await Promise.all(
      ['backbone.onnx', 'model.onnx'].map((name) => InferenceSession.create(join(model(), name))),
    )
    const features: number[] = []
    for (let frame = 0; frame < 8; frame++) {
      const pixels = await pixelsOf(join(data, walk, `frame-0${frame}.png`))
      const x = Float32Array.from(pixels, (value) => (value / 255 - 0.449) / 0.226)
      const answer = await backbone?.run({ image: new Tensor('float32', x, [1, 1, 24, 24]) })
      features.push(...(answer?.features?.data as Float32Array))
    }
    const input = new Tensor('float32', Float32Array.from(features), [1, 8, 1, 1, 6])
    const expected = (await head?.run({ x: input }))?.probabilities?.data as Float32Array
    predicted.forEach((value, c) => expect(value).toBeCloseTo(expected[c] ?? NaN, 4))
  })

  it('is not used when the network in its folder was changed or is gone', async () => {
    const copy = join(folder, 'changed')
    await cp(model(), copy, { recursive: true })
    await writeFile(join(copy, 'backbone.onnx'), smallNetworkFile({ filters: 5 }))
    const evaluate = () => evaluateAction({ model: copy, data, split: 'test', device: 'cpu', set: {} }, context)
    expect(await codeOf(evaluate())).toBe('model/damaged')
    await rm(join(copy, 'backbone.onnx'))
    expect(await codeOf(evaluate())).toBe('store/not-found')
  })

  it('is exported as two files', async () => {
    const exported = await exportModel({ model: model(), out: join(folder, 'exported.onnx') }, context)
    expect(exported.backbone?.out).toBe(join(folder, 'exported.backbone.onnx'))
    expect(await readFile(join(folder, 'exported.backbone.onnx'))).toEqual(Buffer.from(network))
  })

  it('says that no gradient reaches the pixels', async () => {
    const input = join(data, 'walk', 'clip-01')
    const asked = { model: model(), input, out: join(folder, 'why'), device: 'cpu', set: { saliency: 'true' } }
    await expect(predictAction(asked, context)).rejects.toThrow('no gradient reaches the pixels')
  })
})

describe('a training with a backbone', () => {
  beforeAll(() => writeFile(join(folder, 'network.onnx'), network))

  it('that is stopped and resumed ends with the same weights', async () => {
    const stop = new AbortController()
    const report = ({ stage, done }: { stage: string; done: number }): void => {
      if (stage === 'Training' && done >= 4) stop.abort()
    }
    const short = { data: few(), epochs: 4 }
    await trainAction(request('whole', short), context)
    await expect(trainAction(request('stopped', short), { signal: stop.signal, report })).rejects.toThrow()
    await trainAction(request('stopped', { ...short, resume: true }), context)
    const [whole, stopped] = await Promise.all(['whole', 'stopped'].map((name) => readManifest(join(folder, name))))
    expect(stopped?.files.weights).toEqual(whole?.files.weights)
    expect(stopped?.files['backbone.onnx']).toEqual(whole?.files['backbone.onnx'])
  })

  it('is planned with the size that the network looks at, and its cost is estimated', async () => {
    const { data: folderOfData, set } = request('none')
    const plan = await planAction(
      trainRequestSchema.parse({ task: 'action-recognition', data: folderOfData, out: '', set }),
      context,
    )
    expect(plan.contract).toMatchObject({ size: [24, 24], bands: ['grey'] })
    const size = { frames: 8, bands: 1, classes: 3, train: 40 }
    expect(costAction({ task: 'action-recognition', set, size }).parameters).toBeGreaterThan(1000)
  })

  it.each([
    ['crop', 'true'],
    ['jitter', '0.2'],
    ['filters', '8,16'],
  ])('refuses %s=%s, which a frozen network takes no part in', (key, value) => {
    expect(() => actionOptions('crnn', { backbone: 'x.onnx', [key]: value }, {})).toThrow('looks at each frame once')
  })

  it('never takes the file from a form', () => {
    expect(actionChoices().settings.map(({ key }) => key)).not.toContain('backbone')
  })

  it('refuses models that need frames, and words about a backbone where there is none', () => {
    expect(() => actionOptions('conv-lstm-classifier', { backbone: 'x.onnx' }, {})).toThrow('a backbone goes with crnn')
    expect(() => actionOptions('crnn', { backboneScale: '255' }, {})).toThrow('none is given')
  })
})

async function pixelsOf(path: string): Promise<Uint8Array> {
  const { findSequences } = await import('../../../../electron/formats/open-sequences.ts')
  const { sequences } = await findSequences([path], context)
  const reader = await sequences[0]?.open()
  const block = await reader?.read({ frames: [0], bands: [0], window: { row: 0, column: 0, height: 24, width: 24 } })
  await reader?.close()
  return Uint8Array.from(block?.values ?? [])
}
