import { heNormal, zeros, type Initialiser } from '../initialisers.ts'
import type { Scope } from '../scope.ts'
import { tf } from '../tensorflow-js.ts'

/** Size and step of a convolution. */
export interface ConvolutionOptions {
  readonly filters: number
  readonly kernelSize: number
  readonly strides?: number
  readonly padding?: 'same' | 'valid'
  readonly kernel?: Initialiser
}

/** Convolution over time. @param x [batch, time, features] @returns [batch, time', filters] */
export function convolution1d(scope: Scope, x: tf.Tensor3D, options: ConvolutionOptions): tf.Tensor3D {
  const { filters, kernelSize, strides = 1, padding = 'same' } = options
  const kernel = scope.parameter('kernel', [kernelSize, x.shape[2], filters], options.kernel ?? heNormal) as tf.Tensor3D
  const bias = scope.parameter('bias', [filters], zeros)
  return tf.add(tf.conv1d(x, kernel, strides, padding), bias)
}

/** Convolution over pixels. @param x [batch, height, width, channels] @returns [batch, height', width', filters] */
export function convolution2d(scope: Scope, x: tf.Tensor4D, options: ConvolutionOptions): tf.Tensor4D {
  const { filters, kernelSize, strides = 1, padding = 'same' } = options
  const kernel = scope.parameter(
    'kernel',
    [kernelSize, kernelSize, x.shape[3], filters],
    options.kernel ?? heNormal,
  ) as tf.Tensor4D
  const bias = scope.parameter('bias', [filters], zeros)
  return tf.add(tf.conv2d(x, kernel, strides, padding), bias)
}
