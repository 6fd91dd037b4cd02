import { defined } from '../../../shared/base/assert.ts'
import type { ModelManifest } from '../../../shared/domain/model-folder.ts'
import type { ActionSaliency } from '../../../shared/domain/video-prediction.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import { ApplyProgram, type TrainedNumbers } from '../../engine/apply-program.ts'
import type { Executor } from '../../engine/executors/executor.ts'
import { gradientFeatures, inputGradient } from '../../engine/input-gradient.ts'
import type { ModelFunction } from '../../engine/model-function.ts'
import type { FrameForm } from '../frames/frame-form.ts'
import type { FrameStore } from '../frames/frame-store.ts'
import { shownWindow } from '../frames/small-frames.ts'
import type { StoredSequence } from '../frames/store-sequence.ts'
import type { ActionData } from './action-options.ts'
import { clipFeatures, withNormalisedClips } from './action-program.ts'
import { copyClip, framesOfClip, unchanged, type Stretch } from './sample-clips.ts'

/** What is explained, and with what. */
export interface ExplainOptions {
  readonly model: ModelFunction
  readonly manifest: ModelManifest
  readonly contract: TemporalContract
  readonly numbers: TrainedNumbers
  readonly executor: Executor
  readonly store: FrameStore
  readonly form: FrameForm
  readonly data: ActionData
  readonly sequence: StoredSequence
  /** Frames of the store that the model looks at as one clip. */
  readonly stretch: Stretch
  /** Class whose score is explained. */
  readonly classIndex: number
}

/** Which pixels of which frames a score depends on. */
export interface Explanation {
  readonly saliency: Omit<ActionSaliency, 'file'>
  /** Absolute gradient, [frames, height, width], all channels together. */
  readonly maps: Float32Array
}

/**
 * How strongly the score of a class depends on each pixel of the frames that the model looks at: the absolute gradient with respect
 * to the normalised pixels, added up over the channels.
 * Source: Simonyan et al. 2014.
 */
export async function explainAction(options: ExplainOptions): Promise<Explanation> {
  const { manifest, contract, numbers, executor, store, form, data, sequence, stretch, classIndex } = options
  const { labels } = manifest
  const [height, width] = contract.size
  const channels = contract.bands.length
  const frames = framesOfClip(stretch, data, null)
  const x = new Float32Array(frames.length * height * width * channels)
  copyClip(store, form, contract.size, { frames, change: unchanged(form, contract.size), target: x, offset: 0 })
  const program = await ApplyProgram.create(
    inputGradient(withNormalisedClips(options.model, contract.normalisation), 'x', 'logits'),
    gradientFeatures(clipFeatures(contract), labels.length),
    1,
    executor,
  )
  try {
    const chosen = new Float32Array(labels.length)
    chosen[classIndex] = 1
    const { gradient } = await program.run(numbers, { x, chosen }, 1)
    const maps = absolute(defined(gradient, 'the program yields the gradient'), contract.normalisation.deviation)
    return {
      maps,
      saliency: {
        sequence: sequence.info.id,
        label: labels[classIndex] ?? '',
        from: stretch.first - sequence.first,
        to: stretch.first - sequence.first + stretch.count,
        frames: frames.map((frame) => frame - sequence.first),
        size: [height, width],
        shares: sharesOf(maps, frames.length),
        place: placeOf(sequence, form, contract.size),
      },
    }
  } finally {
    await program.dispose()
  }
}

/** With respect to pixels in deviations, so that bands of other units can be added up; [.., channels] to [..]. */
function absolute(gradient: Float32Array, deviations: readonly number[]): Float32Array {
  const channels = deviations.length
  const maps = new Float32Array(gradient.length / channels)
  for (let i = 0; i < gradient.length; i++) {
    const pixel = Math.floor(i / channels)
    maps[pixel] = (maps[pixel] ?? 0) + Math.abs((gradient[i] ?? 0) * (deviations[i % channels] ?? 1))
  }
  return maps
}

/** Part of the whole that lies in each frame; they add up to 1. */
function sharesOf(maps: Float32Array, frames: number): number[] {
  const length = maps.length / frames
  const sums = Array.from({ length: frames }, (_, t) =>
    maps.subarray(t * length, (t + 1) * length).reduce((sum, value) => sum + value, 0),
  )
  const total = sums.reduce((sum, value) => sum + value, 0)
  return sums.map((sum) => (total > 0 ? sum / total : 1 / frames))
}

/** The part of a frame that the model sees, as parts of its width and height. */
function placeOf({ info }: StoredSequence, form: FrameForm, [height, width]: readonly [number, number]) {
  const window = shownWindow(info, form)
  const [rows, columns] = [window.height / form.size[0], window.width / form.size[1]]
  const { top, left } = unchanged(form, [height, width])
  return {
    left: (window.column + left * columns) / info.width,
    top: (window.row + top * rows) / info.height,
    width: (width * columns) / info.width,
    height: (height * rows) / info.height,
  }
}
