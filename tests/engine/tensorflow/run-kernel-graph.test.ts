import { beforeAll, describe, expect, it } from 'vitest'
import { KernelProgram, runKernelGraph } from '../../../electron/engine/executors/tensorflow/run-kernel-graph.ts'
import type { Graph } from '../../../electron/engine/graph.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { trace } from '../../../electron/engine/trace/trace.ts'
import { descentProgram, randomTensor } from './programs.ts'

describe('runKernelGraph on the TF.js cpu backend', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu')
  })

  it('yields what the same TF.js code yields when run directly', () => {
    const { graph, feeds } = descentProgram()
    const [x, target, weight] = ['x', 'target', 'weight'].map((name) => {
      const { values, shape } = feeds[name] ?? randomTensor([], 0)
      return tf.tensor(values, [...shape])
    }) as [tf.Tensor, tf.Tensor, tf.Tensor]
    const direct = tf.valueAndGrad((w) => tf.mean(tf.square(tf.sub(tf.matMul(x, w), target))))(weight)
    const found = runKernelGraph(tf, 'cpu', graph, feeds)
    expect(found['loss']?.values[0]).toBeCloseTo(direct.value.dataSync()[0] ?? NaN, 6)
    const next = tf.sub(weight, tf.mul(direct.grad, 0.1)).dataSync()
    next.forEach((value, index) => expect(found['next']?.values[index]).toBeCloseTo(value, 6))
  })

  it('returns outputs that are inputs or constants, also one value under two names, as arrays of their own', () => {
    const graph = trace(
      ({ x }) => {
        const constant = tf.tensor1d([5, 6])
        return { same: x as tf.Tensor, constant, again: constant }
      },
      [{ name: 'x', shape: [3], dtype: 'float32' }],
    )
    const x = { shape: [3], dtype: 'float32', values: Float32Array.of(1, 2, 4) } as const
    const first = runKernelGraph(tf, 'cpu', graph, { x })
    expect(first['same']).toEqual(x)
    first['same']?.values.fill(0)
    first['constant']?.values.fill(0)
    const second = runKernelGraph(tf, 'cpu', graph, { x })
    expect(second['same']).toEqual(x)
    expect([...(second['again']?.values ?? [])]).toEqual([5, 6])
  })

  it('leaves no tensor behind, after success and after a failing kernel', () => {
    const { graph, feeds } = descentProgram()
    const before = tf.memory().numTensors
    runKernelGraph(tf, 'cpu', graph, feeds)
    expect(tf.memory().numTensors).toBe(before)
    const broken: Graph = {
      ...graph,
      nodes: graph.nodes.map((node, index) =>
        index === 3 ? { ...node, attrs: { perm: 'nonsense' }, kernel: 'Transpose' } : node,
      ),
    }
    expect(() => runKernelGraph(tf, 'cpu', broken, feeds)).toThrow()
    expect(tf.memory().numTensors).toBe(before)
  })

  it('frees intermediate tensors after their last use: the peak of a long chain is a few tensors', () => {
    const graph = trace(
      ({ x }) => {
        let y = x as tf.Tensor
        for (let i = 0; i < 50; i++) y = tf.tanh(y)
        return { y }
      },
      [{ name: 'x', shape: [10], dtype: 'float32' }],
    )
    let peak = 0
    const counting = {
      ...tf,
      tidy: ((body: () => tf.Tensor) => {
        const result = tf.tidy(body)
        peak = Math.max(peak, tf.memory().numTensors)
        return result
      }) as typeof tf.tidy,
    }
    const before = tf.memory().numTensors
    runKernelGraph(counting, 'cpu', graph, { x: randomTensor([10], 3) })
    expect(peak - before).toBeLessThanOrEqual(4)
  })

  it('carries an output over to an input, and lets a feed overwrite it', () => {
    const graph = trace(
      ({ x, state }) => ({ next: tf.add(tf.mul(state as tf.Tensor, 2), x as tf.Tensor) }),
      [
        { name: 'x', shape: [1], dtype: 'float32' },
        { name: 'state', shape: [1], dtype: 'float32' },
      ],
    )
    const scalar = (value: number) => ({ shape: [1], dtype: 'float32', values: Float32Array.of(value) }) as const
    const program = new KernelProgram(tf, 'cpu', graph, [{ output: 'next', input: 'state' }])
    expect(() => program.run({ x: scalar(1) })).toThrow(expect.objectContaining({ code: 'engine/missing-feed' }))
    expect(program.run({ x: scalar(1), state: scalar(10) })).toEqual({})
    expect(program.run({ x: scalar(3) }, ['next'])['next']?.values[0]).toBe(45)
    expect(program.readState()['state']?.values[0]).toBe(45)
    expect(program.run({ x: scalar(3), state: scalar(0.5) }, ['next'])['next']?.values[0]).toBe(4)
    program.dispose()
  })

  const { graph, feeds } = descentProgram()
  const weight = feeds['weight'] ?? randomTensor([], 0)
  it.each([
    [
      'engine/missing-feed',
      'an input is missing',
      { x: feeds['x'] ?? weight, weight },
      /"target" \(float32 \[4, 2\]\) was not given/,
    ],
    ['engine/unknown-feed', 'an input does not exist', { ...feeds, extra: weight }, /no input "extra"/],
    [
      'engine/feed-type',
      'a shape differs',
      { ...feeds, x: weight },
      /"x" must be float32 \[4, 3\], got float32 \[3, 2\]/,
    ],
    ['engine/feed-type', 'a type differs', { ...feeds, weight: { ...weight, dtype: 'int32' as const } }, /got int32/],
    [
      'engine/feed-type',
      'values are too few',
      { ...feeds, weight: { ...weight, values: weight.values.slice(1) } },
      /with 5 values/,
    ],
  ])('throws %s when %s', (code, _when, wrong, message) => {
    const program = new KernelProgram(tf, 'cpu', graph)
    expect(() => program.run(wrong)).toThrow(expect.objectContaining({ code }))
    expect(() => program.run(wrong)).toThrow(message)
    program.dispose()
  })

  it('throws engine/unknown-output for a fetch that does not exist, naming those that do', () => {
    expect(() => new KernelProgram(tf, 'cpu', graph).run(feeds, ['nope'])).toThrow(
      /no output "nope"; it has loss, next/,
    )
  })

  it('throws engine/missing-kernel naming every kernel the backend lacks', () => {
    const nodes = ['Draw2', 'Sum', 'Absent'].map((kernel) => ({ kernel, inputs: [], attrs: {}, outputs: [] }))
    expect(() => runKernelGraph(tf, 'cpu', { ...graph, nodes }, feeds)).toThrow(/lacks the TF.js kernels Absent, Draw2/)
  })

  it('throws engine/carried-type when output and input differ in type', () => {
    expect(() => new KernelProgram(tf, 'cpu', graph, [{ output: 'loss', input: 'weight' }])).toThrow(
      /"loss" \(float32 \[\]\) cannot be carried to input "weight" \(float32 \[3, 2\]\)/,
    )
  })
})
