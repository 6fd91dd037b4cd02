import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { booleans, exactly, floats, integers } from '../random-tensor.ts'
import type { KernelRow, Tensors } from './kernel-row.ts'

type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor
const x = ({ x: tensor }: Tensors): tf.Tensor => tensor as tf.Tensor
const spoken = (axis: number | number[] | undefined): string =>
  axis === undefined ? 'all axes' : `axis ${String(axis)}`

const cuts: readonly [number[], number | number[] | undefined, boolean][] = [
  [[4, 5], undefined, false],
  [[4, 5], -1, false],
  [[4, 5], 0, true],
  [[2, 3, 4], [0, 2], false],
  [[2, 3, 4, 5], -1, false],
  [[2, 3, 4, 5], [1, 2], false],
  [[2, 3, 4, 5], [1, 2], true],
  [[2, 3, 4, 5], [0, -3, -2], false],
  [[2, 3, 4, 5], 2, false],
  [[2, 3, 4, 5], [0, 1], false],
  [[2, 3, 4, 5], undefined, false],
  [[2, 3, 2, 4, 3], [1, 2, 3], false],
  [[2, 3, 2, 4, 3], [0, 1, 2, 3], true],
  [[2, 3, 2, 4, 3], -1, true],
]

function reduction(kernel: string, apply: Reduce, options: Partial<KernelRow> & { low?: number } = {}): KernelRow[] {
  const { low, ...rest } = options
  return cuts.map(([shape, axis, keepDims]) => ({
    kernel,
    title: `over ${spoken(axis)} of [${shape.join(', ')}]${keepDims ? ', kept' : ''}`,
    inputs: { x: floats(shape, low) },
    program: (i) => apply(x(i), axis, keepDims),
    ...rest,
  }))
}

function ofIntegers(kernel: string, apply: Reduce): KernelRow {
  return {
    kernel,
    title: 'of whole numbers',
    inputs: { x: integers([3, 4]) },
    program: (i) => apply(x(i), 1),
    gradient: false,
  }
}

/** Rows of reductions and of the places of extremes. */
export const reductionRows: readonly KernelRow[] = [
  ...reduction('Sum', tf.sum),
  ofIntegers('Sum', tf.sum),
  { kernel: 'Sum', title: 'of booleans', inputs: { x: booleans([3, 4]) }, program: (i) => tf.sum(x(i), 0) },
  ...reduction('Mean', tf.mean),
  ofIntegers('Mean', tf.mean),
  // TF.js's gradient of Prod needs Cumprod, which is not compiled.
  ...reduction('Prod', tf.prod, { gradient: false }),
  ofIntegers('Prod', tf.prod),
  ...reduction('Max', tf.max),
  ofIntegers('Max', tf.max),
  ...reduction('Min', tf.min),
  ofIntegers('Min', tf.min),
  ...(['Max', 'Min'] as const).map((kernel) => ({
    kernel,
    title: 'with equal extremes, which all receive the gradient',
    inputs: { x: exactly([2, 4], [2, 2, 1, 1, -1, 3, 3, -1]) },
    program: (i: Tensors) => (kernel === 'Max' ? tf.max(x(i), 1) : tf.min(x(i), 1)),
  })),
  ...reduction('All', (t, axis, keep) => tf.cast(tf.all(tf.greater(t, -1.1), axis, keep), 'float32'), {
    gradient: false,
  }),
  ...reduction('Any', (t, axis, keep) => tf.cast(tf.any(tf.greater(t, 1.4), axis, keep), 'float32'), {
    gradient: false,
  }),
  { kernel: 'All', title: 'of booleans', inputs: { x: booleans([3, 4]) }, program: (i) => tf.all(x(i), 0) },
  { kernel: 'Any', title: 'of booleans', inputs: { x: booleans([3, 4]) }, program: (i) => tf.any(x(i), -1) },
  ...(['ArgMax', 'ArgMin'] as const).flatMap((kernel) => {
    const apply = kernel === 'ArgMax' ? tf.argMax : tf.argMin
    return [
      ...(
        [
          [[7], 0],
          [[3, 5], -1],
          [[3, 5], 0],
          [[2, 3, 4, 5], -1],
          [[2, 3, 4, 5], 1],
        ] as const
      ).map(([shape, axis]): KernelRow => ({
        kernel,
        title: `along axis ${axis} of [${shape.join(', ')}]`,
        inputs: { x: floats(shape) },
        program: (i) => apply(x(i), axis),
        gradient: false,
      })),
      {
        kernel,
        title: 'takes the first of equal extremes',
        inputs: { x: exactly([2, 5], [1, 3, 3, -2, -2, 4, 4, 0, 0, 4]) },
        program: (i: Tensors) => apply(x(i), 1),
        gradient: false,
      },
      {
        kernel,
        title: 'of whole numbers',
        inputs: { x: integers([4, 5]) },
        program: (i: Tensors) => apply(x(i), 0),
        gradient: false,
      },
    ]
  }),
  ...(
    [
      [[5], 0, false, false],
      [[3, 4], 1, true, false],
      [[2, 3, 4], 1, false, true],
      [[2, 3, 4, 5], 3, true, true],
      [[2, 3, 4, 5], 1, false, false],
    ] as const
  ).map(([shape, axis, exclusive, reverse]): KernelRow => ({
    kernel: 'Cumsum',
    title: `along axis ${axis} of [${shape.join(', ')}]${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`,
    inputs: { x: floats(shape) },
    program: (i) => tf.cumsum(x(i), axis, exclusive, reverse),
  })),
  {
    kernel: 'Cumsum',
    title: 'along an axis counted from the end',
    inputs: { x: floats([2, 3, 4]) },
    program: (i) => tf.cumsum(x(i), -2),
    oracle: (i) => tf.cumsum(x(i), 1),
  },
  ofIntegers('Cumsum', (t, axis) => tf.cumsum(t, axis as number)),
]
