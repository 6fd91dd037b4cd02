import { tf } from '../tensorflow-js.ts'

type Pair = [tf.Tensor, tf.Tensor]

/** Sums a gradient over the axes along which its operand was broadcast. */
function sumTo(gradient: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const extra = gradient.rank - shape.length
  const axes = gradient.shape.flatMap((n, i) => (i < extra || (shape[i - extra] === 1 && n !== 1) ? [i] : []))
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, [...shape])
}

function broadcastPair(
  kernelName: string,
  gradients: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => { a: () => tf.Tensor; b: () => tf.Tensor },
): void {
  tf.registerGradient({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => {
      const [a, b] = saved as Pair
      const of = gradients(dy as tf.Tensor, a, b)
      return { a: () => sumTo(of.a(), a.shape), b: () => sumTo(of.b(), b.shape) }
    },
  })
}

function matMulGradient(): void {
  tf.registerGradient({
    kernelName: 'BatchMatMul',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, attrs) => {
      const [a, b] = saved as Pair
      const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean }
      const d = dy as tf.Tensor
      return {
        a: () => sumTo(transposeA ? tf.matMul(b, d, transposeB, true) : tf.matMul(d, b, false, !transposeB), a.shape),
        b: () => sumTo(transposeB ? tf.matMul(d, a, true, transposeA) : tf.matMul(a, d, !transposeA, false), b.shape),
      }
    },
  })
}

/** Filter [height, width, in, out] with zeros between its pixels, so that it acts as the dilated one does. */
function spreadFilter(filter: tf.Tensor4D, dilations: readonly [number, number]): tf.Tensor4D {
  const [height, width, channels, outputs] = filter.shape
  const [down, across] = dilations
  const rows = tf.pad(tf.reshape(filter, [height, 1, width, 1, channels * outputs]), [
    [0, 0],
    [0, down - 1],
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]) // [height, down, width, across, in·out]
  const size: [number, number] = [(height - 1) * down + 1, (width - 1) * across + 1]
  return tf.slice(
    tf.reshape(rows, [height * down, width * across, channels, outputs]),
    [0, 0, 0, 0],
    [...size, channels, outputs],
  ) as tf.Tensor4D
}

/** The pixels of a spread filter's gradient that belong to the filter. */
function gatherFilter(
  gradient: tf.Tensor4D,
  shape: readonly number[],
  dilations: readonly [number, number],
): tf.Tensor {
  const [height, width, channels, outputs] = shape as [number, number, number, number]
  const [down, across] = dilations
  const full = tf.pad(gradient, [
    [0, down - 1],
    [0, across - 1],
    [0, 0],
    [0, 0],
  ])
  const split = tf.reshape(full, [height, down, width, across, channels * outputs])
  return tf.reshape(tf.slice(split, [0, 0, 0, 0, 0], [height, 1, width, 1, channels * outputs]), [...shape])
}

interface ConvolutionAttributes {
  readonly strides: number | [number, number]
  readonly pad: 'same' | 'valid'
  readonly dataFormat: 'NHWC' | 'NCHW'
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
  readonly dilations: number | [number, number] | null
}

function dilationPair(dilations: number | [number, number] | null): [number, number] {
  return typeof dilations === 'number' ? [dilations, dilations] : (dilations ?? [1, 1])
}

/** Convolutions: as in TF.js, and through a filter with zeros where it is dilated, which TF.js refuses. */
function convolutionGradients(): void {
  for (const depthwise of [false, true]) {
    const [backInput, backFilter] = depthwise
      ? ['DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter']
      : ['Conv2DBackpropInput', 'Conv2DBackpropFilter']
    tf.registerGradient({
      kernelName: depthwise ? 'DepthwiseConv2dNative' : 'Conv2D',
      inputsToSave: ['x', 'filter'],
      gradFunc: (dy, saved, attrs) => {
        const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D]
        const { strides, pad, dataFormat, dimRoundingMode, dilations } = attrs as unknown as ConvolutionAttributes
        const pair = dilationPair(dilations)
        const dilated = pair.some((d) => d > 1)
        const shared = {
          strides,
          pad,
          dimRoundingMode,
          ...(depthwise ? { dilations: [1, 1] } : { dataFormat }),
        }
        const run = (kernel: string, inputs: object, extra: object): tf.Tensor =>
          tf
            .engine()
            .runKernel(kernel, inputs as tf.NamedTensorMap, { ...shared, ...extra } as unknown as tf.NamedAttrMap)
        return {
          x: () =>
            run(
              backInput as string,
              { dy: dy as tf.Tensor, filter: dilated ? spreadFilter(filter, pair) : filter },
              { inputShape: x.shape },
            ),
          filter: () => {
            const filterShape = dilated
              ? [...pair.map((d, i) => ((filter.shape[i] as number) - 1) * d + 1), ...filter.shape.slice(2)]
              : filter.shape
            const gradient = run(backFilter as string, { x, dy: dy as tf.Tensor }, { filterShape })
            return dilated ? gatherFilter(gradient as tf.Tensor4D, filter.shape, pair) : gradient
          },
        }
      },
    })
  }
}

/** Comparisons and logic change in steps, so nothing flows back through them. TF.js says so of GreaterEqual only. */
function stepGradients(): void {
  const zeroFor = (kernelName: string, names: readonly string[]): void =>
    tf.registerGradient({
      kernelName,
      inputsToSave: [...names],
      gradFunc: (_dy, saved) =>
        Object.fromEntries(names.map((name, i) => [name, () => tf.zeros((saved[i] as tf.Tensor).shape)])),
    })
  for (const kernel of ['Equal', 'NotEqual', 'Greater', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr'])
    zeroFor(kernel, ['a', 'b'])
  for (const kernel of ['LogicalNot', 'Any', 'All']) zeroFor(kernel, ['x'])
}

/** A transposed convolution over volumes is linear in both operands, like the flat one, whose gradient TF.js has. */
function volumeGradient(): void {
  tf.registerGradient({
    kernelName: 'Conv3DBackpropInputV2',
    inputsToSave: ['dy', 'filter'],
    gradFunc: (ddx, saved, attrs) => {
      const [dy, filter] = saved as [tf.Tensor5D, tf.Tensor5D]
      const { strides, pad } = attrs as unknown as { strides: [number, number, number]; pad: 'same' | 'valid' }
      const attributes = { strides, pad, filterShape: filter.shape } as unknown as tf.NamedAttrMap
      return {
        dy: () => tf.conv3d(ddx as tf.Tensor5D, filter, strides, pad),
        filter: () =>
          tf
            .engine()
            .runKernel(
              'Conv3DBackpropFilterV2',
              { x: ddx as tf.Tensor, dy } as unknown as tf.NamedTensorMap,
              attributes,
            ) as tf.Tensor,
      }
    },
  })
}

/**
 * Replaces gradients of TF.js 4.22 that are refused or wrong: Maximum, Minimum, SquaredDifference and matrix products
 * whose operands are broadcast (TF.js forgets to sum), running sums along other axes than the last (TF.js transposes
 * the gradient), dilated convolutions, transposed convolutions over volumes, and comparisons (TF.js
 * refuses them). They hold for every backend of the process.
 */
export function correctGradients(): void {
  const float = (condition: tf.Tensor): tf.Tensor => tf.cast(condition, 'float32')
  broadcastPair('Maximum', (dy, a, b) => ({
    a: () => tf.mul(dy, float(tf.greaterEqual(a, b))),
    b: () => tf.mul(dy, float(tf.less(a, b))),
  }))
  broadcastPair('Minimum', (dy, a, b) => ({
    a: () => tf.mul(dy, float(tf.lessEqual(a, b))),
    b: () => tf.mul(dy, float(tf.greater(a, b))),
  }))
  broadcastPair('SquaredDifference', (dy, a, b) => ({
    a: () => tf.mul(dy, tf.mul(tf.sub(a, b), 2)),
    b: () => tf.mul(dy, tf.mul(tf.sub(b, a), 2)),
  }))
  matMulGradient()
  tf.registerGradient({
    kernelName: 'Cumsum',
    gradFunc: (dy, _saved, attrs) => {
      const { axis, exclusive, reverse } = attrs as unknown as { axis: number; exclusive: boolean; reverse: boolean }
      return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) }
    },
  })
  convolutionGradients()
  volumeGradient()
  stepGradients()
}
