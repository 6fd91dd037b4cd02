import type { GraphNode } from '../graph.ts'
import { sizeOf } from '../graph.ts'
import { convolutionGeometry, type WindowGeometry } from '../trace/infer-convolution.ts'
import { asCall, emitSlice } from './lower-array.ts'
import { emitActivation } from './lower-elementwise.ts'
import {
  inputOf,
  optionalInput,
  outputOf,
  permute,
  textAttribute,
  toFirst,
  type LowerKernel,
  type Lowering,
} from './lowering.ts'

const isDepthwise = (node: GraphNode): boolean => node.kernel.includes('epthwise')
const pointwise = (g: WindowGeometry): boolean =>
  [...g.kernel, ...g.strides].every((n) => n === 1) && [...g.padBefore, ...g.padAfter].every((n) => n === 0)

/** ONNX attributes of a window that slides over the pixel axes. */
export function windowAttributes(g: WindowGeometry): { [name: string]: readonly number[] } {
  return { strides: g.strides, dilations: g.dilations, pads: [...g.padBefore, ...g.padAfter], kernel_shape: g.kernel }
}

/** Filter [...kernel, in, out] as ONNX has it: [out, in, ...kernel], or [in·multiplier, 1, ...kernel] for depthwise. */
function filterFirst(low: Lowering, filter: number, depthwise: boolean): string {
  const shape = low.shape(filter)
  const rank = shape.length
  const kernelAxes = Array.from({ length: rank - 2 }, (_, i) => i)
  const [channels, multiplier] = [shape[rank - 2] as number, shape[rank - 1] as number]
  if (!depthwise) {
    const single = sizeOf(shape.slice(0, -2)) === 1
    if (single)
      return low.reshape(low.transpose(low.last(filter), [...kernelAxes, rank - 1, rank - 2]), [
        multiplier,
        channels,
        ...kernelAxes.map(() => 1),
      ])
    return low.transpose(low.last(filter), [rank - 1, rank - 2, ...kernelAxes])
  }
  const moved = low.transpose(low.last(filter), [rank - 2, rank - 1, ...kernelAxes])
  return low.reshape(moved, [channels * multiplier, 1, ...shape.slice(0, -2)])
}

const convolution: LowerKernel = (node, low) => {
  const [x, filter] = [inputOf(node, 'x'), inputOf(node, 'filter')]
  const depthwise = isDepthwise(node)
  const geometry = convolutionGeometry(asCall(node, low), low.shape(x), low.shape(filter), depthwise)
  const bias = optionalInput(node, 'bias')
  const inputs = [low.first(x), filterFirst(low, filter, depthwise)]
  if (bias !== undefined) inputs.push(low.last(bias))
  const group = depthwise ? (low.shape(x).at(-1) as number) : 1
  const result = low.op('Conv', inputs, { ...windowAttributes(geometry), group })
  const slope = optionalInput(node, 'preluActivationWeights')
  const alpha = slope === undefined ? undefined : low.operand(slope, low.rank(outputOf(node)), 'first')
  const activation = textAttribute(node, 'activation', 'linear')
  low.set(
    outputOf(node),
    emitActivation(low, result, activation, Number(node.attrs.leakyreluAlpha ?? 0), alpha),
    'first',
  )
}

/** Gradient with respect to the input: the transposed convolution; with stride 1 a convolution with the turned filter. */
const inputGradient: LowerKernel = (node, low) => {
  const [dy, filter] = [inputOf(node, 'dy'), inputOf(node, 'filter')]
  const depthwise = isDepthwise(node)
  const xShape = low.shape(outputOf(node))
  const g = convolutionGeometry(asCall(node, low), xShape, low.shape(filter), depthwise)
  const span = g.kernel.map((k, i) => (k - 1) * (g.dilations[i] as number))
  if (!depthwise && g.strides.every((s) => s === 1)) {
    const name = turnedFilter(low, filter)
    const pads = [
      ...span.map((s, i) => s - (g.padBefore[i] as number)),
      ...span.map((s, i) => s - (g.padAfter[i] as number)),
    ]
    if (pads.every((p) => p >= 0)) {
      const attributes = { strides: g.strides, dilations: g.dilations, kernel_shape: g.kernel, pads, group: 1 }
      return low.set(outputOf(node), low.op('Conv', [low.first(dy), name], attributes), 'first')
    }
  }
  if (low.forWebGpu && !depthwise && g.kernel.length === 3) {
    const dyShape = permute(low.shape(dy), toFirst(5))
    return low.set(
      outputOf(node),
      emitSpreadConvolution(low, low.first(dy), dyShape, turnedFilter(low, filter), g),
      'first',
    )
  }
  if (low.forWebGpu && depthwise && (low.shape(filter).at(-1) as number) > 1)
    return low.set(outputOf(node), depthwiseInputGradient(low, dy, filter, g), 'first')
  const attributes = {
    ...windowAttributes(g),
    output_padding: outputPadding(g),
    group: depthwise ? (xShape.at(-1) as number) : 1,
  }
  low.set(
    outputOf(node),
    low.op('ConvTranspose', [low.first(dy), filterFirst(low, filter, depthwise)], attributes),
    'first',
  )
}

/** Pixels to add behind the result of a transposed convolution so that it is as large as the input was. */
export function outputPadding(g: WindowGeometry): number[] {
  return g.inputSize.map((n, i) => {
    const span = ((g.kernel[i] as number) - 1) * (g.dilations[i] as number)
    const reached = ((g.outputSize[i] as number) - 1) * (g.strides[i] as number) + span + 1
    return n - (reached - (g.padBefore[i] as number) - (g.padAfter[i] as number))
  })
}

/** One transposed convolution per multiplier: the WebGPU provider errs where a group has several channels. */
function depthwiseInputGradient(low: Lowering, dy: number, filter: number, g: WindowGeometry): string {
  const [height, width, channels, multiplier] = low.shape(filter) as [number, number, number, number]
  const batch = low.shape(dy)[0] as number
  const gradient = low.reshape(low.first(dy), [batch, channels, multiplier, ...g.outputSize])
  const pick = (name: string, axis: number, at: number): string =>
    low.op('Slice', [name, low.int64([at]), low.int64([at + 1]), low.int64([axis])])
  const parts = Array.from({ length: multiplier }, (_, i) => {
    const part = low.reshape(pick(gradient, 2, i), [batch, channels, ...g.outputSize])
    const weights = low.reshape(low.transpose(pick(low.last(filter), 3, i), [2, 3, 0, 1]), [channels, 1, height, width])
    const attributes = { ...windowAttributes(g), output_padding: outputPadding(g), group: channels }
    return low.op('ConvTranspose', [part, weights], attributes)
  })
  return parts.reduce((sum, part) => low.op('Add', [sum, part]))
}

/**
 * Transposed convolution without ConvTranspose, which the WebGPU provider has for flat images only: zeros between the
 * pixels, then an ordinary convolution.
 * @param shape of the values, [batch, channels, ...output size of the window]
 * @param turned filter [out, channels, ...kernel], turned by half a circle
 */
export function emitSpreadConvolution(
  low: Lowering,
  name: string,
  shape: readonly number[],
  turned: string,
  g: WindowGeometry,
): string {
  const current = [...shape]
  let spread = name
  g.strides.forEach((stride, i) => {
    const axis = i + 2
    const length = current[axis] as number
    if (stride === 1 || length === 1) return
    const [before, behind] = [sizeOf(current.slice(0, axis)), sizeOf(current.slice(axis + 1))]
    const apart = low.op('Pad', [
      low.reshape(spread, [before, length, 1, behind]),
      low.int64([0, 0, 0, 0, 0, 0, stride - 1, 0]),
      low.scalar(0),
    ]) // [before, length, stride, behind]
    current[axis] = length * stride
    const whole = low.reshape(apart, current)
    const size = [...current]
    size[axis] = (length - 1) * stride + 1
    spread = emitSlice(low, whole, current, new Array<number>(current.length).fill(0), size)
    current[axis] = size[axis]
  })
  const span = g.kernel.map((k, i) => (k - 1) * (g.dilations[i] as number))
  const before = span.map((s, i) => s - (g.padBefore[i] as number))
  const after = g.inputSize.map((n, i) => n - (current[i + 2] as number) + (g.padBefore[i] as number))
  const ones = g.kernel.map(() => 1)
  return low.op('Conv', [spread, turned], {
    strides: ones,
    dilations: g.dilations,
    kernel_shape: g.kernel,
    pads: [...before, ...after],
    group: 1,
  })
}

/** Filter turned by half a circle with in and out swapped: [in, out, ...kernel reversed]. */
function turnedFilter(low: Lowering, filter: number): string {
  const shape = low.shape(filter)
  const rank = shape.length
  const kernelAxes = Array.from({ length: rank - 2 }, (_, i) => i)
  const reversed = kernelAxes.filter((axis) => (shape[axis] as number) > 1)
  const all = (n: number): string => low.int64(reversed.map(() => n))
  const turned =
    reversed.length === 0
      ? low.last(filter)
      : low.op('Slice', [low.last(filter), all(-1), all(-2147483648), low.int64(reversed), all(-1)])
  return low.transpose(turned, [rank - 2, rank - 1, ...kernelAxes])
}

/** All positions of a window in row-major order. */
export function positions(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (list, length) => list.flatMap((p) => Array.from({ length }, (_, i) => [...p, i])),
    [[]],
  )
}

/** The pixels that one position of the window meets, as [batch, channels, ...output size]. */
export function windowPixels(
  low: Lowering,
  padded: string,
  paddedShape: readonly number[],
  g: WindowGeometry,
  position: readonly number[],
): string {
  const begin = [0, 0, ...position.map((p, i) => p * (g.dilations[i] as number))]
  const steps = [1, 1, ...g.strides]
  const size = [
    paddedShape[0] as number,
    paddedShape[1] as number,
    ...g.outputSize.map((n, i) => (n - 1) * (g.strides[i] as number) + 1),
  ]
  return emitSlice(low, padded, paddedShape, begin, size, steps)
}

/** The image with its padding, channels first, and its shape. */
export function padFirst(low: Lowering, x: number, g: WindowGeometry, value = 0): { name: string; shape: number[] } {
  const [batch, channels] = [low.shape(x)[0] as number, low.shape(x).at(-1) as number]
  // Pixels that no window reaches are cut by the slices; too few on the far side are padded there.
  const reach = g.outputSize.map(
    (n, i) => (n - 1) * (g.strides[i] as number) + ((g.kernel[i] as number) - 1) * (g.dilations[i] as number) + 1,
  )
  const after = reach.map((r, i) => Math.max(0, r - (g.inputSize[i] as number) - (g.padBefore[i] as number)))
  const shape = [batch, channels, ...g.inputSize.map((n, i) => n + (g.padBefore[i] as number) + (after[i] as number))]
  const needed = [...g.padBefore, ...after].some((p) => p > 0)
  const amounts = [0, 0, ...g.padBefore, 0, 0, ...after]
  return { name: needed ? low.op('Pad', [low.first(x), low.int64(amounts), low.scalar(value)]) : low.first(x), shape }
}

/**
 * Gradient with respect to the filter: the window's pixels as columns (im2col), multiplied with the output gradient,
 * image by image, and summed. Measured three times faster than a convolution with a filter the size of the image.
 */
const filterGradient: LowerKernel = (node, low) => {
  const [x, dy] = [inputOf(node, 'x'), inputOf(node, 'dy')]
  const filterShape = low.shape(outputOf(node))
  const g = convolutionGeometry(asCall(node, low), low.shape(x), filterShape)
  const [batch, channels, outputs] = [
    low.shape(x)[0] as number,
    low.shape(x).at(-1) as number,
    low.shape(dy).at(-1) as number,
  ]
  const pixels = sizeOf(g.outputSize)
  let columns = low.first(x)
  if (!pointwise(g)) {
    const padded = padFirst(low, x, g)
    columns = low.op(
      'Concat',
      positions(g.kernel).map((p) => windowPixels(low, padded.name, padded.shape, g, p)),
      { axis: 1 },
    )
  }
  const rows = sizeOf(g.kernel) * channels
  const left = low.reshape(columns, [batch, rows, pixels])
  const right = low.transpose(low.reshape(low.first(dy), [batch, outputs, pixels]), [0, 2, 1])
  const perImage = low.op('MatMul', [left, right]) // [batch, kernel·in, out]
  low.set(outputOf(node), low.reshape(low.op('ReduceSum', [perImage, low.int64([0])], { keepdims: 0 }), filterShape))
}

const depthwiseFilterGradient: LowerKernel = (node, low) => {
  const [x, dy] = [inputOf(node, 'x'), inputOf(node, 'dy')]
  const filterShape = low.shape(outputOf(node))
  const g = convolutionGeometry(asCall(node, low), low.shape(x), filterShape, true)
  const [channels, multiplier] = filterShape.slice(-2) as [number, number]
  const batch = low.shape(x)[0] as number
  const padded = padFirst(low, x, g)
  const gradient = low.reshape(low.first(dy), [batch, channels, multiplier, ...g.outputSize])
  const sums = positions(g.kernel).map((p) => {
    const pixels = low.reshape(windowPixels(low, padded.name, padded.shape, g, p), [
      batch,
      channels,
      1,
      ...g.outputSize,
    ])
    const product = low.op('Mul', [pixels, gradient])
    const sum = low.op('ReduceSum', [product, low.int64([0, ...g.outputSize.map((_, i) => i + 3)])], { keepdims: 0 })
    return low.reshape(sum, [1, channels, multiplier])
  })
  low.set(
    outputOf(node),
    low.reshape(sums.length === 1 ? (sums[0] as string) : low.op('Concat', sums, { axis: 0 }), filterShape),
  )
}

/** Convolutions in two and three dimensions, depthwise ones, and their gradients. */
export const convolutionKernels: ReadonlyMap<string, LowerKernel> = new Map<string, LowerKernel>([
  ['Conv2D', convolution],
  ['FusedConv2D', convolution],
  ['Conv3D', convolution],
  ['DepthwiseConv2dNative', convolution],
  ['FusedDepthwiseConv2D', convolution],
  ['Conv2DBackpropInput', inputGradient],
  ['Conv3DBackpropInputV2', inputGradient],
  ['DepthwiseConv2dNativeBackpropInput', inputGradient],
  ['Conv2DBackpropFilter', filterGradient],
  ['Conv3DBackpropFilterV2', filterGradient],
  ['DepthwiseConv2dNativeBackpropFilter', depthwiseFilterGradient],
])
