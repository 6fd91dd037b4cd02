import { AppError } from '../../../shared/base/app-error.ts'
import { tf } from '../tensorflow-js.ts'
import type { DataType, ValueType } from '../graph.ts'
import { attr, broadcastShapes, input, listInputs, upcast, type InferTypes, type KernelCall } from './infer.ts'

const placeholder = (type: ValueType): tf.Tensor =>
  ({ shape: [...type.shape], dtype: type.dtype, rank: type.shape.length }) as unknown as tf.Tensor
const at = (shape: readonly number[], axis: number): number => shape[axis < 0 ? axis + shape.length : axis] ?? 1

const matMul: InferTypes = (call) => {
  const [a, b] = [input(call, 'a'), input(call, 'b')]
  const rows = at(a.shape, attr<boolean>(call, 'transposeA') ? -1 : -2)
  const columns = at(b.shape, attr<boolean>(call, 'transposeB') ? -2 : -1)
  const [inner, other] = [
    at(a.shape, attr<boolean>(call, 'transposeA') ? -2 : -1),
    at(b.shape, attr<boolean>(call, 'transposeB') ? -1 : -2),
  ]
  if (inner !== other) {
    throw new AppError(
      'engine/shape',
      `Matrices of shapes [${a.shape.join(', ')}] and [${b.shape.join(', ')}] cannot be multiplied: ${inner} columns meet ${other} rows.`,
    )
  }
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
  return { shape: [...batch, rows, columns], dtype: upcast(a.dtype, b.dtype) }
}

const pad: InferTypes = (call) => {
  const { shape, dtype } = input(call, 'x')
  const paddings = attr<[number, number][]>(call, 'paddings')
  return { shape: shape.map((n, i) => n + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0)), dtype }
}

/** Begin and size of a Slice call with TF.js's shorthands resolved (-1 means "to the end"). */
export function sliceExtent(call: KernelCall): { begin: number[]; size: number[] } {
  const [begin, size] = tf.slice_util.parseSliceParams(
    placeholder(input(call, 'x')),
    attr<number | number[]>(call, 'begin'),
    attr<number | number[]>(call, 'size'),
  )
  return { begin: begin as number[], size: size as number[] }
}

/** Lengths of the pieces of a SplitV call. */
export function splitSizes(call: KernelCall): { axis: number; sizes: number[] } {
  const x = input(call, 'x')
  const axis = tf.util.parseAxisParam(attr<number>(call, 'axis'), [...x.shape])[0] as number
  return {
    axis,
    sizes: tf.backend_util.prepareSplitSize(placeholder(x), attr<number | number[]>(call, 'numOrSizeSplits'), axis),
  }
}

/** Shape rules of kernels that rearrange, join, cut, index or multiply tensors. */
export const arrayTypes: ReadonlyMap<string, InferTypes> = new Map<string, InferTypes>([
  ['BatchMatMul', matMul],
  ['_FusedMatMul', matMul],
  ['PadV2', pad],
  ['MirrorPad', pad],
  [
    'Reshape',
    (call) => {
      const x = input(call, 'x')
      const size = x.shape.reduce((p, n) => p * n, 1)
      return { shape: tf.util.inferFromImplicitShape([...attr<number[]>(call, 'shape')], size), dtype: x.dtype }
    },
  ],
  [
    'ExpandDims',
    (call) => {
      const { shape, dtype } = input(call, 'input')
      const dim = attr<number>(call, 'dim')
      const position = dim < 0 ? shape.length + 1 + dim : dim
      return { shape: [...shape.slice(0, position), 1, ...shape.slice(position)], dtype }
    },
  ],
  [
    'Transpose',
    (call) => {
      const { shape, dtype } = input(call, 'x')
      return { shape: attr<number[]>(call, 'perm').map((axis) => at(shape, axis)), dtype }
    },
  ],
  [
    'Concat',
    (call) => {
      const parts = listInputs(call)
      const first = parts[0] as ValueType
      const axis = tf.util.parseAxisParam(attr<number>(call, 'axis'), [...first.shape])[0] as number
      return {
        shape: tf.backend_util.computeOutShape(
          parts.map((p) => [...p.shape]),
          axis,
        ),
        dtype: first.dtype,
      }
    },
  ],
  ['Slice', (call) => ({ shape: sliceExtent(call).size, dtype: input(call, 'x').dtype })],
  [
    'StridedSlice',
    (call) => {
      const x = input(call, 'x')
      const info = tf.slice_util.sliceInfo(
        [...x.shape],
        attr(call, 'begin'),
        attr(call, 'end'),
        attr(call, 'strides'),
        attr(call, 'beginMask'),
        attr(call, 'endMask'),
        attr(call, 'ellipsisMask'),
        attr(call, 'newAxisMask'),
        attr(call, 'shrinkAxisMask'),
      )
      return { shape: info.finalShape, dtype: x.dtype }
    },
  ],
  [
    'SplitV',
    (call) => {
      const { shape, dtype } = input(call, 'x')
      const { axis, sizes } = splitSizes(call)
      return sizes.map((size) => ({ shape: shape.map((n, i) => (i === axis ? size : n)), dtype }))
    },
  ],
  [
    'Pack',
    (call) => {
      const parts = listInputs(call)
      const { shape, dtype } = parts[0] as ValueType
      const axis = attr<number>(call, 'axis')
      const position = axis < 0 ? axis + shape.length + 1 : axis
      return { shape: [...shape.slice(0, position), parts.length, ...shape.slice(position)], dtype }
    },
  ],
  [
    'Unpack',
    (call) => {
      const { shape, dtype } = input(call, 'value')
      const axis = attr<number>(call, 'axis')
      const position = axis < 0 ? axis + shape.length : axis
      const rest = shape.filter((_, i) => i !== position)
      return Array.from({ length: at(shape, position) }, () => ({ shape: rest, dtype }))
    },
  ],
  [
    'Tile',
    (call) => {
      const { shape, dtype } = input(call, 'x')
      const reps = attr<number[]>(call, 'reps')
      return { shape: shape.map((n, i) => n * (reps[i] ?? 1)), dtype }
    },
  ],
  [
    'GatherV2',
    (call) => {
      const x = input(call, 'x')
      const indices = input(call, 'indices')
      const axis = tf.util.parseAxisParam(attr<number>(call, 'axis'), [...x.shape])[0] as number
      return {
        shape: [
          ...x.shape.slice(0, axis),
          ...indices.shape.slice(attr<number>(call, 'batchDims') || 0),
          ...x.shape.slice(axis + 1),
        ],
        dtype: x.dtype,
      }
    },
  ],
  [
    'GatherNd',
    (call) => {
      const { shape, dtype } = input(call, 'params')
      const indices = input(call, 'indices').shape
      return { shape: [...indices.slice(0, -1), ...shape.slice(at(indices, -1))], dtype }
    },
  ],
  ['ScatterNd', (call) => ({ shape: attr<number[]>(call, 'shape'), dtype: input(call, 'updates').dtype })],
  [
    'UnsortedSegmentSum',
    (call) => {
      const { shape, dtype } = input(call, 'x')
      const rank = input(call, 'segmentIds').shape.length
      return { shape: [attr<number>(call, 'numSegments'), ...shape.slice(rank)], dtype }
    },
  ],
  [
    'OneHot',
    (call) => ({
      shape: [...input(call, 'indices').shape, attr<number>(call, 'depth')],
      dtype: attr<DataType | undefined>(call, 'dtype') ?? 'float32',
    }),
  ],
  [
    'TopK',
    (call) => {
      const { shape, dtype } = input(call, 'x')
      const top = [...shape.slice(0, -1), attr<number>(call, 'k')]
      return [
        { shape: top, dtype },
        { shape: top, dtype: 'int32' },
      ]
    },
  ],
])
