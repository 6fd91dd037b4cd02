import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import type { NamedTensors } from '../../../electron/engine/executors/executor.ts'
import { trace } from '../../../electron/engine/trace/trace.ts'
import { layers } from '@tensorflow/tfjs-layers'
import type { TensorData } from '../../../electron/engine/graph.ts'
import { expectSameTensors } from '../compare-tensors.ts'
import { executorFor, testDevices, type TestDevice } from '../devices-under-test.ts'
import { floats } from '../random-tensor.ts'
import { attentionModel, layerModels, losses, type LayerModel } from './layer-models.ts'
import { buildModel, layerProgram, runEagerly, seedWeights, type LayerProgram } from './layer-program.ts'

// Sums of some hundred float32 products in another order.
const tolerance = { relative: 1e-4, smallest: 0.01 }

async function runOn(device: TestDevice, { program, specs }: LayerProgram, feeds: NamedTensors): Promise<NamedTensors> {
  const executable = await executorFor(device).prepare(trace(program, specs))
  try {
    return await executable.run(feeds)
  } finally {
    await executable.dispose()
  }
}

beforeAll(() => tf.setBackend('cpu'))

/** On WebGPU, slow with a software driver, each fourth model; all of them with CHRONOLENS_TEST_ALL=1. */
function modelsFor(device: TestDevice): readonly LayerModel[] {
  if (device === 'cpu' || process.env['CHRONOLENS_TEST_ALL']) return layerModels
  return layerModels.filter((_, i) => i % 4 === 0)
}

describe.each(testDevices)('tf.layers on %s', (device) => {
  describe.each(modelsFor(device).map((model): [string, LayerModel] => [model.title, model]))('%s', (_title, given) => {
    it('has the output, states and gradients of TF.js when it trains', async () => {
      const prepared = layerProgram(given, buildModel(given), 'train')
      expectSameTensors(
        await runOn(device, prepared, prepared.feeds),
        runEagerly(prepared.program, prepared.feeds),
        tolerance,
      )
    })

    it('predicts as the model itself does', async () => {
      const model = buildModel(given)
      const prepared = layerProgram(given, model, 'predict')
      const predicted = tf.tidy(() => {
        const { x } = prepared.feeds
        const output = model.predict(tf.tensor(x?.values ?? [], [...given.input], x?.dtype)) as tf.Tensor
        return { shape: output.shape, dtype: 'float32' as const, values: output.dataSync() as Float32Array }
      })
      const { output } = await runOn(device, prepared, prepared.feeds)
      expectSameTensors({ output: output ?? predicted }, { output: predicted }, tolerance)
    })
  })

  it('attention over the states of an lstm has the output and gradients of TF.js', async () => {
    const given: LayerModel = { title: 'attention', input: [2, 5, 3], make: () => [] }
    const prepared = layerProgram(given, seedWeights(attentionModel()), 'train')
    expectSameTensors(
      await runOn(device, prepared, prepared.feeds),
      runEagerly(prepared.program, prepared.feeds),
      tolerance,
    )
  })

  describe.each(['lstm', 'gru', 'convLstm2d'] as const)('a stateful %s', (kind) => {
    it('carries its state from one run to the next', async () => {
      const input = kind === 'convLstm2d' ? [2, 3, 6, 5, 2] : [2, 5, 3]
      const given: LayerModel = {
        title: kind,
        input,
        make: () => [
          kind === 'convLstm2d'
            ? layers.convLstm2d({ filters: 3, kernelSize: 3, padding: 'same', stateful: true })
            : layers[kind]({ units: 4, stateful: true }),
        ],
      }
      const model = buildModel(given, [...input])
      const prepared = layerProgram(given, model, 'predict')
      const executable = await executorFor(device).prepare(trace(prepared.program, prepared.specs))
      const states = prepared.modelSpecs.states.map(({ name }) => name)
      let feeds = prepared.feeds
      const found: NamedTensors[] = []
      for (let run = 0; run < 2; run++) {
        const results = await executable.run(feeds)
        found.push({ output: results['output'] as TensorData })
        feeds = { ...feeds, ...Object.fromEntries(states.map((name) => [name, results[`next ${name}`] as TensorData])) }
      }
      await executable.dispose()
      model.resetStates()
      for (const results of found) {
        const { x } = prepared.feeds
        const output = model.predict(tf.tensor(x?.values ?? [], [...input])) as tf.Tensor
        const values = output.dataSync() as Float32Array
        expectSameTensors(results, { output: { shape: output.shape, dtype: 'float32', values } }, tolerance)
      }
    })
  })

  it('moving averages of batch normalisation move as in TF.js', async () => {
    const given: LayerModel = {
      title: 'batch normalisation',
      input: [6, 3],
      make: () => [layers.batchNormalization({ momentum: 0.7 })],
    }
    const model = buildModel(given)
    const prepared = layerProgram(given, model, 'train')
    const results = await runOn(device, prepared, prepared.feeds)
    const before = model.layers[1]?.getWeights().map((weight) => Array.from(weight.dataSync())) ?? []
    tf.tidy(() => void model.apply(tf.tensor(prepared.feeds['x']?.values ?? [], [6, 3]), { training: true }))
    model.layers[1]?.getWeights().forEach((weight, i) => {
      const next = Object.entries(results).find(([name]) => name.startsWith(`next ${i}-`))?.[1]
      if (i < 2) return // gamma and beta
      expect(Array.from(weight.dataSync())).not.toEqual(before[i])
      const expected = {
        value: { shape: weight.shape, dtype: 'float32' as const, values: weight.dataSync() as Float32Array },
      }
      expectSameTensors({ value: next as TensorData }, expected, tolerance)
    })
  })

  it.each(
    modelsFor(device)
      .filter(({ title }) => /dropout|Dropout|Noise/.test(title))
      .map((m): [string, LayerModel] => [m.title, m]),
  )('%s: two steps with different random numbers differ, the same give the same', async (_title, given) => {
    const prepared = layerProgram(given, buildModel(given), 'train')
    const other = layerProgram(given, buildModel(given), 'train', 900)
    expect(prepared.modelSpecs.randoms.length).toBeGreaterThan(0)
    const executable = await executorFor(device).prepare(trace(prepared.program, prepared.specs))
    const [first, second, again] = [
      await executable.run(prepared.feeds),
      await executable.run(other.feeds),
      await executable.run(prepared.feeds),
    ]
    await executable.dispose()
    expect(second['output']?.values).not.toEqual(first['output']?.values)
    expect(again['output']?.values).toEqual(first['output']?.values)
  })

  describe.each(Object.entries(losses))('%s', (_name, loss) => {
    it('has the value and gradient of TF.js', async () => {
      const feeds = { y: floats([3, 4], 0.05, 0.95)(1), p: floats([3, 4], 0.05, 0.95)(2) }
      const specs = Object.entries(feeds).map(([name, { shape, dtype }]) => ({ name, shape, dtype }))
      const program = ({ y, p }: { readonly [name: string]: tf.Tensor }): { [name: string]: tf.Tensor } => ({
        loss: loss(y as tf.Tensor, p as tf.Tensor),
        gradient: tf.grad((prediction) => tf.sum(loss(y as tf.Tensor, prediction)))(p as tf.Tensor),
      })
      const executable = await executorFor(device).prepare(trace(program, specs))
      expectSameTensors(await executable.run(feeds), runEagerly(program, feeds), tolerance)
      await executable.dispose()
    })
  })
})
