import { defined } from '../../../shared/base/assert.ts'
import type { GraphNode } from '../graph.ts'
import { sizeOf } from '../graph.ts'
import { poolingGeometry, type WindowGeometry } from '../trace/infer-convolution.ts'
import { asCall } from './lower-array.ts'
import { emitSpreadConvolution, outputPadding, padFirst, positions, windowPixels } from './lower-convolution.ts'
import { inputOf, optionalInput, outputOf, permute, toFirst, type LowerKernel, type Lowering } from './lowering.ts'

const poolAttributes = (g: WindowGeometry): { [name: string]: readonly number[] } => ({
  kernel_shape: g.kernel,
  strides: g.strides,
  pads: [...g.padBefore, ...g.padAfter],
})

const averagePool: LowerKernel = (node, low) => {
  const x = inputOf(node, 'x')
  const g = poolingGeometry(asCall(node, low), low.shape(x))
  low.set(outputOf(node), low.op('AveragePool', [low.first(x)], poolAttributes(g)), 'first')
}

/** Where a gradient follows, the places of the largest pixels are kept for it; looking for them twice costs more. */
const maxPool: LowerKernel = (node, low) => {
  const [x, output] = [inputOf(node, 'x'), outputOf(node)]
  const attributes = poolAttributes(poolingGeometry(asCall(node, low), low.shape(x)))
  const isForGradient = (other: GraphNode): boolean =>
    other.kernel.endsWith('PoolGrad') || other.kernel.endsWith('Pool3DGrad')
      ? other.inputs.some((i) => i.name === 'output' && i.value === output)
      : false
  if (low.forWebGpu || !low.graph.nodes.some(isForGradient))
    return low.set(output, low.op('MaxPool', [low.first(x)], attributes), 'first')
  const [largest, places] = low.ops('MaxPool', [low.first(x)], attributes, 2) as [string, string]
  low.places.set(output, places)
  low.set(output, largest, 'first')
}

/** Geometry of a pooling gradient. TF.js does not hand the rounding mode on to it, so the gradient's size tells. */
function gradientGeometry(node: GraphNode, low: Lowering): WindowGeometry {
  const [xShape, dyShape] = [low.shape(inputOf(node, 'input')), low.shape(inputOf(node, 'dy'))]
  const call = asCall(node, low)
  const candidates = [undefined, 'floor', 'round', 'ceil'].map((rounding) =>
    rounding === undefined ? call : { ...call, attrs: { ...call.attrs, dimRoundingMode: rounding } },
  )
  const fitting = candidates
    .map((candidate) => poolingGeometry(candidate, xShape))
    .find((g) => g.outputShape.every((n, i) => n === dyShape[i]))
  return defined(fitting, 'the gradient has the size of some rounding of the pooled size')
}

/** The gradient goes to the first largest pixel of each window, which MaxPool's second output names. */
const maxPoolGradient: LowerKernel = (node, low) => {
  const [x, dy] = [inputOf(node, 'input'), inputOf(node, 'dy')]
  const g = gradientGeometry(node, low)
  if (low.forWebGpu) return low.set(outputOf(node), maxPoolByComparison(low, x, dy, g), 'first')
  const output = optionalInput(node, 'output')
  const known = output === undefined ? undefined : low.places.get(output)
  const places = known ?? (low.ops('MaxPool', [low.first(x)], poolAttributes(g), 2)[1] as string)
  const shape = permute(low.shape(x), toFirst(low.rank(x)))
  // Windows that share no pixel: each pixel is written at most once. Measured five times faster than adding up.
  if (g.kernel.every((k, i) => k <= (g.strides[i] as number))) {
    const spread = low.op('MaxUnpool', [low.first(dy), places, low.int64(shape)], poolAttributes(g))
    return low.set(outputOf(node), spread, 'first')
  }
  const zeros = low.op('Expand', [low.scalar(0), low.int64([sizeOf(shape)])])
  const flat = low.op('ScatterElements', [zeros, low.reshape(places, [-1]), low.reshape(low.first(dy), [-1])], {
    axis: 0,
    reduction: 'add',
  })
  low.set(outputOf(node), low.reshape(flat, shape), 'first')
}

/**
 * The same without MaxPool's second output, which the WebGPU provider lacks: every place of the window is compared with
 * the maximum, the first equal one takes the gradient, and a convolution with single ones puts the places back.
 */
function maxPoolByComparison(low: Lowering, x: number, dy: number, g: WindowGeometry): string {
  const [batch, channels] = [low.shape(x)[0] as number, low.shape(x).at(-1) as number]
  const largest = low.op('MaxPool', [low.first(x)], poolAttributes(g))
  const padded = padFirst(low, x, g, -3.4e38)
  const places = positions(g.kernel)
  let open: string | undefined // Windows whose largest pixel was not met yet.
  const shares = places.map((place) => {
    const equal = low.op('Equal', [windowPixels(low, padded.name, padded.shape, g, place), largest])
    const takes = open === undefined ? equal : low.op('And', [equal, open])
    open = open === undefined ? low.op('Not', [equal]) : low.op('And', [open, low.op('Not', [equal])])
    const share = low.op('Where', [takes, low.first(dy), low.scalar(0)])
    return low.reshape(share, [batch * channels, 1, ...g.outputSize])
  })
  const columns = shares.length === 1 ? (shares[0] as string) : low.op('Concat', shares, { axis: 1 })
  const values = new Float32Array(places.length ** 2)
  const flat = g.kernel.length === 2
  // Output of ConvTranspose: place i of the window comes from channel i; the ordinary convolution has it turned.
  places.forEach((_, i) => (values[i * places.length + (flat ? i : places.length - 1 - i)] = 1))
  const shape = [batch, channels, ...g.inputSize]
  if (!flat) {
    const turned = low.tensor({ shape: [1, places.length, ...g.kernel], dtype: 'float32', values })
    const gathered = emitSpreadConvolution(low, columns, [batch * channels, places.length, ...g.outputSize], turned, g)
    return low.reshape(gathered, shape)
  }
  const single = low.tensor({ shape: [places.length, 1, ...g.kernel], dtype: 'float32', values })
  const attributes = { ...poolAttributes(g), output_padding: outputPadding(g), group: 1 }
  return low.reshape(low.op('ConvTranspose', [columns, single], attributes), shape)
}

/** How many pixels inside the image each window covers, as [1, 1, ...output size]. */
function coverage(g: WindowGeometry): Float32Array {
  const along = g.kernel.map((k, axis) =>
    Array.from({ length: g.outputSize[axis] as number }, (_, i) => {
      const start = i * (g.strides[axis] as number) - (g.padBefore[axis] as number)
      return Math.min(start + k, g.inputSize[axis] as number) - Math.max(start, 0)
    }),
  )
  return Float32Array.from(
    along.reduce<number[]>((counts, lengths) => counts.flatMap((c) => lengths.map((l) => c * l)), [1]),
  )
}

/**
 * Each pixel receives its share of every window that covers it. Pixels outside the image are not counted, as in the
 * forward pass; TF.js's own CPU kernel divides by the whole window even there, which is not the gradient.
 */
const averagePoolGradient: LowerKernel = (node, low) => {
  const [x, dy] = [inputOf(node, 'input'), inputOf(node, 'dy')]
  const g = gradientGeometry(node, low)
  const channels = low.shape(x).at(-1) as number
  const counts = low.tensor({ shape: [1, 1, ...g.outputSize], dtype: 'float32', values: coverage(g) })
  const share = low.op('Div', [low.first(dy), counts])
  if (low.forWebGpu && g.kernel.length === 3) {
    const [batch, length] = [low.shape(x)[0] as number, sizeOf(g.kernel)]
    const ones = low.tensor({ shape: [1, 1, ...g.kernel], dtype: 'float32', values: new Float32Array(length).fill(1) })
    const shape = [batch * channels, 1, ...g.outputSize]
    const sums = emitSpreadConvolution(low, low.reshape(share, shape), shape, ones, g)
    return low.set(outputOf(node), low.reshape(sums, [batch, channels, ...g.inputSize]), 'first')
  }
  const ones = low.tensor({
    shape: [channels, 1, ...g.kernel],
    dtype: 'float32',
    values: new Float32Array(channels * sizeOf(g.kernel)).fill(1),
  })
  const spread = low.op('ConvTranspose', [share, ones], {
    ...poolAttributes(g),
    output_padding: outputPadding(g),
    group: channels,
  })
  low.set(outputOf(node), spread, 'first')
}

/** Weight of each source pixel in each target pixel along one axis, [target, source]. */
export function resizeMatrix(
  source: number,
  target: number,
  method: 'linear' | 'nearest',
  alignCorners: boolean,
  halfPixelCenters: boolean,
): Float32Array {
  const scale = alignCorners && target > 1 ? (source - 1) / (target - 1) : source / target
  const matrix = new Float32Array(target * source)
  for (let i = 0; i < target; i++) {
    if (method === 'nearest') {
      const position = halfPixelCenters ? (i + 0.5) * scale : i * scale
      const pixel = Math.min(source - 1, Math.max(0, alignCorners ? Math.round(position) : Math.floor(position)))
      matrix[i * source + pixel] = 1
      continue
    }
    const position = Math.max(0, halfPixelCenters ? (i + 0.5) * scale - 0.5 : i * scale)
    const lower = Math.min(source - 1, Math.floor(position))
    const upper = Math.min(source - 1, lower + 1)
    const fraction = Math.min(1, position - lower)
    matrix[i * source + lower] = (matrix[i * source + lower] ?? 0) + 1 - fraction
    matrix[i * source + upper] = (matrix[i * source + upper] ?? 0) + fraction
  }
  return matrix
}

/** Resizing is linear: rows and columns are two matrix products, and the gradient is their transposition. */
const resize =
  (method: 'linear' | 'nearest', gradient: boolean): LowerKernel =>
  (node, low) => {
    const small = low.shape(inputOf(node, 'images'))
    const large = gradient ? low.shape(inputOf(node, 'dy')) : low.shape(outputOf(node))
    const [align, half] = [Boolean(node.attrs.alignCorners), Boolean(node.attrs.halfPixelCenters)]
    const matrix = (axis: 1 | 2): { shape: [number, number]; values: Float32Array } => {
      const [from, to] = [small[axis] as number, large[axis] as number]
      return { shape: [to, from], values: resizeMatrix(from, to, method, align, half) }
    }
    const constant = (m: { shape: [number, number]; values: Float32Array }, turned: boolean): string => {
      const [rows, columns] = m.shape
      const values = turned
        ? Float32Array.from(m.values, (_, i) => m.values[(i % rows) * columns + Math.floor(i / rows)] ?? 0)
        : m.values
      return low.tensor({ shape: turned ? [columns, rows] : [rows, columns], dtype: 'float32', values })
    }
    const source = low.first(inputOf(node, gradient ? 'dy' : 'images'))
    const rows = low.op('MatMul', [constant(matrix(1), gradient), source])
    low.set(outputOf(node), low.op('MatMul', [rows, constant(matrix(2), !gradient)]), 'first')
  }

const batchNormalisation: LowerKernel = (node, low) => {
  const x = inputOf(node, 'x')
  const rank = low.rank(x)
  const layout = low.bestLayout([x], rank)
  const operand = (name: string): string | undefined => {
    const value = node.inputs.find((input) => input.name === name)?.value
    return value === undefined ? undefined : low.operand(value, rank, layout)
  }
  const deviation = low.op('Sqrt', [
    low.op('Add', [operand('variance') as string, low.scalar(Number(node.attrs.varianceEpsilon ?? 0.001))]),
  ])
  const scale = operand('scale')
  const offset = operand('offset')
  const factor = scale === undefined ? low.op('Reciprocal', [deviation]) : low.op('Div', [scale, deviation])
  const scaled = low.op('Mul', [low.op('Sub', [low.at(x, layout), operand('mean') as string]), factor])
  low.set(outputOf(node), offset === undefined ? scaled : low.op('Add', [scaled, offset]), layout)
}

/** Pooling, resizing and batch normalisation, with their gradients. */
export const poolingKernels: ReadonlyMap<string, LowerKernel> = new Map<string, LowerKernel>([
  ['MaxPool', maxPool],
  ['MaxPool3D', maxPool],
  ['AvgPool', averagePool],
  ['AvgPool3D', averagePool],
  ['MaxPoolGrad', maxPoolGradient],
  ['MaxPool3DGrad', maxPoolGradient],
  ['AvgPoolGrad', averagePoolGradient],
  ['AvgPool3DGrad', averagePoolGradient],
  ['ResizeBilinear', resize('linear', false)],
  ['ResizeNearestNeighbor', resize('nearest', false)],
  ['ResizeBilinearGrad', resize('linear', true)],
  ['ResizeNearestNeighborGrad', resize('nearest', true)],
  ['FusedBatchNorm', batchNormalisation],
])
