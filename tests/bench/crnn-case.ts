import { dense } from '../../electron/engine/layers/dense.ts'
import { lstm } from '../../electron/engine/layers/recurrent.ts'
import { heNormal, zeros } from '../../electron/engine/initialisers.ts'
import type { ModelFunction } from '../../electron/engine/model-function.ts'
import type { Scope } from '../../electron/engine/scope.ts'
import { tf } from '../../electron/engine/tensorflow-js.ts'
import { VIDEO_CLASSES, VIDEO_SIDE } from './bench-case.ts'
import { classTargets, crossEntropy, trainingCase } from './training-case.ts'

/** 3x3 convolution, rectifier, and pooling to half the size, [frames, height, width, channels]. */
function convolutionBlock(scope: Scope, x: tf.Tensor4D, filters: number): tf.Tensor4D {
  const kernel = scope.parameter('kernel', [3, 3, x.shape[3], filters], heNormal) as tf.Tensor4D
  const bias = scope.parameter('bias', [filters], zeros)
  const sums = tf.add(tf.conv2d(x, kernel, 1, 'same'), bias) as tf.Tensor4D
  return tf.maxPool(tf.relu(sums), 2, 2, 'valid')
}

/** Three convolutions per frame, averaged over the frame, then one LSTM over the frames. */
const convolutionalRecurrent =
  (width: number): ModelFunction =>
  (scope, inputs) => {
    const x = inputs['x'] as tf.Tensor5D // [batch, time, height, width, 3]
    const [batch, time, height, columns, channels] = x.shape
    let frames = tf.reshape(x, [batch * time, height, columns, channels]) as tf.Tensor4D
    for (const filters of [width / 8, width / 4, width / 2])
      frames = convolutionBlock(scope.child(`convolution${filters}`), frames, filters)
    const pooled = tf.reshape(tf.mean(frames, [1, 2]), [batch, time, width / 2]) as tf.Tensor3D
    const state = lstm(scope.child('recurrent'), pooled, { units: width, returnSequences: false }) // [batch, units]
    return { logits: dense(scope.child('head'), state, VIDEO_CLASSES) }
  }

/** Training steps of a convolutional network per frame with an LSTM over the frames. */
export const crnnCase = trainingCase('crnn', (size) => ({
  model: convolutionalRecurrent(size.width),
  features: { x: { shape: [size.length, VIDEO_SIDE, VIDEO_SIDE, 3], dtype: 'float32' } },
  loss: crossEntropy,
  ...classTargets(size, VIDEO_CLASSES),
}))
