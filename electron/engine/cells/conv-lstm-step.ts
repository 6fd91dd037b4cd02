import { tf } from '../tensorflow-js.ts'

/** Weights of one ConvLSTM layer with the filters of input and hidden state joined; gates input, forget, cell, output. */
export interface ConvLstmStepWeights {
  /** [height, width, channels + filters, 4·filters] */
  readonly kernel: tf.Tensor4D
  /** [4·filters] */
  readonly bias: tf.Tensor1D
}

/** Hidden and cell state, [batch, height, width, filters]. */
export interface ConvLstmState {
  readonly hidden: tf.Tensor4D
  readonly cell: tf.Tensor4D
}

/**
 * One step of a ConvLSTM layer, for sequences whose next input depends on the output. The same mathematics as
 * `convLstmSequence`.
 * @param x [batch, height, width, channels]
 * @param before null before the first step, where the states are zero
 * Source: Shi et al. 2015, without peepholes.
 */
export function convLstmStep(
  x: tf.Tensor4D,
  before: ConvLstmState | null,
  { kernel, bias }: ConvLstmStepWeights,
): ConvLstmState {
  const channels = x.shape[3]
  const joined = before ? (tf.concat([x, before.hidden], 3) as tf.Tensor4D) : x
  const own = before ? kernel : tf.slice(kernel, [0, 0, 0, 0], [-1, -1, channels, -1])
  const sums = tf.fused.conv2d({ x: joined, filter: own, strides: 1, pad: 'same', bias }) // [b, h, w, 4f]
  const [input, forget, candidate, output] = tf.split(sums, 4, 3) as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ]
  const gained = tf.mul(tf.sigmoid(input), tf.tanh(candidate)) as tf.Tensor4D
  const cell = before ? (tf.add(tf.mul(tf.sigmoid(forget), before.cell), gained) as tf.Tensor4D) : gained
  return { hidden: tf.mul(tf.sigmoid(output), tf.tanh(cell)), cell }
}
