import {
  frameQuality,
  videoQuality,
  type FrameQuality,
  type VideoQuality,
} from '../../../shared/metrics/video-quality.ts'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import type { ApplyProgram, TrainedNumbers } from '../../engine/apply-program.ts'
import type { FrameStore } from '../frames/frame-store.ts'
import type { JobContext } from '../task.ts'
import type { ClipPlace } from './clips.ts'
import type { ClipShape } from './predictor-program.ts'

/** A predictor compiled for one shape of clips, with its numbers. */
export interface Predictor {
  readonly program: ApplyProgram
  readonly numbers: TrainedNumbers
}

/** Quality of a model's predictions, and of copying the last known frame, on the same clips. */
export interface PredictionQuality {
  readonly model: VideoQuality
  readonly copy: VideoQuality
  /** Of each clip, in their order. */
  readonly clips: readonly ClipQuality[]
}

/** Means over the steps of one clip, of the model and of copying the last known frame. */
export interface ClipQuality {
  readonly mse: number
  readonly ssim: number
  readonly copyMse: number
}

/**
 * Predicts the future of clips, batch by batch, and compares it with the truth; values are cut off to [0, 1] first.
 * @throws `AbortError`
 */
export async function measurePredictions(
  { program, numbers }: Predictor,
  store: FrameStore,
  clips: readonly ClipPlace[],
  shape: ClipShape,
  context: JobContext,
): Promise<PredictionQuality> {
  const { inputFrames, horizon, size, channels } = shape
  const frameSize = { height: size[0], width: size[1], channels }
  const frame = size[0] * size[1] * channels
  const [ofModel, ofCopy]: [FrameQuality[][], FrameQuality[][]] = [[], []]
  for (let start = 0; start < clips.length; start += program.batch) {
    throwIfAborted(context.signal)
    context.report({ stage: 'Testing', done: start, total: clips.length })
    const some = clips.slice(start, start + program.batch)
    const frames = await predictClips({ program, numbers }, store, some, shape)
    some.forEach(({ first }, i) => {
      const last = store.frame(first + inputFrames - 1)
      const truths = Array.from({ length: horizon }, (_, t) => store.frame(first + inputFrames + t))
      ofModel.push(
        truths.map((truth, t) =>
          frameQuality(frames.subarray((i * horizon + t) * frame, (i * horizon + t + 1) * frame), truth, frameSize),
        ),
      )
      ofCopy.push(truths.map((truth) => frameQuality(last, truth, frameSize)))
    })
  }
  const mean = (steps: readonly FrameQuality[] | undefined, of: 'mse' | 'ssim'): number =>
    (steps ?? []).reduce((sum, step) => sum + step[of], 0) / horizon
  return {
    model: videoQuality(ofModel),
    copy: videoQuality(ofCopy),
    clips: ofModel.map((steps, i) => ({
      mse: mean(steps, 'mse'),
      ssim: mean(steps, 'ssim'),
      copyMse: mean(ofCopy[i], 'mse'),
    })),
  }
}

/** The predicted frames of clips, [clips, horizon, height, width, channels], cut off to [0, 1]. */
export async function predictClips(
  { program, numbers }: Predictor,
  store: FrameStore,
  clips: readonly ClipPlace[],
  { inputFrames, size, channels }: ClipShape,
): Promise<Float32Array> {
  const frame = size[0] * size[1] * channels
  const x = new Float32Array(clips.length * inputFrames * frame)
  clips.forEach(({ first }, i) => {
    for (let t = 0; t < inputFrames; t++) store.copyTo(x, (i * inputFrames + t) * frame, first + t)
  })
  const { frames = new Float32Array() } = await program.run(numbers, { x }, clips.length)
  return frames.map((value) => Math.min(1, Math.max(0, value)))
}

/** Metrics in the form that `train --json` and `evaluate --json` print: means, and `perStep` of each. */
export function asMetrics(quality: VideoQuality): { [name: string]: unknown } {
  const names = ['mse', 'mae', 'psnr', 'ssim'] as const
  return {
    ...Object.fromEntries(names.map((name) => [name, quality[name]])),
    perStep: Object.fromEntries(names.map((name) => [name, quality.perStep.map((step) => step[name])])),
  }
}
