import { defined } from '../../shared/base/assert.ts'
import { AppError } from '../../shared/base/app-error.ts'
import { glorotUniform, zeros } from '../engine/initialisers.ts'
import type { ModelFunction } from '../engine/model-function.ts'
import type { Scope } from '../engine/scope.ts'
import { tf } from '../engine/tensorflow-js.ts'
import type { FrameTarget } from './model-definition.ts'
import type { PredictorOptions } from './predictor-options.ts'

/** One layer's or stack's states from step to step; `null` before the first, where all are zero. */
export interface StackStep<State> {
  /** Hidden state of the top layer, [batch, height, width, filters]. */
  readonly top: tf.Tensor4D
  readonly state: State
}

/** Stacked recurrent layers over images: makes its weights once, then runs step by step. */
export type RecurrentStack<State> = (
  scope: Scope,
  channels: number,
) => (frame: tf.Tensor4D, before: State | null) => StackStep<State>

/**
 * Rolls a recurrent stack over the known frames and on into the future, each prediction being the next input (or, while it is
 * trained, the true frame where `teach` is 1: scheduled sampling).
 * Source: Srivastava et al. 2015 (conditional decoder), Bengio et al. 2015 (scheduled sampling), Wang et al. 2017 (patches).
 */
export function recurrentPredictor<State>(
  makeStack: RecurrentStack<State>,
  options: PredictorOptions,
  { horizon }: FrameTarget,
): ModelFunction {
  return (scope, { x, truth, teach }) => {
    const frames = x as tf.Tensor5D // [b, t, H, W, C]
    const [batch, time, height, width, channels] = frames.shape
    const { patch } = options
    if (height % patch !== 0 || width % patch !== 0)
      throw new AppError(
        'usage/bad-setting',
        `Frames of ${height} x ${width} pixels cannot be cut into squares of ${patch}; choose a size that ${patch} divides, or another patch.`,
        { key: 'patch', value: String(patch) },
      )
    const depth = patch * patch * channels
    const known = tf.unstack(toPatches(frames, patch), 1) as tf.Tensor4D[] // t x [b, h, w, d]
    const isTaught = scope.mode === 'train' && truth !== undefined && teach !== undefined
    const taught = isTaught ? (tf.unstack(toPatches(truth as tf.Tensor5D, patch), 1) as tf.Tensor4D[]) : []
    const step = makeStack(scope.child('stack'), depth)
    const head = scope.child('head')
    let project: ((top: tf.Tensor4D) => tf.Tensor4D) | null = null
    const predictions: tf.Tensor4D[] = []
    let state: State | null = null
    for (let t = 0; t < time + horizon - 1; t++) {
      const input = t < time ? defined(known[t], 'a known frame') : fedBack(t - time)
      const result: StackStep<State> = step(input, state)
      state = result.state
      project ??= linearHead(head, result.top.shape[3], depth)
      const change = project(result.top) // [b, h, w, d]
      predictions.push(options.residual ? tf.add(input, change) : change)
    }
    const whole = (list: tf.Tensor4D[]): tf.Tensor =>
      fromPatches(tf.stack(list, 1) as tf.Tensor5D, patch, [batch, list.length, height, width, channels])
    const future = { frames: whole(predictions.slice(time - 1)) }
    return scope.mode === 'train' && time > 1 ? { ...future, known: whole(predictions.slice(0, time - 1)) } : future

    /** What the step after the k-th predicted frame sees. */
    function fedBack(k: number): tf.Tensor4D {
      const own = defined(predictions.at(-1), 'something was predicted before')
      const real = taught[k]
      if (!real || teach === undefined) return own
      const gate = tf.reshape(tf.slice(teach as tf.Tensor2D, [0, k], [-1, 1]), [batch, 1, 1, 1])
      return tf.add(own, tf.mul(tf.sub(real, own), gate))
    }
  }
}

/** The frame that the top layer's states mean: a convolution of one pixel. */
function linearHead(scope: Scope, filters: number, depth: number): (top: tf.Tensor4D) => tf.Tensor4D {
  const kernel = scope.parameter('kernel', [1, 1, filters, depth], glorotUniform) as tf.Tensor4D
  const bias = scope.parameter('bias', [depth], zeros) as tf.Tensor1D
  return (top) => tf.fused.conv2d({ x: top, filter: kernel, strides: 1, pad: 'same', bias })
}

/** Squares of pixels become channels: [b, t, H, W, C] to [b, t, H/p, W/p, p·p·C]. */
function toPatches(x: tf.Tensor5D, patch: number): tf.Tensor5D {
  if (patch === 1) return x
  const [batch, time, height, width, channels] = x.shape
  const [rows, columns] = [height / patch, width / patch]
  const cut = tf.reshape(x, [batch * time, rows, patch, columns, patch * channels]) // [b·t, h, p, w, p·C]
  return tf.reshape(tf.transpose(cut, [0, 1, 3, 2, 4]), [batch, time, rows, columns, patch * patch * channels])
}

/** Undoes `toPatches`. */
function fromPatches(
  x: tf.Tensor5D,
  patch: number,
  [batch, time, height, width, channels]: readonly [number, number, number, number, number],
): tf.Tensor5D {
  if (patch === 1) return x
  const [rows, columns] = [height / patch, width / patch]
  const cut = tf.reshape(x, [batch * time, rows, columns, patch, patch * channels]) // [b·t, h, w, p, p·C]
  return tf.reshape(tf.transpose(cut, [0, 1, 3, 2, 4]), [batch, time, height, width, channels])
}
