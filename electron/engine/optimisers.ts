import { z } from 'zod'
import { unreachable } from '../../shared/base/assert.ts'
import { tf } from './tensorflow-js.ts'

/** How the weights follow the gradient. Learning rate and schedule are given apart, step by step. */
export const optimiserSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('sgd'),
    momentum: z.number().min(0).lt(1).default(0.9),
    nesterov: z.boolean().default(false),
    weightDecay: z.number().min(0).default(0),
  }),
  z.object({
    kind: z.literal('adam'),
    beta1: z.number().default(0.9),
    beta2: z.number().default(0.999),
    epsilon: z.number().default(1e-8),
    weightDecay: z.number().min(0).default(0),
  }),
  z.object({
    kind: z.literal('adamw'),
    beta1: z.number().default(0.9),
    beta2: z.number().default(0.999),
    epsilon: z.number().default(1e-8),
    weightDecay: z.number().min(0).default(0.01),
  }),
])
/** How the weights follow the gradient. */
export type Optimiser = z.infer<typeof optimiserSchema>

/** Names of the vectors an optimiser keeps, each as long as all weights together. */
export function optimiserSlots(optimiser: Optimiser): string[] {
  return optimiser.kind === 'sgd' ? ['momentum'] : ['mean', 'square']
}

/** All weights in one vector [weights], with what an update needs beside them. */
export interface UpdateInputs {
  readonly weights: tf.Tensor1D
  readonly gradient: tf.Tensor1D
  readonly slots: { readonly [name: string]: tf.Tensor1D }
  /** 1 where weight decay applies, [weights]. */
  readonly decays: tf.Tensor1D
  /** Scalars: learning rate of this step, and its number counted from 1. */
  readonly learningRate: tf.Scalar
  readonly step: tf.Scalar
}

/** The weights and slots after one step. */
export interface UpdateResult {
  readonly weights: tf.Tensor
  readonly slots: { readonly [name: string]: tf.Tensor }
}

/**
 * One step of an optimiser, as TF.js operations. `weightDecay` is an L2 term in the gradient for `sgd` and `adam`, and
 * decoupled (Loshchilov and Hutter 2019) for `adamw`; as in PyTorch.
 * Source: SGD with momentum as in Sutskever et al. 2013 in PyTorch's form; Adam: Kingma and Ba 2015.
 */
export function updateWeights(optimiser: Optimiser, inputs: UpdateInputs): UpdateResult {
  const { weights, slots, decays, learningRate, step } = inputs
  const decay = optimiser.weightDecay
  const decayed = (): tf.Tensor => tf.mul(tf.mul(weights, decays), decay)
  switch (optimiser.kind) {
    case 'sgd': {
      const gradient = decay > 0 ? tf.add(inputs.gradient, decayed()) : inputs.gradient
      const momentum = tf.add(tf.mul(slots.momentum as tf.Tensor, optimiser.momentum), gradient)
      const direction = optimiser.nesterov ? tf.add(gradient, tf.mul(momentum, optimiser.momentum)) : momentum
      return { weights: tf.sub(weights, tf.mul(direction, learningRate)), slots: { momentum } }
    }
    case 'adam':
    case 'adamw': {
      const { beta1, beta2, epsilon } = optimiser
      const coupled = optimiser.kind === 'adam' && decay > 0
      const gradient = coupled ? tf.add(inputs.gradient, decayed()) : inputs.gradient
      const mean = tf.add(tf.mul(slots.mean as tf.Tensor, beta1), tf.mul(gradient, 1 - beta1))
      const square = tf.add(tf.mul(slots.square as tf.Tensor, beta2), tf.mul(tf.square(gradient), 1 - beta2))
      const correction1 = tf.sub(1, tf.pow(beta1, step))
      const correction2 = tf.sub(1, tf.pow(beta2, step))
      const rate = tf.div(learningRate, correction1)
      const change = tf.mul(tf.div(mean, tf.add(tf.sqrt(tf.div(square, correction2)), epsilon)), rate)
      const kept = optimiser.kind === 'adamw' && decay > 0 ? tf.sub(weights, tf.mul(decayed(), learningRate)) : weights
      return { weights: tf.sub(kept, change), slots: { mean, square } }
    }
    default:
      return unreachable(optimiser)
  }
}
