import * as tfl from '@tensorflow/tfjs-layers'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import type { OracleArray, OracleCase } from './read-oracle.ts'

/** The oracle files whose cases are layers of tf.layers. */
export const layerKinds: readonly string[] = [
  ...['simple-rnn', 'lstm', 'gru', 'bidirectional', 'conv-lstm2d', 'conv1d', 'conv2d', 'conv3d', 'conv2d-transpose'],
  ...['depthwise-conv2d', 'separable-conv2d', 'pooling', 'resizing', 'batch-normalization', 'layer-normalization'],
  ...['dense', 'embedding', 'activations'],
]

/** A layer by the name of its factory, with the nested layers of wrappers and stacks. */
interface LayerConfig {
  readonly layer: string
  readonly options: Readonly<Record<string, unknown>>
}

/** The values of an oracle as a float32 tensor of the current TF.js backend; the caller disposes it. */
export function oracleTensor(array: OracleArray, dtype: 'float32' | 'int32' | 'bool' = 'float32'): tf.Tensor {
  return tf.tensor([...array.data], [...array.shape], dtype)
}

/** Builds the TF.js layer that an oracle case describes; weights are still TF.js's own.
 *  Covers the layers of tf.layers, wrappers included, not stacks, attention or losses. */
export function oracleLayer(config: LayerConfig): tfl.layers.Layer {
  const options: Record<string, unknown> = { ...config.options }
  const inner = options['layer'] as LayerConfig | undefined
  if (inner) options['layer'] = oracleLayer(inner)
  const factory = (tfl.layers as unknown as Record<string, (options: unknown) => tfl.layers.Layer>)[config.layer]
  if (!factory) throw new Error(`tf.layers has no ${config.layer}`)
  return factory(options)
}

/** The layer with the oracle's weights set, built for the shape of input `x`. */
export function layerWithWeights(oracle: OracleCase): tfl.layers.Layer {
  const { layer, options } = oracle.config
  if (layer === undefined || options === undefined) throw new Error(`${oracle.name} describes no layer`)
  const isStateful = options['stateful'] === true
  const batchInputShape = isStateful ? [oracle.inputs['x1']!.shape[0], null, oracle.inputs['x1']!.shape[2]] : undefined
  const built = oracleLayer({ layer, options: isStateful ? { ...options, batchInputShape } : options })
  built.build([...(oracle.inputs['x'] ?? oracle.inputs['x1'])!.shape])
  built.setWeights(Object.values(oracle.weights).map((array) => oracleTensor(array)))
  return built
}
