import { z } from 'zod'
import { convolution2d } from '../engine/layers/convolution.ts'
import { dense } from '../engine/layers/dense.ts'
import { convLstm } from '../engine/layers/recurrent.ts'
import { tf } from '../engine/tensorflow-js.ts'
import { defineModel } from './model-definition.ts'
import { withMotion } from './with-motion.ts'

const optionsSchema = z.object({
  /** Filters of the convolutions before the recurrence, each with pooling to half the size. */
  filters: z.array(z.number().int().min(1).max(512)).min(1).max(6).default([16, 32]),
  /** Filters of the ConvLSTM. */
  units: z.number().int().min(1).max(512).default(32),
  kernelSize: z.number().int().min(1).max(15).default(3),
  /** Shows the network also how each frame differs from the one before. */
  motion: z.boolean().default(true),
  dropout: z.number().min(0).max(0.9).default(0.2),
})

/**
 * Convolutions on every frame, then a ConvLSTM that keeps the frame's shape; the largest of each filter over the last state decides.
 * Input `x` [batch, time, height, width, channels]; output `logits` [batch, classes].
 * Source: Shi et al. 2015 for the cell; the classifier on top is our own.
 */
export const convLstmClassifier = defineModel({
  id: 'conv-lstm-classifier',
  summary: 'A convolutional LSTM: keeps where in the frame things move; slower, and good where the place matters.',
  optionsSchema,
  build:
    (options, { classes }) =>
    (scope, { x }) => {
      const clip = options.motion ? withMotion(x as tf.Tensor5D) : (x as tf.Tensor5D)
      const [batch, time, rows, columns, channels] = clip.shape
      let frames = tf.reshape(clip, [batch * time, rows, columns, channels]) as tf.Tensor4D
      options.filters.forEach((filters, i) => {
        const sums = convolution2d(scope.child(`convolution_${i + 1}`), frames, { filters, kernelSize: 3 })
        frames = tf.maxPool(tf.relu(sums), 2, 2, 'valid')
      })
      const [, height, width, filters] = frames.shape
      const series = tf.reshape(frames, [batch, time, height, width, filters]) as tf.Tensor5D
      const { units, kernelSize, dropout } = options
      const state = convLstm(scope.child('recurrent'), series, { filters: units, kernelSize, returnSequences: false }) // [b, h, w, u]
      const summary = tf.concat([tf.max(state, [1, 2]), tf.mean(state, [1, 2])], 1) // [b, 2u]
      return { logits: dense(scope.child('classifier'), scope.dropout('dropout', summary, dropout), classes) }
    },
})
