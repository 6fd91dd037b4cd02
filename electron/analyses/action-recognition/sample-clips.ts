import type { SeededRandom } from '../../../shared/base/seeded-random.ts'
import type { FrameForm } from '../frames/frame-form.ts'
import type { FrameStore } from '../frames/frame-store.ts'
import type { ActionData, ActionTraining } from './action-options.ts'

/** A stretch of frames in a store. */
export interface Stretch {
  readonly first: number
  readonly count: number
}

/**
 * Which frames of a stretch the model looks at, as store indices.
 * @param random draws the places while training; null takes the middle ones
 * Source of `segments`: Wang et al. 2016 (temporal segment networks).
 */
export function framesOfClip(
  { first, count }: Stretch,
  { frames, sampling, stride }: Pick<ActionData, 'frames' | 'sampling' | 'stride'>,
  random: SeededRandom | null,
): number[] {
  const clamp = (frame: number): number => first + Math.min(count - 1, Math.max(0, Math.floor(frame)))
  if (sampling === 'segments')
    return Array.from({ length: frames }, (_, i) => clamp(((i + (random ? random.next() : 0.5)) * count) / frames))
  const slack = Math.max(0, count - ((frames - 1) * stride + 1))
  const start = random ? random.integer(slack + 1) : slack / 2
  return Array.from({ length: frames }, (_, i) => clamp(start + i * stride))
}

/** How a clip is changed before it is shown. */
export interface Change {
  /** Upper left corner within the stored frame. */
  readonly top: number
  readonly left: number
  readonly isMirrored: boolean
  /** value · contrast + brightness, in [0, 1] units */
  readonly contrast: number
  readonly brightness: number
}

/** The middle of the frame as it is. */
export function unchanged(form: Pick<FrameForm, 'size'>, size: readonly [number, number]): Change {
  const [top, left] = [Math.floor((form.size[0] - size[0]) / 2), Math.floor((form.size[1] - size[1]) / 2)]
  return { top, left, isMirrored: false, contrast: 1, brightness: 0 }
}

/** A random change, the same for all frames of a clip. */
export function randomChange(
  form: Pick<FrameForm, 'size'>,
  size: readonly [number, number],
  { crop, flip, jitter }: Pick<ActionTraining, 'crop' | 'flip' | 'jitter'>,
  random: SeededRandom,
): Change {
  const plain = unchanged(form, size)
  const either = (): number => 2 * random.next() - 1
  return {
    top: crop ? random.integer(form.size[0] - size[0] + 1) : plain.top,
    left: crop ? random.integer(form.size[1] - size[1] + 1) : plain.left,
    isMirrored: flip && random.next() < 0.5,
    contrast: 1 + jitter * either(),
    brightness: (jitter / 2) * either(),
  }
}

/** Share of the first clip in a blend of two, from Beta(mix, mix); Jöhnk's method. @param mix in (0, 1] */
export function shareOfBlend(mix: number, random: SeededRandom): number {
  for (;;) {
    const [x, y] = [random.next() ** (1 / mix), random.next() ** (1 / mix)]
    // Both are 0 when `mix` is tiny: then one clip is shown alone, and which one is even.
    if (x + y === 0) return random.next() < 0.5 ? 0 : 1
    if (x + y <= 1) return x / (x + y)
  }
}

/**
 * Copies a clip out of a store, in physical units.
 * @param target [frames, height, width, channels] from `offset` on
 */
export function copyClip(
  store: FrameStore,
  form: FrameForm,
  size: readonly [number, number],
  {
    frames,
    change,
    target,
    offset,
  }: { frames: readonly number[]; change: Change; target: Float32Array; offset: number },
): void {
  const [height, width] = size
  const channels = form.bands.length
  const whole = new Float32Array(store.valuesPerFrame)
  let to = offset
  let before = -1
  for (const frame of frames) {
    if (frame !== before) store.copyTo(whole, 0, frame)
    before = frame
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        const x = change.left + (change.isMirrored ? width - 1 - column : column)
        const from = ((change.top + row) * form.size[1] + x) * channels
        for (let c = 0; c < channels; c++) {
          const value = (whole[from + c] ?? 0) * change.contrast + change.brightness
          target[to++] = value * (form.range[c] ?? 1) + (form.low[c] ?? 0)
        }
      }
  }
}
