import { convolution2d } from '../../electron/engine/layers/convolution.ts'
import { convLstm } from '../../electron/engine/layers/recurrent.ts'
import type { ModelFunction } from '../../electron/engine/model-function.ts'
import { tf } from '../../electron/engine/tensorflow-js.ts'
import { FRAME_SIDE } from './bench-case.ts'
import { randomFloats } from './random-floats.ts'
import { trainingCase } from './training-case.ts'

/** One ConvLSTM layer; a 1x1 convolution of each state predicts the next frame. */
const nextFrames =
  (filters: number): ModelFunction =>
  (scope, inputs) => {
    const x = inputs['x'] as tf.Tensor5D // [batch, time, height, width, 1]
    const [batch, time, height, width] = x.shape
    const states = convLstm(scope.child('recurrent'), x, { filters, kernelSize: 3, returnSequences: true })
    const all = tf.concat(tf.unstack(states, 1)) as tf.Tensor4D // [t·b, h, w, f]
    const frames = convolution2d(scope.child('head'), all, { filters: 1, kernelSize: 1 }) // [t·b, h, w, 1]
    return { frames: tf.transpose(tf.reshape(frames, [time, batch, height, width]), [1, 0, 2, 3]) }
  }

/** Training steps of a ConvLSTM that predicts each next frame. */
export const convLstmCase = trainingCase('convlstm', ({ batch, length, width }) => ({
  model: nextFrames(width),
  features: { x: { shape: [length, FRAME_SIDE, FRAME_SIDE, 1], dtype: 'float32' } },
  targets: { next: { shape: [length, FRAME_SIDE, FRAME_SIDE], dtype: 'float32' } },
  loss: (outputs, targets) => tf.mean(tf.squaredDifference(outputs['frames']!, targets['next']!), [1, 2, 3]),
  drawTargets: (random) => randomFloats([batch, length, FRAME_SIDE, FRAME_SIDE], random),
}))
