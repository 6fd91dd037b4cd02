import { z } from 'zod'
import { temporalAttention } from '../engine/layers/attention.ts'
import { dense } from '../engine/layers/dense.ts'
import { bidirectional, gru, lstm } from '../engine/layers/recurrent.ts'
import type { TensorMap } from '../engine/model-function.ts'
import { tf } from '../engine/tensorflow-js.ts'
import { frameFeatures } from './frame-features.ts'
import { defineModel } from './model-definition.ts'
import { withMotion } from './with-motion.ts'

const optionsSchema = z.object({
  /** Empty where frames are features already, made by a backbone. */
  filters: z.array(z.number().int().min(1).max(512)).max(6).default([16, 32, 64]),
  /** Width of a frame's features and of the recurrent layer. */
  units: z.number().int().min(1).max(2048).default(64),
  cell: z.enum(['lstm', 'gru', 'bi-lstm', 'bi-gru']).default('gru'),
  /** Averages the states of all frames by attention, and shows which frames decided; else the last state decides. */
  attention: z.boolean().default(true),
  /** Shows the network also how each frame differs from the one before. */
  motion: z.boolean().default(true),
  dropout: z.number().min(0).max(0.9).default(0.2),
})

const cells = { lstm, gru, 'bi-lstm': bidirectional(lstm), 'bi-gru': bidirectional(gru) } as const

/**
 * A convolutional network on every frame, a recurrent layer over the frames, attention over its states.
 * Input `x` [batch, time, height, width, channels]; outputs `logits` [batch, classes] and, with attention, `attention` [batch, time].
 * Source: Donahue et al. 2015 (long-term recurrent convolutional networks), Yang et al. 2016 for the attention.
 */
export const crnn = defineModel({
  id: 'crnn',
  summary:
    'Looks at every frame with a convolutional network, and follows them with a recurrent one: the first choice.',
  optionsSchema,
  build:
    (options, { classes }) =>
    (scope, { x }): TensorMap => {
      const clip = options.motion ? withMotion(x as tf.Tensor5D) : (x as tf.Tensor5D)
      const [batch, time, height, width, channels] = clip.shape
      const frames = tf.reshape(clip, [batch * time, height, width, channels]) as tf.Tensor4D // [b·t, h, w, c]
      const features = frameFeatures(scope.child('frame'), frames, options)
      const series = tf.reshape(features, [batch, time, options.units]) as tf.Tensor3D // [b, t, u]
      const { units, attention, dropout } = options
      const states = cells[options.cell](scope.child('recurrent'), series, { units, returnSequences: attention })
      const classify = (summary: tf.Tensor): tf.Tensor =>
        dense(scope.child('classifier'), scope.dropout('dropout', summary, dropout), classes)
      if (!attention) return { logits: classify(states) }
      const { context, weights } = temporalAttention(scope.child('attention'), states as tf.Tensor3D, units)
      return { logits: classify(context), attention: weights }
    },
})
