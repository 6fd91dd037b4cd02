import { glorotUniform, zeros, type Initialiser } from '../initialisers.ts'
import type { Scope } from '../scope.ts'
import { tf } from '../tensorflow-js.ts'

/**
 * A fully connected layer over the last axis.
 * @param x [..., features]
 * @returns [..., units], without activation
 */
export function dense(
  scope: Scope,
  x: tf.Tensor,
  units: number,
  options: { kernel?: Initialiser; bias?: boolean } = {},
): tf.Tensor {
  const features = x.shape.at(-1) ?? 1
  const kernel = scope.parameter('kernel', [features, units], options.kernel ?? glorotUniform) as tf.Tensor2D
  const bias = options.bias === false ? undefined : scope.parameter('bias', [units], zeros)
  const rows = x.size / features
  const flat = tf.reshape(x, [rows, features]) as tf.Tensor2D // [rows, f]
  const product = bias ? tf.fused.matMul({ a: flat, b: kernel, bias }) : tf.matMul(flat, kernel)
  return tf.reshape(product, [...x.shape.slice(0, -1), units])
}
