import { glorotUniform, unitForgetBias } from '../../electron/engine/initialisers.ts'
import { convolution2d } from '../../electron/engine/layers/convolution.ts'
import type { ModelFunction } from '../../electron/engine/model-function.ts'
import type { Scope } from '../../electron/engine/scope.ts'
import { tf } from '../../electron/engine/tensorflow-js.ts'
import { FRAME_SIDE } from './bench-case.ts'
import { randomFloats } from './random-floats.ts'
import { trainingCase } from './training-case.ts'

/** ConvLSTM with one convolution of [frame, state] for the four gates, differentiated by TF.js; all states. */
function convolutionalLstm(scope: Scope, x: tf.Tensor5D, filters: number): tf.Tensor4D[] {
  const [batch, , height, width, inner] = x.shape
  const channels = inner + filters
  const kernel = scope.parameter('kernel', [3, 3, channels, 4 * filters], glorotUniform) as tf.Tensor4D
  const bias = scope.parameter('bias', [4 * filters], unitForgetBias)
  const frames = tf.unstack(x, 1) as tf.Tensor4D[] // [batch, height, width, channels] each
  const zero = tf.zeros([batch, height, width, filters]) as tf.Tensor4D
  let [hidden, cell] = [zero, zero]
  return frames.map((frame) => {
    const gates = tf.add(tf.conv2d(tf.concat([frame, hidden], 3), kernel, 1, 'same'), bias)
    const [input, forget, candidate, output] = tf.split(gates, 4, 3) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
    const gained = tf.mul(tf.sigmoid(input), tf.tanh(candidate))
    cell = tf.add(tf.mul(tf.sigmoid(forget), cell), gained)
    hidden = tf.mul(tf.sigmoid(output), tf.tanh(cell))
    return hidden
  })
}

/** One ConvLSTM layer; a 1x1 convolution of each state predicts the next frame. */
const nextFrames =
  (filters: number): ModelFunction =>
  (scope, inputs) => {
    const x = inputs['x'] as tf.Tensor5D // [batch, time, height, width, 1]
    const [batch, time, height, width] = x.shape
    const states = tf.concat(convolutionalLstm(scope.child('recurrent'), x, filters)) as tf.Tensor4D // [t·b, h, w, f]
    const frames = convolution2d(scope.child('head'), states, { filters: 1, kernelSize: 1 }) // [t·b, h, w, 1]
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
