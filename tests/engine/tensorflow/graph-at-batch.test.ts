import { beforeAll, describe, expect, it } from 'vitest'
import { graphAtBatch } from '../../../electron/engine/executors/tensorflow/graph-at-batch.ts'
import { runKernelGraph } from '../../../electron/engine/executors/tensorflow/run-kernel-graph.ts'
import type { Graph } from '../../../electron/engine/graph.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { trace } from '../../../electron/engine/trace/trace.ts'
import { randomTensor, recurrence } from './programs.ts'

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
