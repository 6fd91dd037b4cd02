import { convLstmSequence } from '../cells/conv-lstm.ts'
import { gruSequence } from '../cells/gru.ts'
import { lstmSequence } from '../cells/lstm.ts'
import { simpleRnnSequence } from '../cells/simple-rnn.ts'
import { glorotUniform, orthogonal, unitForgetBias, zeros } from '../initialisers.ts'
import type { Scope } from '../scope.ts'
import { tf } from '../tensorflow-js.ts'

/** How a recurrent layer runs over its sequence. */
export interface RecurrentOptions {
  readonly units: number
  /** Give the hidden state of every step [batch, time, units], not just the last one [batch, units]. */
  readonly returnSequences: boolean
  /** Read the sequence from its end; the states are given in the sequence's own order. */
  readonly reverse?: boolean
}

/** A recurrent layer over [batch, time, features]. */
export type RecurrentLayer = (scope: Scope, x: tf.Tensor3D, options: RecurrentOptions) => tf.Tensor

function inDirection(x: tf.Tensor3D, options: RecurrentOptions, run: (x: tf.Tensor3D) => tf.Tensor): tf.Tensor {
  if (!options.reverse) return run(x)
  const result = run(tf.reverse(x, 1))
  return options.returnSequences ? tf.reverse(result, 1) : result
}

/** Long short-term memory; weights in Keras's layout and order. */
export const lstm: RecurrentLayer = (scope, x, options) => {
  const { units } = options
  const kernel = scope.parameter('kernel', [x.shape[2], 4 * units], glorotUniform) as tf.Tensor2D
  const recurrentKernel = scope.parameter('recurrent_kernel', [units, 4 * units], orthogonal) as tf.Tensor2D
  const bias = scope.parameter('bias', [4 * units], unitForgetBias) as tf.Tensor1D
  return inDirection(x, options, (sequence) =>
    lstmSequence(sequence, { kernel, recurrentKernel, bias }, options.returnSequences, scope.observeSteps),
  )
}

/** Gated recurrent unit; weights in Keras's layout and order. */
export const gru: RecurrentLayer = (scope, x, options) => {
  const { units } = options
  const kernel = scope.parameter('kernel', [x.shape[2], 3 * units], glorotUniform) as tf.Tensor2D
  const recurrentKernel = scope.parameter('recurrent_kernel', [units, 3 * units], orthogonal) as tf.Tensor2D
  const bias = scope.parameter('bias', [3 * units], zeros) as tf.Tensor1D
  return inDirection(x, options, (sequence) =>
    gruSequence(sequence, { kernel, recurrentKernel, bias }, options.returnSequences, scope.observeSteps),
  )
}

/** Simple recurrent layer with tanh; weights in Keras's layout. */
export const simpleRnn: RecurrentLayer = (scope, x, options) => {
  const { units } = options
  const kernel = scope.parameter('kernel', [x.shape[2], units], glorotUniform) as tf.Tensor2D
  const recurrentKernel = scope.parameter('recurrent_kernel', [units, units], orthogonal) as tf.Tensor2D
  const bias = scope.parameter('bias', [units], zeros) as tf.Tensor1D
  return inDirection(x, options, (sequence) =>
    simpleRnnSequence(sequence, { kernel, recurrentKernel, bias }, options.returnSequences, scope.observeSteps),
  )
}

/** Two layers of their own weights, one in each direction, side by side on the last axis. Source: Schuster and Paliwal 1997. */
export function bidirectional(layer: RecurrentLayer): RecurrentLayer {
  return (scope, x, options) =>
    tf.concat(
      [layer(scope.child('forward'), x, options), layer(scope.child('backward'), x, { ...options, reverse: true })],
      -1,
    )
}

/** How a ConvLSTM layer runs over its frames. */
export interface ConvLstmOptions {
  readonly filters: number
  readonly kernelSize: number
  /** Give the hidden state of every frame [batch, time, height, width, filters], not just the last one. */
  readonly returnSequences: boolean
}

/** ConvLSTM over [batch, time, height, width, channels], padding `same`; weights in Keras's layout and order. */
export function convLstm(scope: Scope, x: tf.Tensor5D, options: ConvLstmOptions): tf.Tensor {
  const { filters, kernelSize: size } = options
  const kernel = scope.parameter('kernel', [size, size, x.shape[4], 4 * filters], glorotUniform) as tf.Tensor4D
  const recurrentKernel = scope.parameter(
    'recurrent_kernel',
    [size, size, filters, 4 * filters],
    orthogonal,
  ) as tf.Tensor4D
  const bias = scope.parameter('bias', [4 * filters], unitForgetBias) as tf.Tensor1D
  return convLstmSequence(x, { kernel, recurrentKernel, bias }, options.returnSequences, scope.observeSteps)
}
