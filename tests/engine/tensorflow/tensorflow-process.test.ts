import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runKernelGraph } from '../../../electron/engine/executors/tensorflow/run-kernel-graph.ts'
import { tensorFlowDirectory } from '../../../electron/engine/executors/tensorflow/tensorflow-directory.ts'
import {
  startTensorFlow,
  type TensorFlowExecutor,
} from '../../../electron/engine/executors/tensorflow/tensorflow-executor.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { trace } from '../../../electron/engine/trace/trace.ts'
import { descentProgram, randomTensor } from './programs.ts'

const isInstalled = existsSync(`${tensorFlowDirectory()}/node_modules/@tensorflow`)

/** Seconds of work in one request: a chain of large products. */
function slowGraph(): ReturnType<typeof trace> {
  return trace(
    ({ x }) => {
      let y = x as tf.Tensor
      for (let i = 0; i < 40; i++) y = tf.tanh(tf.matMul(y, x as tf.Tensor))
      return { y }
    },
    [{ name: 'x', shape: [1000, 1000], dtype: 'float32' }],
  )
}
const slowFeeds = { x: randomTensor([1000, 1000], 1, 0.02) }

describe.skipIf(!isInstalled)('TensorFlow process', () => {
  let tensorflow: TensorFlowExecutor
  beforeEach(async () => {
    tensorflow = await startTensorFlow()
  })
  afterEach(() => tensorflow.close())

  it('keeps carried weights in its memory from step to step, equal to feeding them back (rtol 1e-5)', async () => {
    const { graph, feeds, carried } = descentProgram()
    const program = await tensorflow.load(graph, carried)
    const { weight, ...data } = feeds
    let expected = weight
    for (let step = 0; step < 4; step++) {
      const found = await program.run(step === 0 ? feeds : data)
      expect(Object.keys(found)).toEqual(['loss'])
      expected = runKernelGraph(tf, 'cpu', graph, { ...data, weight: expected as typeof weight & object })['next']
    }
    const state = await program.readState()
    expected?.values.forEach((value, index) => expect(state['weight']?.values[index]).toBeCloseTo(value, 5))
  })

  it('feeds and returns int32, bool and NaN unchanged', async () => {
    const graph = trace(
      ({ a, b, c }) => ({
        a: tf.clone(a as tf.Tensor),
        b: tf.clone(b as tf.Tensor),
        c: tf.clone(c as tf.Tensor),
      }),
      [
        { name: 'a', shape: [3], dtype: 'float32' },
        { name: 'b', shape: [2], dtype: 'int32' },
        { name: 'c', shape: [2, 1], dtype: 'bool' },
      ],
    )
    const feeds = {
      a: { shape: [3], dtype: 'float32', values: Float32Array.of(NaN, -Infinity, 0.5) },
      b: { shape: [2], dtype: 'int32', values: Int32Array.of(-7, 16_777_217) },
      c: { shape: [2, 1], dtype: 'bool', values: Uint8Array.of(1, 0) },
    } as const
    const program = await tensorflow.load(graph)
    expect(await program.run(feeds)).toEqual(feeds)
  })

  it('answers requests in the order in which they were made', async () => {
    const graph = trace(({ x }) => ({ y: tf.mul(x as tf.Tensor, 2) }), [{ name: 'x', shape: [1], dtype: 'float32' }])
    const program = await tensorflow.load(graph)
    const inputs = [3, 1, 2]
    const results = await Promise.all(
      inputs.map((x) => program.run({ x: { shape: [1], dtype: 'float32', values: Float32Array.of(x) } })),
    )
    expect(results.map((result) => result['y']?.values[0])).toEqual([6, 2, 4])
  })

  it('passes on which feed is wrong, and goes on working', async () => {
    const { graph, feeds } = descentProgram()
    const program = await tensorflow.load(graph)
    await expect(program.run({})).rejects.toMatchObject({ code: 'engine/missing-feed' })
    expect(Object.keys(await program.run(feeds))).toEqual(['loss', 'next'])
  })

  it('refuses a graph with kernels that TensorFlow lacks, by their names', async () => {
    const graph = { ...descentProgram().graph, nodes: [{ kernel: 'Draw', inputs: [], attrs: {}, outputs: [] }] }
    await expect(tensorflow.load(graph)).rejects.toMatchObject({
      code: 'engine/missing-kernel',
      details: { kernels: ['Draw'] },
    })
  })

  it('refuses an unloaded program', async () => {
    const { graph, feeds } = descentProgram()
    const program = await tensorflow.load(graph)
    await program.unload()
    await expect(program.run(feeds)).rejects.toMatchObject({ code: 'engine/program-unloaded' })
  })

  it('stops waiting when cancelled, and can be used again', async () => {
    const slow = await tensorflow.load(slowGraph())
    const controller = new AbortController()
    const running = slow.run(slowFeeds, { signal: controller.signal })
    const queued = slow.run(slowFeeds, { signal: controller.signal })
    controller.abort()
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    await expect(queued).rejects.toMatchObject({ name: 'AbortError' })
    await expect(slow.run(slowFeeds, { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' })
    const { graph, feeds } = descentProgram()
    expect(Object.keys(await (await tensorflow.load(graph)).run(feeds))).toEqual(['loss', 'next'])
  })

  it('is killed when a deadline passes, and says so to everyone who waits', async () => {
    const slow = await tensorflow.load(slowGraph())
    const late = slow.run(slowFeeds, { deadlineMs: 50 })
    const queued = slow.run(slowFeeds)
    await expect(late).rejects.toMatchObject({ code: 'compute/deadline' })
    await expect(queued).rejects.toMatchObject({ code: 'compute/deadline' })
    await expect(slow.run(slowFeeds)).rejects.toMatchObject({ code: 'compute/deadline' })
  })

  it('reports a crash as compute/crashed with the signal, also to later requests', async () => {
    const slow = await tensorflow.load(slowGraph())
    const running = slow.run(slowFeeds)
    process.kill(tensorflow.pid ?? NaN, 'SIGSEGV')
    await expect(running).rejects.toMatchObject({ code: 'compute/crashed', details: { signal: 'SIGSEGV' } })
    await expect(slow.run(slowFeeds)).rejects.toMatchObject({ code: 'compute/crashed' })
  })

  it('is gone after close, even when busy, and refuses further work', async () => {
    const slow = await tensorflow.load(slowGraph())
    const running = slow.run(slowFeeds)
    const outcome = expect(running).rejects.toMatchObject({ code: 'compute/closed' })
    await tensorflow.close()
    await outcome
    expect(() => process.kill(tensorflow.pid ?? NaN, 0)).toThrow('ESRCH')
    await expect(slow.run(slowFeeds)).rejects.toMatchObject({ code: 'compute/closed' })
  })

  it('reports memory that cannot be had as compute/out-of-memory, and goes on working', async () => {
    const huge = trace(
      ({ x }) => ({ y: tf.sum(tf.tile(x as tf.Tensor, [1_000_000, 1_000_000])) }),
      [{ name: 'x', shape: [40, 40], dtype: 'float32' }],
    )
    const program = await tensorflow.load(huge)
    await expect(program.run({ x: randomTensor([40, 40], 2) })).rejects.toMatchObject({ code: 'compute/out-of-memory' })
    const { graph, feeds } = descentProgram()
    expect(Object.keys(await (await tensorflow.load(graph)).run(feeds))).toEqual(['loss', 'next'])
  })
})
