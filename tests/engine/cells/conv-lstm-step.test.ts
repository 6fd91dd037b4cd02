import { expect, it } from 'vitest'
import { convLstmSequence } from '../../../electron/engine/cells/conv-lstm.ts'
import { convLstmStep, type ConvLstmState } from '../../../electron/engine/cells/conv-lstm-step.ts'
import { referenceExecutor } from '../../../electron/engine/executors/reference-executor.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { trace } from '../../../electron/engine/trace/trace.ts'
import { SeededRandom } from '../../../shared/base/seeded-random.ts'

it('runs step by step to the same states as the layer that is compared with Keras (random weights, 1e-5)', async () => {
  const [batch, time, height, width, channels, filters] = [2, 4, 5, 3, 2, 3]
  const spec = (name: string, shape: number[]) => ({ name, shape, dtype: 'float32' as const })
  const inputs = [
    spec('x', [batch, time, height, width, channels]),
    spec('kernel', [3, 3, channels, 4 * filters]),
    spec('recurrent', [3, 3, filters, 4 * filters]),
    spec('bias', [4 * filters]),
  ]
  const graph = trace((feeds) => {
    const [x, kernel, recurrentKernel, bias] = [feeds.x, feeds.kernel, feeds.recurrent, feeds.bias] as [
      tf.Tensor5D,
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor1D,
    ]
    const whole = convLstmSequence(x, { kernel, recurrentKernel, bias }, false)
    const joined = tf.concat([kernel, recurrentKernel], 2) as tf.Tensor4D
    let state: ConvLstmState | null = null
    for (const frame of tf.unstack(x, 1) as tf.Tensor4D[]) state = convLstmStep(frame, state, { kernel: joined, bias })
    return { whole, stepped: (state as unknown as ConvLstmState).hidden }
  }, inputs)
  const random = new SeededRandom(4)
  const feeds = Object.fromEntries(
    inputs.map(({ name, shape, dtype }) => {
      const size = shape.reduce((a, b) => a * b, 1)
      return [name, { shape, dtype, values: Float32Array.from({ length: size }, () => 0.4 * random.normal()) }]
    }),
  )
  const executable = await referenceExecutor.prepare(graph)
  const { whole, stepped } = await executable.run(feeds)
  await executable.dispose()
  const differences = [...(whole?.values ?? [])].map((value, i) => Math.abs(value - Number(stepped?.values[i])))
  expect(differences.length).toBe(batch * height * width * filters)
  expect(Math.max(...differences)).toBeLessThan(1e-5)
})
