import { defined } from '../../../shared/base/assert.ts'
import { tf } from '../tensorflow-js.ts'
import type { ObserveSteps } from './lstm.ts'

/** Weights of one ConvLSTM layer in Keras's layout: gates in the order input, forget, cell, output along the last axis. */
export interface ConvLstmWeights {
  /** [height, width, channels, 4·filters] */
  readonly kernel: tf.Tensor4D
  /** [height, width, filters, 4·filters] */
  readonly recurrentKernel: tf.Tensor4D
  /** [4·filters] */
  readonly bias: tf.Tensor1D
}

interface Step {
  /** Frame beside the hidden state before this step, [batch, height, width, channels + filters]. */
  readonly joined: tf.Tensor4D
  /** Gates after their activation, [batch, height, width, filters] each; the candidate between -1 and 1. */
  readonly input: tf.Tensor4D
  readonly forget: tf.Tensor4D
  readonly candidate: tf.Tensor4D
  readonly output: tf.Tensor4D
  /** What the input gate lets in and what the forget gate keeps; their sum is the cell state. */
  readonly gained: tf.Tensor4D
  readonly kept: tf.Tensor4D
  readonly tanhCell: tf.Tensor4D
  readonly cell: tf.Tensor4D
  readonly hidden: tf.Tensor4D
}
const parts = [
  'joined',
  'input',
  'forget',
  'candidate',
  'output',
  'gained',
  'kept',
  'tanhCell',
  'cell',
  'hidden',
] as const

/** tanh(x) = 2·sigmoid(2x) - 1: doubling the candidate's filters lets one sigmoid serve all four gates. */
function doubleCandidate(filters: number): tf.Tensor1D {
  return tf.tensor1d(Array.from({ length: 4 * filters }, (_, i) => (i >= 2 * filters && i < 3 * filters ? 2 : 1)))
}

function runSteps(frames: tf.Tensor4D[], kernel: tf.Tensor4D, bias: tf.Tensor1D, filters: number): Step[] {
  const steps: Step[] = []
  const [, , channels] = kernel.shape
  for (const frame of frames) {
    const before = steps.at(-1)
    // The states are zero before the first step, so only the frame's own filters act there.
    const joined = before ? (tf.concat([frame, before.hidden], 3) as tf.Tensor4D) : frame
    const own = before ? kernel : tf.slice(kernel, [0, 0, 0, 0], [-1, -1, channels - filters, -1])
    const sums = tf.fused.conv2d({ x: joined, filter: own, strides: 1, pad: 'same', bias }) // [b, h, w, 4f]
    const [input, forget, doubled, output] = tf.split(tf.sigmoid(sums), 4, 3) as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
    ]
    const candidate = tf.sub(tf.mul(doubled, 2), 1) as tf.Tensor4D
    const gained = tf.mul(input, candidate) as tf.Tensor4D
    const kept = before ? (tf.mul(forget, before.cell) as tf.Tensor4D) : (tf.zerosLike(gained) as tf.Tensor4D)
    const cell = before ? (tf.add(kept, gained) as tf.Tensor4D) : gained
    const tanhCell = tf.tanh(cell) as tf.Tensor4D
    const hidden = tf.mul(output, tanhCell) as tf.Tensor4D
    steps.push({ joined, input, forget, candidate, output, gained, kept, tanhCell, cell, hidden })
  }
  return steps
}

const run = (kernelName: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor4D =>
  tf.engine().runKernel(kernelName, inputs, attrs as tf.NamedAttrMap) as tf.Tensor4D
const convolution = { strides: 1, pad: 'same', dataFormat: 'NHWC', dimRoundingMode: null }

/** Gradients of each step's frame, of the joined filters and of the bias (before undoing the doubling). */
interface Gradients {
  readonly frames: tf.Tensor4D[]
  readonly kernel: tf.Tensor4D
  readonly bias: tf.Tensor1D
}

function backward(
  steps: readonly Step[],
  upstream: readonly (tf.Tensor4D | undefined)[],
  kernel: tf.Tensor4D,
  filters: number,
  observe?: ObserveSteps,
): Gradients {
  const [height, width, joinedChannels, outputs] = kernel.shape
  const channels = joinedChannels - filters
  const frames: tf.Tensor4D[] = []
  const observed: tf.Tensor[] = []
  let [kernelSum, biasSum]: [tf.Tensor4D | undefined, tf.Tensor1D | undefined] = [undefined, undefined]
  let [hiddenNext, cellNext]: [tf.Tensor4D | undefined, tf.Tensor4D | undefined] = [undefined, undefined]
  for (let t = steps.length - 1; t >= 0; t--) {
    const { joined, input, forget, candidate, output, gained, kept, tanhCell, hidden } = defined(
      steps[t],
      'within the sequence',
    )
    const above = upstream[t]
    const gradient: tf.Tensor4D =
      above && hiddenNext ? tf.add(above, hiddenNext) : (above ?? hiddenNext ?? tf.zerosLike(hidden))
    observed.push(gradient)
    // Products of the forward pass serve again: o·(1 - tanh²c) = o - h·tanh c, and i·(1 - g²) = i - (i·g)·g.
    const throughOutput: tf.Tensor4D = tf.mul(gradient, tf.sub(output, tf.mul(hidden, tanhCell)))
    const cell: tf.Tensor4D = cellNext ? tf.add(cellNext, throughOutput) : (throughOutput as tf.Tensor4D)
    const ofInput = tf.mul(cell, tf.sub(gained, tf.mul(gained, input)))
    const ofForget = tf.mul(cell, tf.sub(kept, tf.mul(kept, forget)))
    // The candidate's sum was doubled, so its gradient is halved here and doubled again with the filters.
    const ofCandidate = tf.mul(cell, tf.mul(tf.sub(input, tf.mul(gained, candidate)), 0.5))
    const ofOutput = tf.mul(gradient, tf.sub(hidden, tf.mul(hidden, output)))
    const sums = tf.concat([ofInput, ofForget, ofCandidate, ofOutput], 3) // [b, h, w, 4f]
    biasSum = biasSum ? tf.add(biasSum, tf.sum(sums, [0, 1, 2])) : tf.sum(sums, [0, 1, 2])
    const isFirst = t === 0
    const own = isFirst ? tf.slice(kernel, [0, 0, 0, 0], [-1, -1, channels, -1]) : kernel
    const filterShape = [height, width, isFirst ? channels : joinedChannels, outputs]
    const ofKernel = run('Conv2DBackpropFilter', { x: joined, dy: sums }, { ...convolution, filterShape })
    const whole = isFirst
      ? tf.pad(ofKernel, [
          [0, 0],
          [0, 0],
          [0, filters],
          [0, 0],
        ])
      : ofKernel
    kernelSum = kernelSum ? tf.add(kernelSum, whole) : whole
    const ofJoined = run('Conv2DBackpropInput', { dy: sums, filter: own }, { ...convolution, inputShape: joined.shape })
    if (isFirst) {
      frames.push(ofJoined)
      break
    }
    const [ofFrame, ofHidden] = tf.split(ofJoined, [channels, filters], 3) as [tf.Tensor4D, tf.Tensor4D]
    frames.push(ofFrame)
    hiddenNext = ofHidden
    cellNext = tf.mul(cell, forget)
  }
  observe?.(observed.reverse())
  return {
    frames: frames.reverse(),
    kernel: defined(kernelSum, 'there is a step'),
    bias: defined(biasSum, 'there is a step'),
  }
}

/**
 * A ConvLSTM layer over a whole sequence, equal to `tf.layers.convLstm2d` with `recurrentActivation: 'sigmoid'` and
 * padding `same` on the same weights: one convolution for the four gates of a step, and the gradient written by hand.
 * @param x [batch, time, height, width, channels]
 * @returns hidden states [batch, time, height, width, filters], or the last one without the time axis
 * Source: Shi et al. 2015, without peepholes; gate order of Keras.
 */
export function convLstmSequence(
  x: tf.Tensor5D,
  weights: ConvLstmWeights,
  returnSequences: boolean,
  observe?: ObserveSteps,
): tf.Tensor {
  const time = x.shape[1]
  const filters = weights.recurrentKernel.shape[2]
  const channels = x.shape[4]
  const layer = tf.customGrad((...args) => {
    const [frames, kernel, recurrentKernel, bias, save] = args as unknown as [
      tf.Tensor5D,
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ]
    const double = doubleCandidate(filters)
    const joinedKernel = tf.mul(tf.concat([kernel, recurrentKernel], 2), double) as tf.Tensor4D
    const steps = runSteps(tf.unstack(frames, 1) as tf.Tensor4D[], joinedKernel, tf.mul(bias, double), filters)
    const hidden = steps.map((step) => step.hidden)
    const value = returnSequences ? tf.stack(hidden, 1) : defined(hidden.at(-1), 'there is a step')
    save([joinedKernel, double, ...steps.flatMap((step) => parts.map((part) => step[part]))])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [savedKernel, savedDouble, ...rest] = saved as [tf.Tensor4D, tf.Tensor1D, ...tf.Tensor4D[]]
      const kept = Array.from(
        { length: time },
        (_, t) => Object.fromEntries(parts.map((part, i) => [part, rest[parts.length * t + i]])) as unknown as Step,
      )
      const last = kept.map((_, t) => (t === time - 1 ? (dy as tf.Tensor4D) : undefined))
      const upstream = returnSequences ? (tf.unstack(dy, 1) as tf.Tensor4D[]) : last
      const gradients = backward(kept, upstream, savedKernel, filters, observe)
      const [dKernel, dRecurrent] = tf.split(tf.mul(gradients.kernel, savedDouble), [channels, filters], 2) as [
        tf.Tensor,
        tf.Tensor,
      ]
      return [tf.stack(gradients.frames, 1), dKernel, dRecurrent, tf.mul(gradients.bias, savedDouble)]
    }
    return { value, gradFunc }
  })
  return layer(x, weights.kernel, weights.recurrentKernel, weights.bias)
}
