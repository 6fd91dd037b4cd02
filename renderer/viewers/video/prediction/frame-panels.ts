import type { FramePrediction } from '../../../../shared/contracts/inference.ts'

/** The three pictures of one moment of a prediction, RGBA [height, width, 4] each; null where there is none. */
export interface FramePanels {
  readonly truth: Uint8ClampedArray | null
  readonly predicted: Uint8ClampedArray
  readonly difference: Uint8ClampedArray | null
}

type Shape = Pick<FramePrediction, 'inputFrames' | 'horizon' | 'truths' | 'pictures'>

/**
 * The pictures of a moment. While frames are known, truth and prediction are the same and differ nowhere.
 * @param bytes known frames, truths, predicted frames, uint8 [frames, height, width, channels]
 * @param step  0 is the first known frame
 */
export function framePanels(bytes: Uint8Array, shape: Shape, step: number): FramePanels | null {
  const { inputFrames, truths, pictures } = shape
  if (!pictures) return null
  const { height, width, channels } = pictures
  const length = height * width * channels
  const frame = (index: number): Uint8Array => bytes.subarray(index * length, (index + 1) * length)
  if (step < inputFrames) {
    const known = rgba(frame(step), channels)
    return { truth: known, predicted: known, difference: null }
  }
  const future = step - inputFrames
  const predicted = frame(inputFrames + truths + future)
  const truth = future < truths ? frame(inputFrames + future) : null
  return {
    truth: truth && rgba(truth, channels),
    predicted: rgba(predicted, channels),
    difference: truth && differenceOf(predicted, truth, channels),
  }
}

function rgba(values: Uint8Array, channels: number): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray((values.length / channels) * 4)
  for (let i = 0; i < values.length / channels; i++) {
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = values[i * channels + (channels === 3 ? c : 0)] ?? 0
    pixels[4 * i + 3] = 255
  }
  return pixels
}

/** Red: predicted too bright; blue: too dark; white: right. */
function differenceOf(predicted: Uint8Array, truth: Uint8Array, channels: number): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray((predicted.length / channels) * 4)
  for (let i = 0; i < predicted.length / channels; i++) {
    let apart = 0
    for (let c = 0; c < channels; c++) apart += (predicted[i * channels + c] ?? 0) - (truth[i * channels + c] ?? 0)
    const faded = 255 - Math.min(255, Math.abs(apart / channels) * 2)
    pixels.set(apart > 0 ? [255, faded, faded, 255] : [faded, faded, 255, 255], 4 * i)
  }
  return pixels
}
