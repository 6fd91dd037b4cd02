import { beforeAll, describe, expect, it } from 'vitest'
import { graphAtBatch } from '../../../electron/engine/executors/tensorflow/graph-at-batch.ts'
import { runKernelGraph } from '../../../electron/engine/executors/tensorflow/run-kernel-graph.ts'
import type { Graph } from '../../../electron/engine/graph.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { trace } from '../../../electron/engine/trace/trace.ts'
import { randomTensor } from './programs.ts'

/** A recurrence over 4 steps from a state of ones, with reshapes and slices that name the batch. */
function recurrence(batch: number): Graph {
  return trace(
    ({ x, weight }) => {
      let state: tf.Tensor = tf.ones([batch, 2])
      for (let step = 0; step < 4; step++) {
        const now = tf.reshape(tf.slice(x as tf.Tensor3D, [0, step, 0], [batch, 1, 3]), [batch, 3])
        state = tf.tanh(tf.matMul(tf.concat([now, state], 1), weight as tf.Tensor2D))
      }
      return { state }
    },
    [
      { name: 'x', shape: [batch, 4, 3], dtype: 'float32' },
      { name: 'weight', shape: [5, 2], dtype: 'float32' },
    ],
  )
}

describe('graphAtBatch', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu')
  })

  it.each([1, 3, 5, 64])('gives the graph that tracing at batch %i gives', (batch) => {
    const feeds = { x: randomTensor([batch, 4, 3], 1), weight: randomTensor([5, 2], 2) }
    const sized = graphAtBatch(recurrence(3), recurrence(5), feeds)
    const direct = recurrence(batch)
    expect(sized).toEqual(direct)
    expect(runKernelGraph(tf, 'cpu', sized, feeds)).toEqual(runKernelGraph(tf, 'cpu', direct, feeds))
  })

  it('returns the very graph at its own batch size', () => {
    const graph = recurrence(3)
    expect(graphAtBatch(graph, recurrence(5), { x: randomTensor([3, 4, 3], 1) })).toBe(graph)
  })

  it('throws engine/batch when a factor follows the batch, but not linearly', () => {
    const mean = (batch: number): Graph =>
      trace(
        ({ x }) => ({ y: tf.mul(tf.sum(x as tf.Tensor), 1 / batch) }),
        [{ name: 'x', shape: [batch, 2], dtype: 'float32' }],
      )
    expect(() => graphAtBatch(mean(2), mean(4), { x: randomTensor([6, 2], 1) })).toThrow(
      expect.objectContaining({ code: 'engine/batch' }),
    )
  })
})
