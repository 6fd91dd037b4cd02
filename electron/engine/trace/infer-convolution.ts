import { tf } from '../tensorflow-js.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { ValueType } from '../graph.ts'
import { attr, input, type InferTypes, type KernelCall } from './infer.ts'

/** Geometry of a convolution or pooling over two or three spatial axes, in the order of those axes. */
export interface WindowGeometry {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padBefore: readonly number[]
  readonly padAfter: readonly number[]
  /** Spatial lengths of the larger (input) and of the smaller (output) side. */
  readonly inputSize: readonly number[]
  readonly outputSize: readonly number[]
  /** Full shape of the output, channels last. */
  readonly outputShape: readonly number[]
}

type Pad2d = Parameters<typeof tf.backend_util.computeConv2DInfo>[4]
type Rank4 = [number, number, number, number]
type Rank5 = [number, number, number, number, number]

function requireChannelsLast(call: KernelCall): void {
  const format = call.attrs.dataFormat
  if (format === undefined || format === null || format === 'NHWC' || format === 'NDHWC' || format === 'channelsLast')
    return
  throw new AppError(
    'engine/unsupported',
    `${call.kernel} with dataFormat ${JSON.stringify(format)} is not compiled; use channels last.`,
  )
}

/**
 * Padding behind the image that makes the windows fit exactly. TF.js states it for rounding down only; rounding up
 * (`dimRoundingMode: 'ceil'`) lets the last window reach further, and often the last pixels of a stated padding are
 * met by no window.
 */
function fitPadding(g: WindowGeometry): WindowGeometry {
  const padAfter = g.inputSize.map((length, i) => {
    const [out, stride, kernel] = [g.outputSize[i] ?? 1, g.strides[i] ?? 1, g.kernel[i] ?? 1]
    const reach = (out - 1) * stride + (kernel - 1) * (g.dilations[i] ?? 1) + 1
    return Math.max(0, reach - length - (g.padBefore[i] ?? 0))
  })
  return { ...g, padAfter }
}

function geometry2d(info: tf.backend_util.Conv2DInfo): WindowGeometry {
  const { top, bottom, left, right } = info.padInfo
  return fitPadding({
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    padBefore: [top, left],
    padAfter: [bottom, right],
    inputSize: [info.inHeight, info.inWidth],
    outputSize: [info.outHeight, info.outWidth],
    outputShape: info.outShape,
  })
}

function geometry3d(info: tf.backend_util.Conv3DInfo): WindowGeometry {
  const { front, back, top, bottom, left, right } = info.padInfo
  return fitPadding({
    kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    padBefore: [front, top, left],
    padAfter: [back, bottom, right],
    inputSize: [info.inDepth, info.inHeight, info.inWidth],
    outputSize: [info.outDepth, info.outHeight, info.outWidth],
    outputShape: info.outShape,
  })
}

/** Geometry of a convolution call, given the shapes of its larger side and of its filter. */
export function convolutionGeometry(
  call: KernelCall,
  xShape: readonly number[],
  filterShape: readonly number[],
  depthwise = false,
): WindowGeometry {
  requireChannelsLast(call)
  const strides = attr<number | number[]>(call, 'strides')
  const dilations = attr<number | number[] | null>(call, 'dilations') ?? 1
  if (xShape.length === 5) {
    return geometry3d(
      tf.backend_util.computeConv3DInfo(
        [...xShape] as Rank5,
        [...filterShape] as Rank5,
        strides as number,
        dilations as number,
        attr<'same' | 'valid'>(call, 'pad'),
      ),
    )
  }
  return geometry2d(
    tf.backend_util.computeConv2DInfo(
      [...xShape] as Rank4,
      [...filterShape] as Rank4,
      strides as number,
      dilations as number,
      attr<Pad2d>(call, 'pad'),
      attr<'floor'>(call, 'dimRoundingMode') ?? undefined,
      depthwise,
    ),
  )
}

/** Geometry of a pooling call, given the shape of its larger side. */
export function poolingGeometry(call: KernelCall, xShape: readonly number[]): WindowGeometry {
  requireChannelsLast(call)
  const [filterSize, strides] = [attr<number>(call, 'filterSize'), attr<number>(call, 'strides')]
  const rounding = attr<'floor'>(call, 'dimRoundingMode') ?? undefined
  if (xShape.length === 5)
    return geometry3d(
      tf.backend_util.computePool3DInfo(
        [...xShape] as Rank5,
        filterSize,
        strides,
        1,
        attr<'same' | 'valid'>(call, 'pad'),
        rounding,
      ),
    )
  return geometry2d(
    tf.backend_util.computePool2DInfo([...xShape] as Rank4, filterSize, strides, 1, attr<Pad2d>(call, 'pad'), rounding),
  )
}

const convolution =
  (depthwise: boolean): InferTypes =>
  (call) => ({
    shape: convolutionGeometry(call, input(call, 'x').shape, input(call, 'filter').shape, depthwise).outputShape,
    dtype: 'float32',
  })
const pooling: InferTypes = (call) => ({
  shape: poolingGeometry(call, input(call, 'x').shape).outputShape,
  dtype: 'float32',
})
const shapeFrom =
  (name: string): InferTypes =>
  (call): ValueType => ({ shape: attr<number[]>(call, name), dtype: 'float32' })
const likeInput =
  (name: string): InferTypes =>
  (call): ValueType => ({ shape: input(call, name).shape, dtype: 'float32' })
const resize: InferTypes = (call) => {
  const [batch, , , channels] = input(call, 'images').shape as Rank4
  const [height, width] = attr<[number, number]>(call, 'size')
  return { shape: [batch, height, width, channels], dtype: 'float32' }
}

/** Shape rules of convolutions, pooling, resizing and batch normalisation. */
export const convolutionTypes: ReadonlyMap<string, InferTypes> = new Map<string, InferTypes>([
  ['Conv2D', convolution(false)],
  ['FusedConv2D', convolution(false)],
  ['Conv3D', convolution(false)],
  ['DepthwiseConv2dNative', convolution(true)],
  ['FusedDepthwiseConv2D', convolution(true)],
  ['Conv2DBackpropInput', shapeFrom('inputShape')],
  ['Conv3DBackpropInputV2', shapeFrom('inputShape')],
  ['DepthwiseConv2dNativeBackpropInput', shapeFrom('inputShape')],
  ['Conv2DBackpropFilter', shapeFrom('filterShape')],
  ['Conv3DBackpropFilterV2', shapeFrom('filterShape')],
  ['DepthwiseConv2dNativeBackpropFilter', shapeFrom('filterShape')],
  ['MaxPool', pooling],
  ['AvgPool', pooling],
  ['MaxPool3D', pooling],
  ['AvgPool3D', pooling],
  ['MaxPoolGrad', likeInput('input')],
  ['AvgPoolGrad', likeInput('input')],
  ['MaxPool3DGrad', likeInput('input')],
  ['AvgPool3DGrad', likeInput('input')],
  ['ResizeBilinear', resize],
  ['ResizeNearestNeighbor', resize],
  ['ResizeBilinearGrad', likeInput('images')],
  ['ResizeNearestNeighborGrad', likeInput('images')],
  ['FusedBatchNorm', likeInput('x')],
])
