import { encodeOnnx, type OnnxModel } from '../../../../electron/engine/onnx/onnx-model.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'

/** What `smallNetwork` can be like. */
export interface SmallNetworkOptions {
  readonly channels?: number
  readonly edge?: number | string
  readonly batch?: number | string
  readonly filters?: number
  readonly layout?: 'nchw' | 'nhwc'
}

/** A network of one convolution with stride 2 and random weights: [batch, channels, edge, edge] to a feature map of half the edge. */
export function smallNetwork(options: SmallNetworkOptions = {}): OnnxModel {
  const { channels = 1, edge = 24, batch = 'batch', filters = 6, layout = 'nchw' } = options
  const random = new SeededRandom(11)
  const draw = (count: number): Float32Array => Float32Array.from({ length: count }, () => 0.5 * random.normal())
  const convolution = (from: string, to: string) => ({
    type: 'Conv',
    inputs: [from, 'kernel', 'bias'],
    outputs: [to],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  })
  const turn = (from: string, to: string, perm: number[]) => ({
    type: 'Transpose',
    inputs: [from],
    outputs: [to],
    attributes: { perm },
  })
  const half = typeof edge === 'number' ? Math.ceil(edge / 2) : 'half'
  const isLast = layout === 'nhwc'
  return {
    opset: 17,
    nodes: isLast
      ? [
          turn('image', 'planes', [0, 3, 1, 2]),
          convolution('planes', 'sums'),
          { type: 'Relu', inputs: ['sums'], outputs: ['positive'], attributes: {} },
          turn('positive', 'features', [0, 2, 3, 1]),
        ]
      : [convolution('image', 'sums'), { type: 'Relu', inputs: ['sums'], outputs: ['features'], attributes: {} }],
    constants: [
      { name: 'kernel', dtype: 'float32', shape: [filters, channels, 3, 3], values: draw(filters * channels * 9) },
      { name: 'bias', dtype: 'float32', shape: [filters], values: draw(filters) },
    ],
    inputs: [
      {
        name: 'image',
        dtype: 'float32',
        shape: isLast ? [batch, edge, edge, channels] : [batch, channels, edge, edge],
      },
    ],
    outputs: [
      {
        name: 'features',
        dtype: 'float32',
        shape: isLast ? [batch, half, half, filters] : [batch, filters, half, half],
      },
    ],
    metadata: {},
  }
}

/** Bytes of `smallNetwork`. */
export function smallNetworkFile(options: SmallNetworkOptions = {}): Uint8Array {
  return encodeOnnx(smallNetwork(options))
}

/**
 * A network that says where bright things are: what lies above a threshold, and its first and second moments over the frame. Grey
 * [batch, 1, edge, edge] to [batch, 6]: sum, column, row, column², row², column · row.
 */
export function momentsNetworkFile(edge: number): Uint8Array {
  const basis = Float32Array.from({ length: edge * edge * 6 }, (_, i) => {
    const [row, column] = [Math.floor(i / 6 / edge) / edge - 0.5, (Math.floor(i / 6) % edge) / edge - 0.5]
    return [1, column, row, column * column, row * row, column * row][i % 6] ?? 0
  })
  return encodeOnnx({
    opset: 17,
    nodes: [
      { type: 'Sub', inputs: ['image', 'threshold'], outputs: ['above'], attributes: {} },
      { type: 'Relu', inputs: ['above'], outputs: ['bright'], attributes: {} },
      { type: 'Flatten', inputs: ['bright'], outputs: ['pixels'], attributes: {} },
      { type: 'MatMul', inputs: ['pixels', 'basis'], outputs: ['features'], attributes: {} },
    ],
    constants: [
      { name: 'threshold', dtype: 'float32', shape: [1], values: Float32Array.of(1.3) },
      { name: 'basis', dtype: 'float32', shape: [edge * edge, 6], values: basis },
    ],
    inputs: [{ name: 'image', dtype: 'float32', shape: ['batch', 1, edge, edge] }],
    outputs: [{ name: 'features', dtype: 'float32', shape: ['batch', 6] }],
    metadata: {},
  })
}
