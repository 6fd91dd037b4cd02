import type { GraphNode } from '../graph.ts'
import { sliceExtent, splitSizes } from '../trace/infer-array.ts'
import { resolveAxes, type KernelCall } from '../trace/infer.ts'
import { tf } from '../tensorflow-js.ts'
import { emitActivation } from './lower-elementwise.ts'
import {
  inputOf,
  optionalInput,
  outputOf,
  permute,
  textAttribute,
  toFirst,
  type Layout,
  type LowerKernel,
  type Lowering,
} from './lowering.ts'

/** Pieces of one Split: a graphics device binds each of them, and what is split, to a place of its own, of which WebGPU promises eight. */
const mostPieces = 7

/** Pieces of a tensor along an axis, through as many Splits as it takes. */
function split(low: Lowering, name: string, sizes: readonly number[], axis: number): string[] {
  const count = sizes.length
  if (count <= mostPieces) return low.ops('Split', [name, low.int64(sizes)], { axis }, count)
  let perGroup = mostPieces
  while (perGroup * mostPieces < count) perGroup *= mostPieces
  const groups = Array.from({ length: Math.ceil(count / perGroup) }, (_, i) =>
    sizes.slice(i * perGroup, (i + 1) * perGroup),
  )
  const totals = groups.map((group) => group.reduce((sum, size) => sum + size, 0))
  const parts = split(low, name, totals, axis)
  return groups.flatMap((group, i) => (group.length === 1 ? [parts[i] ?? ''] : split(low, parts[i] ?? '', group, axis)))
}

/** A node in the form the shape rules take, so that both agree on begins, sizes and paddings. */
export function asCall(node: GraphNode, low: Lowering): KernelCall {
  return {
    kernel: node.kernel,
    attrs: node.attrs,
    inputs: Object.fromEntries(node.inputs.map((i) => [i.name, low.type(i.value)])),
  }
}
const axisOf = (node: GraphNode, rank: number): number => resolveAxes(Number(node.attrs.axis ?? 0), rank)[0] ?? 0
const axisIn = (axis: number, rank: number, layout: Layout): number =>
  layout === 'first' ? toFirst(rank).indexOf(axis) : axis

/** Cuts `[begin, begin + size)` with a step per axis; axes that are kept whole are left out, so any batch size fits. */
export function emitSlice(
  low: Lowering,
  name: string,
  shape: readonly number[],
  begin: readonly number[],
  size: readonly number[],
  steps?: readonly number[],
): string {
  const cut = shape
    .map((_, axis) => axis)
    .filter((axis) => begin[axis] !== 0 || size[axis] !== shape[axis] || (steps?.[axis] ?? 1) !== 1)
  if (cut.length === 0) return name
  const pick = (perAxis: readonly number[]): string => low.int64(cut.map((axis) => perAxis[axis] ?? 0))
  const ends = shape.map((_, axis) => (begin[axis] ?? 0) + (size[axis] ?? 0))
  const inputs = [name, pick(begin), pick(ends), low.int64(cut)]
  return low.op('Slice', steps ? [...inputs, pick(steps)] : inputs)
}

/** Matrix product; two plain matrices use Gemm, which takes transposed operands and a bias as they are. */
const matMul: LowerKernel = (node, low) => {
  const [a, b] = [inputOf(node, 'a'), inputOf(node, 'b')]
  const bias = optionalInput(node, 'bias')
  const [transposeA, transposeB] = [Boolean(node.attrs.transposeA), Boolean(node.attrs.transposeB)]
  let product: string
  if (low.rank(a) === 2 && low.rank(b) === 2 && (bias !== undefined || transposeA || transposeB)) {
    const operands = [low.last(a), low.last(b), ...(bias === undefined ? [] : [low.last(bias)])]
    product = low.op('Gemm', operands, { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 })
  } else {
    const turned = (value: number, turn: boolean): string => {
      const rank = low.rank(value)
      const axes = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : rank - 1 - (i - (rank - 2))))
      return turn ? low.transpose(low.last(value), axes) : low.last(value)
    }
    product = low.op('MatMul', [turned(a, transposeA), turned(b, transposeB)])
    if (bias !== undefined) product = low.op('Add', [product, low.last(bias)])
  }
  const slope = optionalInput(node, 'preluActivationWeights')
  const activation = textAttribute(node, 'activation', 'linear')
  low.set(
    outputOf(node),
    emitActivation(
      low,
      product,
      activation,
      Number(node.attrs.leakyreluAlpha ?? 0),
      slope === undefined ? undefined : low.last(slope),
    ),
  )
}

const pad: LowerKernel = (node, low) => {
  const x = inputOf(node, 'x')
  const rank = low.rank(x)
  const layout = low.bestLayout([x], rank)
  const paddings = node.attrs.paddings as readonly (readonly [number, number])[]
  const moved = layout === 'first' ? permute(paddings, toFirst(rank)) : paddings
  const amounts = low.int64([...moved.map((p) => p[0]), ...moved.map((p) => p[1])])
  const name = low.at(x, layout)
  const output =
    node.kernel === 'PadV2'
      ? low.op('Pad', [name, amounts, low.scalar(Number(node.attrs.constantValue ?? 0), low.type(x).dtype)])
      : node.attrs.mode === 'reflect'
        ? low.op('Pad', [name, amounts], { mode: 'reflect' })
        : padSymmetric(low, name, layout === 'first' ? permute(low.shape(x), toFirst(rank)) : low.shape(x), moved)
  low.set(outputOf(node), output, layout)
}

/** Mirror padding that repeats the border pixel, which ONNX lacks: the pixels are gathered axis by axis. */
function padSymmetric(
  low: Lowering,
  name: string,
  shape: readonly number[],
  paddings: readonly (readonly [number, number])[],
): string {
  return paddings.reduce((padded, [before, after], axis) => {
    if (before === 0 && after === 0) return padded
    const length = shape[axis] as number
    const places = Array.from({ length: before + length + after }, (_, i) => {
      const place = i - before
      return place < 0 ? -1 - place : place >= length ? 2 * length - 1 - place : place
    })
    return low.op('Gather', [padded, low.int64(places)], { axis })
  }, name)
}

/** With batch axes, the indexed axis is moved behind them, where GatherND wants it, and the axes before it back. */
const gather: LowerKernel = (node, low) => {
  const [x, indices] = [inputOf(node, 'x'), inputOf(node, 'indices')]
  const [rank, axis, batch] = [low.rank(x), axisOf(node, low.rank(x)), Number(node.attrs.batchDims ?? 0)]
  if (batch === 0) return low.set(outputOf(node), low.op('Gather', [low.last(x), low.last(indices)], { axis }))
  const all = Array.from({ length: rank }, (_, i) => i)
  const between = all.slice(batch, axis)
  const moved = low.transpose(low.last(x), [...all.slice(0, batch), axis, ...between, ...all.slice(axis + 1)])
  const places = low.reshape(low.cast(low.last(indices), 'int64'), [...low.shape(indices), 1])
  const found = low.op('GatherND', [moved, places], { batch_dims: batch })
  const inner = low.rank(indices) - batch // found: [batch axes, index axes, axes between, axes behind]
  const outer = Array.from({ length: rank - 1 + inner }, (_, i) => i)
  const perm = [
    ...outer.slice(0, batch),
    ...outer.slice(batch + inner, batch + inner + between.length),
    ...outer.slice(batch, batch + inner),
    ...outer.slice(batch + inner + between.length),
  ]
  low.set(outputOf(node), low.transpose(found, perm))
}

/** Kernels that rearrange, join, cut, index or multiply tensors. */
export const arrayKernels: ReadonlyMap<string, LowerKernel> = new Map<string, LowerKernel>([
  ['BatchMatMul', matMul],
  ['_FusedMatMul', matMul],
  ['PadV2', pad],
  ['MirrorPad', pad],
  ['Reshape', reshape],
  ['ExpandDims', reshape],
  [
    'Transpose',
    (node, low) => {
      const x = inputOf(node, 'x')
      low.set(outputOf(node), low.transpose(low.last(x), node.attrs.perm as number[]))
    },
  ],
  [
    'Concat',
    (node, low) => {
      const values = node.inputs.map((input) => input.value)
      const rank = low.rank(outputOf(node))
      const layout = low.bestLayout(values, rank)
      const filled = values.filter((value) => !low.shape(value).includes(0))
      const names = (filled.length > 0 ? filled : values.slice(0, 1)).map((value) => low.at(value, layout))
      const axis = axisIn(axisOf(node, rank), rank, layout)
      low.set(outputOf(node), names.length === 1 ? (names[0] as string) : low.op('Concat', names, { axis }), layout)
    },
  ],
  [
    'Slice',
    (node, low) => {
      const x = inputOf(node, 'x')
      const rank = low.rank(x)
      const { begin, size } = sliceExtent(asCall(node, low))
      const layout = low.bestLayout([x], rank)
      const moved = <T>(perAxis: readonly T[]): T[] =>
        layout === 'first' ? permute(perAxis, toFirst(rank)) : [...perAxis]
      low.set(outputOf(node), emitSlice(low, low.at(x, layout), moved(low.shape(x)), moved(begin), moved(size)), layout)
    },
  ],
  [
    'StridedSlice',
    (node, low) => {
      const x = inputOf(node, 'x')
      const a = node.attrs as { [name: string]: never }
      const info = tf.slice_util.sliceInfo(
        [...low.shape(x)],
        a.begin as unknown as number[],
        a.end as unknown as number[],
        a.strides as unknown as number[],
        Number(a.beginMask),
        Number(a.endMask),
        Number(a.ellipsisMask),
        Number(a.newAxisMask),
        Number(a.shrinkAxisMask),
      )
      const isForward = (axis: number): boolean => (info.strides[axis] ?? 1) > 0
      const kept = low
        .shape(x)
        .map((n, axis) => (isForward(axis) ? (info.end[axis] ?? n) - (info.begin[axis] ?? 0) : n))
      const begins = low.shape(x).map((_, axis) => (isForward(axis) ? (info.begin[axis] ?? 0) : 0))
      const steps = low.shape(x).map((_, axis) => (isForward(axis) ? (info.strides[axis] ?? 1) : 1))
      // Backwards by list: the WebGPU provider cuts wrongly where a negative step starts inside.
      const cut = low.shape(x).reduce(
        (name, _, axis) => {
          const [begin, end, step] = [info.begin[axis] ?? 0, info.end[axis] ?? 0, info.strides[axis] ?? 1]
          if (step > 0) return name
          const count = Math.max(0, Math.ceil((end - begin) / step))
          const places = Array.from({ length: count }, (_entry, i) => begin + i * step)
          return low.op('Gather', [name, low.int64(places)], { axis })
        },
        emitSlice(low, low.last(x), low.shape(x), begins, kept, steps),
      )
      low.set(outputOf(node), low.reshape(cut, info.finalShape))
    },
  ],
  [
    'Reverse',
    (node, low) => {
      const x = inputOf(node, 'x')
      const axes = resolveAxes(node.attrs.dims as number[], low.rank(x))
      const all = (value: number): string => low.int64(axes.map(() => value))
      low.set(
        outputOf(node),
        axes.length === 0
          ? low.last(x)
          : low.op('Slice', [low.last(x), all(-1), all(-2147483648), low.int64(axes), all(-1)]),
      )
    },
  ],
  [
    'SplitV',
    (node, low) => {
      const x = inputOf(node, 'x')
      const rank = low.rank(x)
      const { axis, sizes } = splitSizes(asCall(node, low))
      const layout = low.bestLayout([x], rank)
      const names = split(low, low.at(x, layout), sizes, axisIn(axis, rank, layout))
      node.outputs.forEach((value, i) => low.set(value, names[i] as string, layout))
    },
  ],
  [
    'Pack',
    (node, low) => {
      const rank = low.rank(outputOf(node))
      const axis = axisOf(node, rank)
      const target = low.reshapeTarget(outputOf(node))
      // Joining along the axis that follows and reshaping once costs one operator instead of one per part.
      if (axis < rank - 1) {
        const joined = low.op(
          'Concat',
          node.inputs.map(({ value }) => low.last(value)),
          { axis },
        )
        return low.set(outputOf(node), low.reshape(joined, target))
      }
      const parts = node.inputs.map(({ value }) => low.reshape(low.last(value), [...low.reshapeTarget(value), 1]))
      low.set(outputOf(node), low.op('Concat', parts, { axis }))
    },
  ],
  [
    'Unpack',
    (node, low) => {
      const value = inputOf(node, 'value')
      const rank = low.rank(value)
      const axis = axisOf(node, rank)
      const target = low.reshapeTarget(value)
      const next = target[axis + 1]
      if (next !== undefined && next > 0) {
        const merged = [...target.slice(0, axis), node.outputs.length * next, ...target.slice(axis + 2)]
        const sizes = node.outputs.map(() => next)
        const pieces = split(low, low.reshape(low.last(value), merged), sizes, axis)
        return node.outputs.forEach((output, i) => low.set(output, pieces[i] as string))
      }
      const sizes = node.outputs.map(() => 1)
      const pieces = split(low, low.last(value), sizes, axis)
      node.outputs.forEach((output, i) => low.set(output, low.reshape(pieces[i] as string, low.reshapeTarget(output))))
    },
  ],
  [
    'Tile',
    (node, low) => {
      const x = inputOf(node, 'x')
      low.set(outputOf(node), low.op('Tile', [low.last(x), low.int64(node.attrs.reps as number[])]))
    },
  ],
  ['GatherV2', gather],
  [
    'GatherNd',
    (node, low) => {
      const indices = low.cast(low.last(inputOf(node, 'indices')), 'int64')
      low.set(outputOf(node), low.op('GatherND', [low.last(inputOf(node, 'params')), indices]))
    },
  ],
  [
    'ScatterNd',
    (node, low) => {
      const indices = low.cast(low.last(inputOf(node, 'indices')), 'int64')
      const { shape, dtype } = low.type(outputOf(node))
      const zeros = low.op('Expand', [low.scalar(0, dtype), low.int64(shape)])
      low.set(
        outputOf(node),
        low.op('ScatterND', [zeros, indices, low.last(inputOf(node, 'updates'))], { reduction: 'add' }),
      )
    },
  ],
  [
    'UnsortedSegmentSum',
    (node, low) => {
      const ids = inputOf(node, 'segmentIds')
      const { shape, dtype } = low.type(outputOf(node))
      const count = low.scalar(shape[0] ?? 0, 'int32')
      // Rows of segments that do not exist go to one more row, which is cut off.
      const name = low.last(ids)
      const exists = low.op('And', [
        low.op('GreaterOrEqual', [name, low.scalar(0, 'int32')]),
        low.op('Less', [name, count]),
      ])
      const indices = low.reshape(low.cast(low.op('Where', [exists, name, count]), 'int64'), [...low.shape(ids), 1])
      const zeros = low.op('Expand', [low.scalar(0, dtype), low.int64([(shape[0] ?? 0) + 1, ...shape.slice(1)])])
      const sums = low.op('ScatterND', [zeros, indices, low.last(inputOf(node, 'x'))], { reduction: 'add' })
      low.set(outputOf(node), low.op('Slice', [sums, low.int64([0]), low.int64([shape[0] ?? 0]), low.int64([0])]))
    },
  ],
  [
    'OneHot',
    (node, low) => {
      // Not ONNX's OneHot, where an index below zero counts from the end; in TF.js it switches nothing on.
      const { dtype } = low.type(outputOf(node))
      const indices = inputOf(node, 'indices')
      const depth = Number(node.attrs.depth)
      const classes = low.tensor({
        shape: [depth],
        dtype: 'int32',
        values: Int32Array.from({ length: depth }, (_, i) => i),
      })
      const hot = low.op('Equal', [low.reshape(low.last(indices), [...low.reshapeTarget(indices), 1]), classes])
      const working = dtype === 'bool' ? 'int32' : dtype
      const [on, off] = [Number(node.attrs.onValue ?? 1), Number(node.attrs.offValue ?? 0)]
      const levels = low.op('Where', [hot, low.scalar(on, working), low.scalar(off, working)])
      low.set(outputOf(node), dtype === 'bool' ? low.cast(levels, 'bool') : levels)
    },
  ],
  [
    'Cumsum',
    (node, low) => {
      const x = inputOf(node, 'x')
      const attributes = { exclusive: node.attrs.exclusive ? 1 : 0, reverse: node.attrs.reverse ? 1 : 0 }
      low.set(outputOf(node), low.op('CumSum', [low.last(x), low.int64([axisOf(node, low.rank(x))])], attributes))
    },
  ],
  [
    'TopK',
    (node, low) => {
      const names = low.ops(
        'TopK',
        [low.last(inputOf(node, 'x')), low.int64([Number(node.attrs.k)])],
        { sorted: node.attrs.sorted === false ? 0 : 1 },
        2,
      )
      low.set(node.outputs[0] as number, names[0] as string)
      low.set(node.outputs[1] as number, low.cast(names[1] as string, 'int32'))
    },
  ],
])

function reshape(node: GraphNode, low: Lowering): void {
  const x = inputOf(node, node.kernel === 'Reshape' ? 'x' : 'input')
  low.set(outputOf(node), low.reshape(low.last(x), low.reshapeTarget(outputOf(node))))
}
