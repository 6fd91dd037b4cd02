import { existsSync } from 'node:fs'
import { layers } from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runKernelGraph } from '../../../electron/engine/executors/tensorflow/run-kernel-graph.ts'
import { tensorFlowDirectory } from '../../../electron/engine/executors/tensorflow/tensorflow-directory.ts'
import {
  probeTensorFlow,
  startTensorFlow,
  type TensorFlowExecutor,
} from '../../../electron/engine/executors/tensorflow/tensorflow-executor.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { compiledKernels, trace } from '../../../electron/engine/trace/trace.ts'
import {
  centralDifferences,
  largestRelativeDifference,
  randomTensor,
  recurrence,
  trainingStep,
  valueAndGradients,
  type TestProgram,
} from './programs.ts'

// These run on the real binding, where it is set up (docs/tensorflow.md says how).
const isInstalled = existsSync(`${tensorFlowDirectory()}/node_modules/@tensorflow`)

describe.skipIf(!isInstalled)('TensorFlow executor', () => {
  let tensorflow: TensorFlowExecutor
  beforeAll(async () => {
    tensorflow = await startTensorFlow()
  })
  afterAll(() => tensorflow.close())

  it('is offered with its package and version', async () => {
    expect(await probeTensorFlow()).toMatchObject({ available: true, version: '4.22.0' })
  })

  it('has every kernel that programs are compiled from', () => {
    const lacking = compiledKernels().filter((kernel) => !tensorflow.description.kernels.includes(kernel))
    expect(lacking).toEqual([])
  })

  const glorot = { kernelInitializer: 'glorotUniform', recurrentInitializer: 'glorotUniform' } as const
  const steps: [string, () => TestProgram][] = [
    [
      'two LSTM layers of 64 units, batch 64, 23 steps of 6 features',
      () =>
        trainingStep(
          [
            layers.lstm({ units: 64, inputShape: [23, 6], returnSequences: true, ...glorot }),
            layers.lstm({ units: 64, ...glorot }),
            layers.dense({ units: 5 }),
          ],
          [64, 23, 6],
          1,
        ),
    ],
    [
      'a GRU of 7 units, batch 5, 9 steps of 3 features',
      () => trainingStep([layers.gru({ units: 7, inputShape: [9, 3], ...glorot })], [5, 9, 3], 2),
    ],
    [
      'a bidirectional SimpleRNN with dense layers over time',
      () =>
        trainingStep(
          [
            layers.bidirectional({
              layer: layers.simpleRNN({ units: 4, returnSequences: true, ...glorot }),
              mergeMode: 'concat',
              inputShape: [6, 3],
            }),
            layers.timeDistributed({ layer: layers.dense({ units: 2, activation: 'tanh' }) }),
          ],
          [3, 6, 3],
          3,
        ),
    ],
    [
      'a ConvLSTM2D of 3 filters on 4 frames of 7x6 pixels',
      () =>
        trainingStep(
          [
            layers.convLstm2d({ filters: 3, kernelSize: 3, padding: 'same', inputShape: [4, 7, 6, 2], ...glorot }),
            layers.conv2d({ filters: 1, kernelSize: 1 }),
          ],
          [2, 4, 7, 6, 2],
          4,
        ),
    ],
    [
      'a CRNN: convolution, batch normalisation and pooling per frame, then an LSTM',
      () =>
        trainingStep(
          [
            layers.timeDistributed({
              layer: layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
              inputShape: [5, 12, 10, 3],
            }),
            layers.timeDistributed({ layer: layers.maxPooling2d({ poolSize: 2 }) }),
            layers.timeDistributed({ layer: layers.flatten() }),
            layers.lstm({ units: 6, ...glorot }),
            layers.dense({ units: 4, activation: 'softmax' }),
          ],
          [2, 5, 12, 10, 3],
          5,
        ),
    ],
  ]
  it.each(steps)('yields loss, gradients and new weights of %s as TF.js does (rtol 1e-4)', async (_name, make) => {
    const { graph, feeds } = make()
    const program = await tensorflow.load(graph)
    const found = await program.run(feeds)
    await program.unload()
    expect(largestRelativeDifference(found, runKernelGraph(tf, 'cpu', graph, feeds))).toBeLessThan(1e-4)
  })

  const t4 = (t: tf.Tensor): tf.Tensor4D => t as tf.Tensor4D
  const t5 = (t: tf.Tensor): tf.Tensor5D => t as tf.Tensor5D
  const operations: [string, () => TestProgram][] = [
    [
      'a causal conv1d',
      () => {
        const padded = (x: tf.Tensor): tf.Tensor3D =>
          tf.pad(x as tf.Tensor3D, [
            [0, 0],
            [2, 0],
            [0, 0],
          ])
        return valueAndGradients(
          (x, w) => tf.conv1d(padded(x), w as tf.Tensor3D, 1, 'valid'),
          [
            [2, 7, 3],
            [3, 3, 4],
          ],
          10,
        )
      },
    ],
    [
      'a strided conv2d',
      () =>
        valueAndGradients(
          (x, w) => tf.conv2d(t4(x), t4(w), [2, 1], 'same'),
          [
            [2, 7, 6, 3],
            [3, 2, 3, 4],
          ],
          11,
        ),
    ],
    [
      'a conv3d',
      () =>
        valueAndGradients(
          (x, w) => tf.conv3d(t5(x), t5(w), 1, 'same'),
          [
            [1, 4, 5, 6, 2],
            [2, 3, 3, 2, 3],
          ],
          12,
        ),
    ],
    [
      'a depthwise convolution',
      () =>
        valueAndGradients(
          (x, w) => tf.depthwiseConv2d(t4(x), t4(w), 1, 'same'),
          [
            [2, 6, 5, 3],
            [3, 3, 3, 2],
          ],
          13,
        ),
    ],
    [
      'a transposed convolution',
      () =>
        valueAndGradients(
          (x, w) => tf.conv2dTranspose(t4(x), t4(w), [2, 8, 6, 2], 2, 'same'),
          [
            [2, 4, 3, 3],
            [3, 3, 2, 3],
          ],
          14,
        ),
    ],
    [
      'max and average pooling',
      () =>
        valueAndGradients(
          (x) => tf.add(tf.maxPool(t4(x), 2, 2, 'same'), tf.avgPool(t4(x), 2, 2, 'same')),
          [[2, 6, 4, 3]],
          15,
        ),
    ],
    [
      '3-D pooling',
      () =>
        valueAndGradients(
          (x) => tf.add(tf.maxPool3d(t5(x), 2, 2, 'same'), tf.avgPool3d(t5(x), 2, 2, 'same')),
          [[1, 4, 6, 8, 2]],
          16,
        ),
    ],
    [
      'batch normalisation',
      () => {
        const t1 = (t: tf.Tensor): tf.Tensor1D => t as tf.Tensor1D
        return valueAndGradients(
          (x, m, v, b, s) => tf.batchNorm(x, t1(m), t1(tf.square(v)), t1(b), t1(s), 1e-3),
          [[3, 4, 5, 2], [2], [2], [2], [2]],
          18,
        )
      },
    ],
    [
      'attention: softmax of scaled products',
      () =>
        valueAndGradients(
          (q, k, v) => tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), 0.4)), v),
          [
            [2, 5, 4],
            [2, 6, 4],
            [2, 6, 3],
          ],
          19,
        ),
    ],
    [
      'gather, one-hot and cumulative sum',
      () =>
        valueAndGradients(
          (x) =>
            tf.add(
              tf.gather(tf.cumsum(x, 1), tf.tensor1d([3, 0, 3], 'int32')),
              tf.oneHot(tf.tensor1d([1, 0, 2], 'int32'), 4),
            ),
          [[5, 4]],
          20,
        ),
    ],
    [
      'concat, split, stack, unstack, slice, reverse, tile and pad',
      () =>
        valueAndGradients(
          (x) => {
            const [a, b] = tf.split(x, [1, 3], 1) as [tf.Tensor, tf.Tensor]
            const stacked = tf.stack(tf.unstack(tf.concat([b, tf.tile(a, [1, 2, 1])], 1), 1), 2)
            return tf.pad(
              tf.reverse(tf.slice(stacked, [0, 0, 1], [2, 3, 3]), 2),
              [
                [1, 0],
                [0, 0],
                [0, 2],
              ],
              0.5,
            )
          },
          [[2, 4, 3]],
          21,
        ),
    ],
    [
      'reductions and selection',
      () => {
        const mask = tf.tensor2d(
          [
            [1, 0, 0, 1, 0],
            [0, 1, 1, 0, 0],
            [1, 1, 0, 0, 1],
            [0, 0, 0, 1, 1],
          ],
          [4, 5],
          'bool',
        )
        return valueAndGradients(
          (x) =>
            tf.where(mask, tf.max(x, 0, true), tf.div(tf.sum(x, 1, true), tf.add(tf.exp(tf.min(x, 0)), tf.mean(mask)))),
          [[4, 5]],
          22,
        )
      },
    ],
    [
      'elementwise functions',
      () =>
        valueAndGradients(
          (x) =>
            tf.addN([
              ...[tf.tanh(x), tf.sigmoid(x), tf.exp(x), tf.softplus(x), tf.erf(x), tf.elu(x), tf.selu(x), tf.relu6(x)],
              ...[tf.leakyRelu(x), tf.log(tf.add(tf.abs(x), 1)), tf.sqrt(tf.add(tf.square(x), 1))],
              ...[tf.clipByValue(x, -0.5, 0.7), tf.maximum(x, tf.neg(x)), tf.pow(tf.abs(x), 1.5)],
            ]),
          [[3, 7]],
          23,
        ),
    ],
  ]
  it.each(operations)('computes value and gradients of %s as TF.js does (rtol 1e-4)', async (_name, make) => {
    const { graph, feeds } = make()
    const program = await tensorflow.load(graph)
    const found = await program.run(feeds)
    await program.unload()
    expect(largestRelativeDifference(found, runKernelGraph(tf, 'cpu', graph, feeds))).toBeLessThan(1e-4)
  })

  // TF.js 4.22's own CPU kernels are wrong here: AvgPoolGrad divides by the whole window at padded borders,
  // ResizeBilinearGrad swaps height and width, ResizeNearestNeighborGrad mixes the images of a batch.
  const doubtful: [string, () => TestProgram][] = [
    [
      'average pooling with padding',
      () => valueAndGradients((x) => tf.avgPool(t4(x), 2, 2, 'same'), [[2, 5, 3, 2]], 30),
    ],
    [
      'bilinear resizing of oblong images',
      () => valueAndGradients((x) => tf.image.resizeBilinear(t4(x), [8, 10]), [[2, 4, 5, 2]], 31),
    ],
    [
      'nearest-neighbour resizing of a batch',
      () => valueAndGradients((x) => tf.image.resizeNearestNeighbor(t4(x), [8, 10]), [[2, 4, 5, 2]], 32),
    ],
  ]
  it.each(doubtful)('computes the gradient of %s as central differences say (rtol 1e-3)', async (_name, make) => {
    const made = make()
    const program = await tensorflow.load(made.graph)
    const found = await program.run(made.feeds)
    await program.unload()
    expect(largestRelativeDifference(found, centralDifferences(made))).toBeLessThan(1e-3)
  })

  it('follows the batch size of the feeds when it knows the program at two sizes', async () => {
    const program = await tensorflow.prepare(recurrence(3), { otherBatch: recurrence(5) })
    for (const batch of [7, 3, 7]) {
      const feeds = { x: randomTensor([batch, 4, 3], batch), weight: randomTensor([5, 2], 2) }
      const expected = runKernelGraph(tf, 'cpu', recurrence(batch), feeds)
      expect(largestRelativeDifference(await program.run(feeds), expected)).toBeLessThan(1e-5)
    }
    await program.dispose()
  })

  it('rewrites calls that the binding understands differently', async () => {
    const graph = trace(
      ({ x, image }) => ({
        gathered: tf.gather(x as tf.Tensor, tf.tensor1d([2, 0], 'int32'), -1),
        whole: tf.floorDiv(x as tf.Tensor, tf.scalar(0.7)),
        pooled: tf.maxPool(t4(image as tf.Tensor), 2, 1, 0),
      }),
      [
        { name: 'x', shape: [4, 3], dtype: 'float32' },
        { name: 'image', shape: [1, 5, 4, 2], dtype: 'float32' },
      ],
    )
    const feeds = { x: randomTensor([4, 3], 1), image: randomTensor([1, 5, 4, 2], 2) }
    const program = await tensorflow.load(graph)
    expect(await program.run(feeds)).toEqual(runKernelGraph(tf, 'cpu', graph, feeds))
  })

  const wrong: [string, () => TestProgram][] = [
    [
      'a dilated depthwise convolution',
      () =>
        valueAndGradients(
          (x, w) => tf.depthwiseConv2d(t4(x), t4(w), 1, 'same', 'NHWC', 2),
          [
            [1, 6, 5, 2],
            [3, 3, 2, 1],
          ],
          40,
        ),
    ],
    [
      'the gradient of resizing with half-pixel centres',
      () => valueAndGradients((x) => tf.image.resizeBilinear(t4(x), [8, 6], false, true), [[1, 4, 3, 2]], 41),
    ],
  ]
  it.each(wrong)('refuses %s, which the binding computes wrongly', async (_name, make) => {
    await expect(tensorflow.load(make().graph)).rejects.toMatchObject({ code: 'engine/kernel-unsupported' })
  })
})
