import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { exactly, floats } from '../random-tensor.ts'
import type { KernelRow, Tensors } from './kernel-row.ts'

type Pad2d = 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]]
interface Window2d {
  readonly x: readonly [number, number, number, number]
  readonly kernel: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly pad: Pad2d
  readonly dilations?: readonly [number, number]
  readonly rounding?: 'floor' | 'ceil'
}
const get = (inputs: Tensors, name: string): never => inputs[name] as never
const border: Pad2d = [
  [0, 0],
  [1, 2],
  [0, 1],
  [0, 0],
]

const windows2d: readonly Window2d[] = [
  { x: [2, 5, 7, 3], kernel: [3, 2], strides: [1, 1], pad: 'same' },
  { x: [2, 5, 7, 3], kernel: [3, 2], strides: [1, 1], pad: 'valid' },
  { x: [2, 7, 6, 3], kernel: [3, 3], strides: [2, 2], pad: 'same' },
  { x: [2, 8, 7, 3], kernel: [2, 3], strides: [2, 3], pad: 'valid' },
  { x: [1, 5, 4, 2], kernel: [1, 1], strides: [1, 1], pad: 'valid' },
  { x: [2, 5, 4, 2], kernel: [1, 1], strides: [2, 2], pad: 'valid' },
  { x: [2, 6, 5, 3], kernel: [3, 3], strides: [1, 1], pad: border },
  { x: [2, 6, 5, 3], kernel: [3, 3], strides: [2, 2], pad: 1, rounding: 'floor' },
  { x: [2, 6, 7, 2], kernel: [3, 3], strides: [2, 2], pad: 0, rounding: 'ceil' },
  { x: [2, 6, 7, 2], kernel: [3, 2], strides: [1, 1], pad: 'same', dilations: [2, 3] },
  { x: [2, 8, 7, 2], kernel: [3, 2], strides: [1, 1], pad: 'valid', dilations: [2, 1] },
  { x: [2, 4, 5, 3], kernel: [5, 6], strides: [1, 1], pad: 'same' },
  { x: [1, 1, 9, 2], kernel: [1, 4], strides: [1, 2], pad: 'same' },
]
const describe2d = (w: Window2d): string =>
  `${w.kernel.join('×')} over [${w.x.join(', ')}], stride ${w.strides.join('×')}, ${typeof w.pad === 'string' ? w.pad : `padding ${JSON.stringify(w.pad)}`}` +
  (w.dilations ? `, dilation ${w.dilations.join('×')}` : '') +
  (w.rounding ? `, ${w.rounding}` : '')

const dilated = (w: { readonly dilations?: readonly number[] }): boolean => (w.dilations ?? []).some((d) => d > 1)

function convolutions2d(): KernelRow[] {
  return windows2d.flatMap((w): KernelRow[] => {
    const [strides, dilations] = [[...w.strides] as [number, number], [...(w.dilations ?? [1, 1])] as [number, number]]
    const channels = w.x[3]
    const full = (i: Tensors): tf.Tensor =>
      tf.conv2d(get(i, 'x'), get(i, 'filter'), strides, w.pad as 'same', 'NHWC', dilations, w.rounding)
    const depthwise = (i: Tensors): tf.Tensor =>
      tf.depthwiseConv2d(get(i, 'x'), get(i, 'filter'), strides, w.pad as 'same', 'NHWC', dilations, w.rounding)
    const inputs = { x: floats(w.x), filter: floats([...w.kernel, channels, 4]) }
    const thin = { x: floats(w.x), filter: floats([...w.kernel, channels, 2]) }
    const title = describe2d(w)
    return [
      { kernel: 'Conv2D', covers: ['Conv2DBackpropInput', 'Conv2DBackpropFilter'], title, inputs, program: full },
      {
        kernel: 'DepthwiseConv2dNative',
        covers: ['DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'],
        title,
        inputs: thin,
        program: depthwise,
      },
    ]
  })
}

const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const

const fusedRows: KernelRow[] = activations.flatMap((activation): KernelRow[] =>
  (['FusedConv2D', 'FusedDepthwiseConv2D'] as const).map((kernel) => ({
    kernel,
    title: `with bias and ${activation}`,
    inputs: {
      x: floats([2, 5, 6, 3]),
      filter: floats([3, 2, 3, kernel === 'FusedConv2D' ? 4 : 2]),
      bias: floats([kernel === 'FusedConv2D' ? 4 : 6]),
      slope: floats([1, 1, kernel === 'FusedConv2D' ? 4 : 6], 0.1, 0.5),
    },
    program: (i) => {
      const options = {
        x: get(i, 'x'),
        filter: get(i, 'filter'),
        strides: [1, 1] as [number, number],
        pad: 'same' as const,
        bias: get(i, 'bias'),
        activation,
        leakyreluAlpha: 0.2,
        ...(activation === 'prelu' ? { preluActivationWeights: get(i, 'slope') } : {}),
      }
      return kernel === 'FusedConv2D' ? tf.fused.conv2d(options) : tf.fused.depthwiseConv2d(options)
    },
    gradient: false,
    sandwich: true,
  })),
)

const volumes = [
  { x: [2, 4, 5, 6, 2], kernel: [2, 3, 2], strides: [1, 1, 1], pad: 'same' },
  { x: [2, 5, 5, 6, 2], kernel: [2, 3, 3], strides: [2, 1, 2], pad: 'valid' },
  { x: [1, 5, 4, 6, 3], kernel: [3, 3, 3], strides: [2, 2, 2], pad: 'same' },
  { x: [1, 3, 4, 3, 3], kernel: [1, 1, 1], strides: [1, 1, 1], pad: 'valid' },
] as const

const volumeRows: KernelRow[] = volumes.flatMap(({ x, kernel, strides, pad }): KernelRow[] => {
  const title = `${kernel.join('×')} over [${x.join(', ')}], stride ${strides.join('×')}, ${pad}`
  return [
    {
      kernel: 'Conv3D',
      covers: ['Conv3DBackpropInputV2', 'Conv3DBackpropFilterV2'],
      title,
      inputs: { x: floats(x), filter: floats([...kernel, x[4], 3]) },
      program: (i) => tf.conv3d(get(i, 'x'), get(i, 'filter'), [...strides], pad),
    },
  ]
})

const transposedRows: KernelRow[] = [
  ...(['same', 'valid'] as const).flatMap((pad) =>
    ([1, 2, 3] as const).map((stride): KernelRow => {
      const size = (n: number): number => (pad === 'same' ? n * stride : (n - 1) * stride + 3)
      return {
        kernel: 'Conv2DBackpropInput',
        title: `as transposed convolution, stride ${stride}, ${pad}`,
        inputs: { x: floats([2, 4, 3, 3]), filter: floats([3, 3, 2, 3]) },
        program: (i) => tf.conv2dTranspose(get(i, 'x'), get(i, 'filter'), [2, size(4), size(3), 2], stride, pad),
      }
    }),
  ),
  ...(['same', 'valid'] as const).map((pad): KernelRow => ({
    kernel: 'Conv3DBackpropInputV2',
    title: `as transposed convolution, stride 2, ${pad}`,
    inputs: { x: floats([1, 2, 3, 2, 3]), filter: floats([2, 2, 2, 2, 3]) },
    program: (i) => tf.conv3dTranspose(get(i, 'x'), get(i, 'filter'), [1, 4, 6, 4, 2], 2, pad),
    gradient: false,
  })),
]

const averageWrong = 'TF.js divides by the whole window where part of it lies outside the image'

const poolRows: KernelRow[] = [
  ...windows2d
    .filter((w) => !dilated(w))
    .flatMap((w): KernelRow[] => {
      // A pooling window must not lie wholly outside the image.
      const kernel = w.kernel.map((k) => Math.min(k, 4)) as [number, number]
      const strides = [...w.strides] as [number, number]
      const inside = w.pad === 'valid' && w.rounding === undefined
      const title = describe2d({ ...w, kernel })
      return [
        {
          kernel: 'MaxPool',
          covers: ['MaxPoolGrad'],
          title,
          inputs: { x: floats(w.x) },
          program: (i) => tf.maxPool(get(i, 'x'), kernel, strides, w.pad as 'same', w.rounding),
          ...(w.rounding === 'ceil'
            ? {
                tfjsGradientWrong: 'TF.js forgets the rounding mode',
                differenceStep: 5e-4,
                tolerance: { relative: 5e-3 },
              }
            : {}),
        },
        {
          kernel: 'AvgPool',
          covers: ['AvgPoolGrad'],
          title,
          inputs: { x: floats(w.x) },
          program: (i) => tf.avgPool(get(i, 'x'), kernel, strides, w.pad as 'same', w.rounding),
          ...(inside ? {} : { tfjsGradientWrong: averageWrong }),
        },
      ]
    }),
  {
    kernel: 'MaxPoolGrad',
    title: 'gives the gradient to the first of equal values',
    inputs: { x: exactly([1, 4, 4, 1], [1, 1, 2, 2, 1, 1, 0, 2, 3, 0, 0, 0, 3, 3, 0, 0]) },
    program: (i) => tf.maxPool(get(i, 'x'), 2, 2, 'valid'),
  },
  {
    kernel: 'MaxPoolGrad',
    title: 'of values below zero beside padding',
    inputs: { x: floats([1, 5, 5, 2], -4, -1) },
    program: (i) => tf.maxPool(get(i, 'x'), 3, 2, 'same'),
  },
  ...volumes.flatMap(({ x, kernel, strides, pad }): KernelRow[] => {
    const title = `${kernel.join('×')} over [${x.join(', ')}], stride ${strides.join('×')}, ${pad}`
    const size = [...kernel] as [number, number, number]
    return [
      {
        kernel: 'MaxPool3D',
        covers: ['MaxPool3DGrad'],
        title,
        inputs: { x: floats(x) },
        program: (i) => tf.maxPool3d(get(i, 'x'), size, [...strides], pad),
        ...(kernel.every((n) => n === kernel[0])
          ? {}
          : {
              tfjsGradientWrong: 'TF.js mixes up rows and columns of windows that are no cubes',
              differenceStep: 5e-4,
              tolerance: { relative: 5e-3 },
            }),
      },
      {
        kernel: 'AvgPool3D',
        covers: ['AvgPool3DGrad'],
        title,
        inputs: { x: floats(x) },
        program: (i) => tf.avgPool3d(get(i, 'x'), size, [...strides], pad),
        ...(pad === 'valid' ? {} : { tfjsGradientWrong: averageWrong }),
      },
    ]
  }),
]

const sizes = [
  [2, 4, 3, 2, 8, 6],
  [1, 3, 5, 2, 7, 4],
  [2, 6, 4, 3, 3, 2],
] as const

const resizeRows: KernelRow[] = sizes.flatMap(([batch, height, width, channels, newHeight, newWidth]) =>
  (
    [
      [false, false],
      [true, false],
      [false, true],
    ] as const
  ).flatMap(([align, half]): KernelRow[] => {
    const title = `[${height}, ${width}] to [${newHeight}, ${newWidth}]${align ? ', corners aligned' : ''}${half ? ', half-pixel centres' : ''}`
    const inputs = { x: floats([batch, height, width, channels]) }
    return [
      {
        kernel: 'ResizeBilinear',
        covers: ['ResizeBilinearGrad'],
        title,
        inputs,
        program: (i) => tf.image.resizeBilinear(get(i, 'x'), [newHeight, newWidth], align, half),
        tfjsGradientWrong: 'TF.js swaps height and width of the gradient and leaves half-pixel centres out',
      },
      {
        kernel: 'ResizeNearestNeighbor',
        covers: ['ResizeNearestNeighborGrad'],
        title,
        inputs,
        program: (i) => tf.image.resizeNearestNeighbor(get(i, 'x'), [newHeight, newWidth], align, half),
        tfjsGradientWrong:
          'TF.js reads other images than the first at a wrong offset and leaves half-pixel centres out',
      },
    ]
  }),
)

const normalisationRows: KernelRow[] = [[2, 3, 4, 5] as number[], [3, 4, 2, 3], [1, 5, 6, 3]].flatMap(
  (shape): KernelRow[] => {
    const channels = shape.at(-1) as number
    const inputs = {
      x: floats(shape),
      mean: floats([channels]),
      variance: floats([channels], 0.3, 2),
      offset: floats([channels]),
      scale: floats([channels], 0.4, 1.7),
    }
    return [
      {
        kernel: 'FusedBatchNorm',
        title: `on [${shape.join(', ')}] with scale and offset`,
        inputs,
        program: (i) =>
          tf.batchNorm(get(i, 'x'), get(i, 'mean'), get(i, 'variance'), get(i, 'offset'), get(i, 'scale'), 0.01),
      },
      {
        kernel: 'FusedBatchNorm',
        title: `on [${shape.join(', ')}] without them`,
        inputs: { x: inputs.x, mean: inputs.mean, variance: inputs.variance },
        program: (i) => tf.batchNorm(get(i, 'x'), get(i, 'mean'), get(i, 'variance')),
        gradient: false, // TF.js fails on the missing scale.
      },
    ]
  },
)

/** Rows of convolutions, pooling, resizing and batch normalisation. */
export const convolutionRows: readonly KernelRow[] = [
  ...convolutions2d(),
  ...fusedRows,
  ...volumeRows,
  ...transposedRows,
  ...poolRows,
  ...resizeRows,
  ...normalisationRows,
]
