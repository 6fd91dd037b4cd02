import { z } from 'zod'
import { dense } from '../engine/layers/dense.ts'
import { tf } from '../engine/tensorflow-js.ts'
import { frameFeatures } from './frame-features.ts'
import { defineModel } from './model-definition.ts'

const optionsSchema = z.object({
  /** Empty where frames are features already, made by a backbone. */
  filters: z.array(z.number().int().min(1).max(512)).max(6).default([16, 32, 64]),
  units: z.number().int().min(1).max(2048).default(64),
  dropout: z.number().min(0).max(0.9).default(0.2),
})

/**
 * The network of `crnn` on the last frame alone: what a single picture gives away. Not recurrent; for comparison.
 * Input `x` [batch, time, height, width, channels]; output `logits` [batch, classes].
 */
export const frameCnn = defineModel({
  id: 'frame-cnn',
  summary: 'Sees the last frame only: if it does as well as the others, the course over time adds nothing.',
  optionsSchema,
  build:
    (options, { classes }) =>
    (scope, { x }) => {
      const clip = x as tf.Tensor5D
      const [batch, time, height, width, channels] = clip.shape
      const last = tf.slice(clip, [0, time - 1, 0, 0, 0], [-1, 1, -1, -1, -1])
      const features = frameFeatures(scope.child('frame'), tf.reshape(last, [batch, height, width, channels]), options)
      return { logits: dense(scope.child('classifier'), features, classes) }
    },
})
