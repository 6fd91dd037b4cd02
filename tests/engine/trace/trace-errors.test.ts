import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { trace, type InputSpec, type TracedFunction } from '../../../electron/engine/trace/trace.ts'

const specs: InputSpec[] = [{ name: 'x', shape: [2, 3], dtype: 'float32' }]
const x = (inputs: { readonly [name: string]: tf.Tensor }): tf.Tensor => inputs['x'] as tf.Tensor

beforeAll(() => tf.setBackend('cpu'))

describe('a program that cannot be compiled', () => {
  const refused: readonly [string, string, TracedFunction][] = [
    ['tf.dropout without a seed', 'engine/randomness', (i) => ({ y: tf.dropout(x(i), 0.5) })],
    ['tf.randomNormal', 'engine/randomness', (i) => ({ y: tf.add(x(i), tf.randomNormal([2, 3])) })],
    ['tf.randomUniform', 'engine/randomness', (i) => ({ y: tf.add(x(i), tf.randomUniform([2, 3])) })],
    ['tf.multinomial', 'engine/randomness', (i) => ({ y: tf.multinomial(x(i) as tf.Tensor2D, 4) })],
    ['an unknown kernel', 'engine/unknown-kernel', (i) => ({ y: tf.einsum('ij,ij->i', x(i), x(i)) })],
    ['a read value', 'engine/data-dependent', (i) => ({ y: tf.add(x(i), x(i).dataSync()[0] ?? 0) })],
    ['a string', 'engine/data-type', (i) => ({ x: x(i), y: tf.tensor(['a']) })],
    ['a sum of booleans', 'engine/data-type', (i) => ({ y: tf.add(tf.greater(x(i), 0), tf.less(x(i), 0)) })],
    ['shapes that do not fit', 'engine/shape', (i) => ({ y: tf.add(x(i), tf.ones([4])) })],
    ['matrices that do not fit', 'engine/shape', (i) => ({ y: tf.matMul(x(i), tf.ones([4, 4])) })],
    ['a gradient that TF.js lacks', 'engine/program', (i) => ({ y: tf.grad((t) => tf.topk(t, 2).values)(x(i)) })],
    [
      'channels first',
      'engine/unsupported',
      (i) => ({ y: tf.conv2d(tf.reshape<tf.Rank.R4>(x(i), [1, 1, 2, 3]), tf.ones([1, 1, 1, 1]), 1, 'valid', 'NCHW') }),
    ],
  ]
  it.each(refused)('is refused by code: %s gives %s', (_what, code, program) => {
    expect(() => trace(program, specs)).toThrowError(expect.objectContaining({ code }))
  })

  it('leaves TF.js as it was', () => {
    const random = Math.random
    expect(() => trace((i) => ({ y: tf.dropout(x(i), 0.5) }), specs)).toThrow()
    expect(tf.getBackend()).toBe('cpu')
    expect(Math.random).toBe(random)
    expect(tf.dropout(tf.ones([4]), 0.5).shape).toEqual([4])
  })
})

describe('a traced program', () => {
  it('leaves no tensors behind', () => {
    const before = tf.memory().numTensors
    trace((i) => ({ y: tf.grad((t) => tf.sum(tf.tanh(t)))(x(i)) }), specs)
    expect(tf.memory().numTensors).toBe(before)
  })

  it('keeps tensors it closes over as constants', () => {
    const outside = tf.tensor([1, 2, 3])
    const graph = trace((i) => ({ y: tf.mul(x(i), outside) }), specs)
    expect([...graph.constants.values()].map(({ values }) => Array.from(values))).toContainEqual([1, 2, 3])
    outside.dispose()
  })
})
