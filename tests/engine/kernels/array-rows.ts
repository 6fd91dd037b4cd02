import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { booleans, exactIntegers, exactly, floats, integers } from '../random-tensor.ts'
import type { KernelRow, Tensors } from './kernel-row.ts'

const x = ({ x: tensor }: Tensors): tf.Tensor => tensor as tf.Tensor
const spoken = (shape: readonly number[]): string => `[${shape.join(', ')}]`

function row(
  kernel: string,
  shape: readonly number[],
  title: string,
  apply: (t: tf.Tensor) => tf.Tensor | tf.Tensor[],
  rest: Partial<KernelRow> = {},
): KernelRow {
  return {
    kernel,
    title: `${spoken(shape)} ${title}`,
    inputs: { x: floats(shape) },
    program: (i) => apply(x(i)),
    ...rest,
  }
}

const products: readonly [number[], number[], boolean, boolean][] = [
  [[3, 4], [4, 5], false, false],
  [[4, 3], [4, 5], true, false],
  [[3, 4], [5, 4], false, true],
  [[4, 3], [5, 4], true, true],
  [[2, 3, 4], [2, 4, 5], false, false],
  [[2, 4, 3], [2, 5, 4], true, true],
  [[2, 3, 4], [4, 5], false, false],
  [[1, 3, 4], [2, 4, 5], false, false],
]

const productRows: KernelRow[] = [
  ...products.map(([a, b, transposeA, transposeB]): KernelRow => ({
    kernel: 'BatchMatMul',
    title: `of ${spoken(a)}${transposeA ? 'ᵀ' : ''} and ${spoken(b)}${transposeB ? 'ᵀ' : ''}`,
    inputs: { a: floats(a), b: floats(b) },
    program: (i) => tf.matMul(i['a'] as tf.Tensor, i['b'] as tf.Tensor, transposeA, transposeB),
    sandwich: false,
  })),
  ...(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const).flatMap((activation) =>
    (
      [
        [
          [3, 4],
          [4, 5],
        ],
        [
          [2, 3, 4],
          [2, 4, 5],
        ],
      ] as const
    ).map(([a, b]): KernelRow => ({
      kernel: '_FusedMatMul',
      title: `with bias and ${activation} on ${spoken(a)}`,
      inputs: { a: floats(a), b: floats(b), bias: floats([5]), slope: floats([5], 0.1, 0.5) },
      program: (i) =>
        tf.fused.matMul({
          a: i['a'] as tf.Tensor,
          b: i['b'] as tf.Tensor,
          bias: i['bias'] as tf.Tensor,
          activation,
          leakyreluAlpha: 0.3,
          ...(activation === 'prelu' ? { preluActivationWeights: i['slope'] as tf.Tensor } : {}),
        }),
      gradient: false,
    })),
  ),
]

const broadcastProducts: KernelRow[] = [
  {
    kernel: 'BatchMatMul',
    title: 'with batch axes that are broadcast on both sides',
    inputs: { a: floats([2, 1, 3, 4]), b: floats([3, 4, 5]) },
    program: ({ a, b }) => tf.matMul(a as tf.Tensor, b as tf.Tensor),
    oracle: ({ a, b }) =>
      tf.matMul(tf.tile(a as tf.Tensor, [1, 3, 1, 1]), tf.tile(tf.expandDims(b as tf.Tensor, 0), [2, 1, 1, 1])),
    sandwich: false,
  },
]

const shapeRows: KernelRow[] = [
  row('Reshape', [2, 3, 4], 'to [6, -1]', (t) => tf.reshape(t, [6, -1])),
  row('Reshape', [2, 3, 4, 5], 'to [2, 6, 2, 5]', (t) => tf.reshape(t, [2, 6, 2, 5])),
  row('Reshape', [2, 3, 4, 5], 'to [2, 60]', (t) => tf.reshape(t, [2, 60])),
  row('ExpandDims', [3, 4], 'at -1', (t) => tf.expandDims(t, -1)),
  row('ExpandDims', [2, 3, 4], 'at 1', (t) => tf.expandDims(t, 1)),
  row('ExpandDims', [2, 3, 4, 5], 'at 0', (t) => tf.expandDims(t, 0)),
  row('Transpose', [3, 4], '', (t) => tf.transpose(t)),
  row('Transpose', [2, 3, 4, 5], 'by [2, 0, 3, 1]', (t) => tf.transpose(t, [2, 0, 3, 1])),
  row('Transpose', [2, 3, 4, 5], 'by [0, 3, 1, 2]', (t) => tf.transpose(t, [0, 3, 1, 2])),
  row('Transpose', [2, 3, 2, 4, 3], 'by [1, 0, 2, 3, 4]', (t) => tf.transpose(t, [1, 0, 2, 3, 4])),
  row('Tile', [2, 3], 'by [2, 3]', (t) => tf.tile(t, [2, 3])),
  row('Tile', [2, 3, 1, 2], 'by [1, 2, 3, 1]', (t) => tf.tile(t, [1, 2, 3, 1])),
  row('Reverse', [5], 'whole', (t) => tf.reverse(t)),
  row('Reverse', [2, 3, 4], 'along 1', (t) => tf.reverse(t, 1)),
  row('Reverse', [2, 3, 4, 5], 'along -1 and 1', (t) => tf.reverse(t, [-1, 1])),
  {
    kernel: 'Reverse',
    title: 'of whole numbers and booleans',
    inputs: { x: integers([4]), y: booleans([4]) },
    program: ({ x: a, y }) => [tf.reverse(a as tf.Tensor), tf.reverse(y as tf.Tensor)],
  },
  row('PadV2', [3, 4], 'by [[1, 2], [0, 3]] with 0.5', (t) =>
    tf.pad(
      t,
      [
        [1, 2],
        [0, 3],
      ],
      0.5,
    ),
  ),
  row('PadV2', [2, 3, 4, 5], 'on pixels and channels', (t) =>
    tf.pad(t, [
      [0, 0],
      [1, 2],
      [2, 0],
      [1, 0],
    ]),
  ),
  row('PadV2', [2, 3, 2, 4, 3], 'on five axes', (t) =>
    tf.pad(t, [
      [0, 1],
      [1, 0],
      [2, 0],
      [0, 2],
      [1, 1],
    ]),
  ),
  {
    kernel: 'PadV2',
    title: 'of whole numbers',
    inputs: { x: integers([3]) },
    program: (i) => tf.pad(x(i), [[1, 2]], 7),
  },
  ...(['reflect', 'symmetric'] as const).flatMap((mode) => [
    row(
      'MirrorPad',
      [4, 5],
      `${mode} by [[2, 1], [3, 3]]`,
      (t) =>
        tf.mirrorPad(
          t,
          [
            [2, 1],
            [3, 3],
          ],
          mode,
        ),
      { gradient: false },
    ),
    row(
      'MirrorPad',
      [2, 4, 5, 3],
      `${mode} on pixels`,
      (t) =>
        tf.mirrorPad(
          t,
          [
            [0, 0],
            [2, 1],
            [0, 3],
            [1, 0],
          ],
          mode,
        ),
      { gradient: false },
    ),
  ]),
]

const joinRows: KernelRow[] = [
  ...(
    [
      [[2, 3], [2, 4], 1],
      [[2, 3], [4, 3], 0],
      [[2, 3, 4, 5], [2, 3, 4, 2], -1],
      [[2, 3, 4, 5], [2, 1, 4, 5], 1],
      [[2, 3, 2, 4, 3], [2, 3, 2, 4, 1], 4],
    ] as const
  ).map(([a, b, axis]): KernelRow => ({
    kernel: 'Concat',
    title: `of ${spoken(a)} and ${spoken(b)} along ${axis}`,
    inputs: { a: floats(a), b: floats(b) },
    program: (i) => tf.concat([i['a'], i['b'], i['a']] as tf.Tensor[], axis),
  })),
  {
    kernel: 'Concat',
    title: 'of whole numbers, and of booleans',
    inputs: { a: integers([2, 3]), b: booleans([2, 2]) },
    program: ({ a, b }) => [tf.concat([a, a] as tf.Tensor[], 0), tf.concat([b, b] as tf.Tensor[], 1)],
  },
  ...(
    [
      [[3, 4], 0],
      [[3, 4], -1],
      [[2, 3, 4], 1],
      [[2, 3, 4, 5], 2],
    ] as const
  ).map(([shape, axis]): KernelRow => ({
    kernel: 'Pack',
    title: `of three ${spoken(shape)} along ${axis}`,
    inputs: { a: floats(shape), b: floats(shape) },
    program: (i) => tf.stack([i['a'], i['b'], i['b']] as tf.Tensor[], axis),
  })),
  ...(
    [
      [[3, 4], 0],
      [[3, 4], -1],
      [[2, 3, 4, 5], 1],
      [[2, 3, 2, 4, 3], 1],
    ] as const
  ).map(([shape, axis]) =>
    row('Unpack', shape, `along ${axis}`, (t) => tf.unstack(t, axis).map((piece, i) => tf.mul(piece, i + 1))),
  ),
  row('SplitV', [3, 6], 'into three along 1', (t) => tf.split(t, 3, 1)),
  row('SplitV', [2, 3, 4, 7], 'into 2, 4, 1 along -1', (t) => tf.split(t, [2, 4, 1], -1)),
  row('SplitV', [2, 5, 4, 3], 'into 2, -1 along 1', (t) => tf.split(t, [2, -1], 1)),
  // More pieces than a graphics device binds at once.
  row('SplitV', [2, 60], 'into sixty along 1', (t) => tf.split(t, 60, 1).map((piece, i) => tf.mul(piece, i + 1))),
  row('Unpack', [2, 9, 3], 'nine along 1', (t) => tf.unstack(t, 1).map((piece, i) => tf.mul(piece, i + 1))),
]

const cutRows: KernelRow[] = [
  row('Slice', [4, 5], 'from [1, 2], 2 by 3', (t) => tf.slice(t, [1, 2], [2, 3])),
  row('Slice', [4, 5], 'from [1, 0] to the end', (t) => tf.slice(t, [1, 0], [-1, -1])),
  row('Slice', [2, 4, 5, 6], 'on pixels and channels', (t) => tf.slice(t, [0, 1, 0, 2], [2, 2, 5, 3])),
  row('Slice', [2, 3, 4, 5, 3], 'one frame', (t) => tf.slice(t, [0, 1, 0, 0, 0], [-1, 1, -1, -1, -1])),
  row('StridedSlice', [6, 7], 'every second, every third', (t) => tf.stridedSlice(t, [1, 0], [6, 7], [2, 3]), {
    gradient: false,
  }),
  row('StridedSlice', [6, 7], 'backwards', (t) => tf.stridedSlice(t, [5, 6], [0, 1], [-2, -3]), { gradient: false }),
  row('StridedSlice', [6, 7], 'backwards past the first', (t) => tf.stridedSlice(t, [4, 5], [0, 0], [-1, -2], 0, 3), {
    gradient: false,
  }),
  row(
    'StridedSlice',
    [4, 5, 6],
    'with a shrunk axis',
    (t) => tf.stridedSlice(t, [0, 2, 1], [4, 3, 6], [1, 1, 2], 0, 0, 0, 0, 2),
    {
      gradient: false,
      oracle: ({ x: t }) => tf.gather(tf.reshape(tf.slice(t as tf.Tensor, [0, 2, 0], [4, 1, 6]), [4, 6]), [1, 3, 5], 1),
    },
  ),
  row(
    'StridedSlice',
    [4, 5],
    'with a new axis',
    (t) => tf.stridedSlice(t, [0, 0, 1], [4, 1, 5], [1, 1, 1], 0, 0, 0, 2),
    {
      gradient: false,
    },
  ),
  row('StridedSlice', [2, 4, 5, 3], 'with an ellipsis', (t) => tf.stridedSlice(t, [0, 1], [1, 3], [1, 1], 0, 0, 1), {
    gradient: false,
  }),
  row('TopK', [7], 'the largest 3', (t) => Object.values(tf.topk(t, 3)), { gradient: false }),
  row('TopK', [2, 3, 6], 'the largest 2', (t) => Object.values(tf.topk(t, 2)), { gradient: false }),
  {
    kernel: 'TopK',
    title: 'takes the first of equal values',
    inputs: { x: exactly([6], [2, 5, 5, 1, 5, 2]) },
    program: (i) => Object.values(tf.topk(x(i), 4)),
    gradient: false,
  },
]

const indexed = (
  shape: readonly number[],
  indices: readonly number[],
  high: number,
  axis: number,
  batchDims = 0,
): KernelRow => ({
  kernel: 'GatherV2',
  title: `${spoken(indices)} along ${axis} of ${spoken(shape)}${batchDims ? `, ${batchDims} batch axes` : ''}`,
  inputs: { x: floats(shape), indices: integers(indices, 0, high) },
  program: (i) => tf.gather(x(i), i['indices'] as tf.Tensor, axis, batchDims),
  sandwich: shape.length === 4,
})

const gatherRows: KernelRow[] = [
  indexed([5, 3], [4], 4, 0),
  indexed([5, 3], [2, 4], 4, 0),
  indexed([3, 5], [4], 4, -1),
  indexed([2, 3, 4, 5], [3], 2, 1),
  { ...indexed([2, 5, 3], [2, 4], 4, 1, 1), gradient: false },
  { ...indexed([2, 4, 5], [2, 3], 4, 2, 1), gradient: false },
  { ...indexed([2, 3, 5, 2], [2, 3, 4], 4, 2, 2), gradient: false },
  {
    kernel: 'GatherV2',
    title: 'of whole numbers',
    inputs: { x: integers([5]), indices: exactIntegers([3], [4, 0, 4]) },
    program: (i) => tf.gather(x(i), i['indices'] as tf.Tensor),
  },
  {
    kernel: 'GatherNd',
    title: 'of rows',
    inputs: { x: floats([4, 5, 2]), indices: exactIntegers([3, 1], [3, 0, 3]) },
    program: (i) => tf.gatherND(x(i), i['indices'] as tf.Tensor),
    gradient: false,
  },
  {
    kernel: 'GatherNd',
    title: 'of single values',
    inputs: { x: floats([4, 5]), indices: exactIntegers([2, 2], [3, 0, 1, 4]) },
    program: (i) => tf.gatherND(x(i), i['indices'] as tf.Tensor),
    gradient: false,
  },
  {
    kernel: 'ScatterNd',
    title: 'adds what falls on the same place',
    inputs: { x: floats([4, 3]), indices: exactIntegers([4, 1], [3, 0, 3, 1]) },
    program: (i) => tf.scatterND(i['indices'] as tf.Tensor, x(i), [5, 3]),
    gradient: false,
  },
  {
    kernel: 'ScatterNd',
    title: 'of whole numbers',
    inputs: { x: integers([4]), indices: exactIntegers([4, 1], [3, 0, 3, 1]) },
    program: (i) => tf.scatterND(i['indices'] as tf.Tensor, x(i), [5]),
  },
  {
    kernel: 'UnsortedSegmentSum',
    title: 'of rows, with an empty segment',
    inputs: { x: floats([5, 3]), ids: exactIntegers([5], [2, 0, 2, 4, 0]) },
    program: (i) => tf.unsortedSegmentSum(x(i), i['ids'] as tf.Tensor1D, 6),
  },
  {
    kernel: 'UnsortedSegmentSum',
    title: 'leaves out segments that do not exist',
    inputs: { x: floats([5, 3]), ids: exactIntegers([5], [2, -1, 2, 7, 0]) },
    program: (i) => tf.unsortedSegmentSum(x(i), i['ids'] as tf.Tensor1D, 4),
    gradient: false,
  },
  ...(['float32', 'int32', 'bool'] as const).map((dtype): KernelRow => ({
    kernel: 'OneHot',
    title: `as ${dtype}, all off outside the depth`,
    inputs: { indices: exactIntegers([2, 3], [0, 3, 2, -1, 4, 1]) },
    program: (i) => tf.oneHot(i['indices'] as tf.Tensor, 4, dtype === 'bool' ? 1 : 3, 0, dtype),
  })),
  {
    kernel: 'OneHot',
    title: 'with on and off values',
    inputs: { indices: exactIntegers([3], [1, 0, 2]) },
    program: (i) => tf.oneHot(i['indices'] as tf.Tensor, 3, 0.9, 0.05),
  },
]

/** Rows of kernels that multiply, rearrange, join, cut or index tensors. */
export const arrayRows: readonly KernelRow[] = [
  ...productRows,
  ...broadcastProducts,
  ...shapeRows,
  ...joinRows,
  ...cutRows,
  ...gatherRows,
]
