import { glorotUniform } from '../initialisers.ts'
import type { Scope } from '../scope.ts'
import { tf } from '../tensorflow-js.ts'

/**
 * Attention over time: a small network scores every time step, and the states are averaged by the softmax of their
 * scores. The weights say which dates decided.
 * @param x [batch, time, features]
 * @returns the average [batch, features] and the weights [batch, time], which sum to 1
 * Source: Bahdanau et al. 2015, in the form of Yang et al. 2016 (hierarchical attention networks).
 */
export function temporalAttention(
  scope: Scope,
  x: tf.Tensor3D,
  units: number,
): { context: tf.Tensor2D; weights: tf.Tensor2D } {
  const [batch, time, features] = x.shape
  const kernel = scope.parameter('kernel', [features, units], glorotUniform) as tf.Tensor2D
  const bias = scope.parameter('bias', [units], (shape) => new Float32Array(shape[0] ?? 0))
  const query = scope.parameter('query', [units, 1], glorotUniform) as tf.Tensor2D
  const flat = tf.reshape(x, [batch * time, features]) as tf.Tensor2D // [b·t, f]
  const energy = tf.matMul(tf.tanh(tf.fused.matMul({ a: flat, b: kernel, bias })) as tf.Tensor2D, query) // [b·t, 1]
  const weights = tf.softmax(tf.reshape(energy, [batch, time]) as tf.Tensor2D)
  const context = tf.matMul(tf.reshape(weights, [batch, 1, time]), x) // [b, 1, f]
  return { context: tf.reshape(context, [batch, features]), weights }
}
