import type { SeededRandom } from '../../../shared/base/seeded-random.ts'
import type { Batch } from '../../engine/training-program.ts'
import type { TensorData } from '../../engine/graph.ts'
import type { FrameStore } from '../frames/frame-store.ts'
import type { ClipPlace } from './clips.ts'
import type { ClipShape } from './predictor-program.ts'

/** Makes the batches of a training. */
export interface ClipBatchOptions {
  readonly store: FrameStore
  readonly clips: readonly ClipPlace[]
  readonly shape: ClipShape
  readonly batch: number
  /** Steps over which the share of true frames that are fed back falls from 1 to 0. */
  readonly teachingSteps: number
}

/** Copies clips from the store into padded batches, and draws where true frames are fed back. */
export function clipBatchMaker(
  options: ClipBatchOptions,
): (rows: readonly number[], random: SeededRandom, step: number) => Batch {
  const { store, clips, shape, batch, teachingSteps } = options
  const { inputFrames, horizon, size, channels } = shape
  const frame = size[0] * size[1] * channels
  const tensor = (frames: number, values: Float32Array): TensorData => ({
    shape: [batch, frames, ...size, channels],
    dtype: 'float32',
    values,
  })
  return (rows, random, step) => {
    const x = new Float32Array(batch * inputFrames * frame)
    const y = new Float32Array(batch * horizon * frame)
    const truth = new Float32Array(batch * (horizon - 1) * frame)
    const teach = new Float32Array(batch * (horizon - 1))
    const weights = new Float32Array(batch)
    const share = teachingSteps > 0 ? Math.max(0, 1 - step / teachingSteps) : 0
    rows.forEach((row, i) => {
      const first = clips[row]?.first ?? 0
      for (let t = 0; t < inputFrames; t++) store.copyTo(x, (i * inputFrames + t) * frame, first + t)
      for (let t = 0; t < horizon; t++) store.copyTo(y, (i * horizon + t) * frame, first + inputFrames + t)
      truth.set(y.subarray(i * horizon * frame, ((i + 1) * horizon - 1) * frame), i * (horizon - 1) * frame)
      for (let t = 0; t < horizon - 1; t++) teach[i * (horizon - 1) + t] = random.next() < share ? 1 : 0
      weights[i] = 1
    })
    return {
      features: {
        x: tensor(inputFrames, x),
        ...(horizon > 1
          ? {
              truth: tensor(horizon - 1, truth),
              teach: { shape: [batch, horizon - 1], dtype: 'float32' as const, values: teach },
            }
          : {}),
      },
      targets: { y: tensor(horizon, y) },
      weights,
    }
  }
}
