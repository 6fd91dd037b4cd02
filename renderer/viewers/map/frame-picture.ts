import type { FrameRead } from '../../../shared/contracts/data-plane.ts'
import { type FramePaint, maskColours, paintFrame } from '../../../shared/imaging/paint-frame.ts'
import type { FrameCache } from './frame-cache.ts'
import type { ViewWindow } from './view-window.ts'

/** Pixels that are not to be trusted, by the value of a quality band. */
export interface FrameMask {
  readonly band: number
  readonly rejects: (value: number) => boolean
  /** How much of them is still seen. */
  readonly opacity: number
}

/** Which frame of which sequence is shown, and how. */
export interface FrameLayerState {
  readonly handle: string
  readonly frame: number
  readonly bands: readonly number[]
  readonly paint: FramePaint
  /** A second frame, whose bands follow those of the first: for paints that compare. */
  readonly against?: number | null
  readonly mask?: FrameMask | null
}

/** The numbers of a part of a frame. */
export interface FramePlanes {
  /** [bands, outHeight, outWidth]; twice as many bands where two frames are compared. */
  readonly values: Float32Array
  /** The quality band's values, [frames, outHeight, outWidth]; null where nothing is masked. */
  readonly quality: readonly Float32Array[] | null
}

/** A part of a frame as a picture. */
export interface FramePicture extends FramePlanes {
  readonly part: ViewWindow
  readonly frame: number
  readonly picture: HTMLCanvasElement
  /** Pixels that hold data, and how many of them are masked; null where nothing is masked. */
  readonly masked: { readonly masked: number; readonly valid: number } | null
}

/** Reads that a state needs for a part of its frame. Quality bands hold flags, which have no average. */
export function readsOf(
  state: FrameLayerState,
  part: ViewWindow,
  resampling: FrameRead['resampling'],
): readonly FrameRead[] {
  const frames = state.against == null ? [state.frame] : [state.frame, state.against]
  const read = (frame: number, bands: readonly number[], how: FrameRead['resampling']): FrameRead => ({
    kind: 'frame',
    frame,
    bands: [...bands],
    ...part,
    resampling: how,
  })
  const values = frames.map((frame) => read(frame, state.bands, resampling))
  const { mask } = state
  return mask ? [...values, ...frames.map((frame) => read(frame, [mask.band], 'nearest'))] : values
}

/** What is at hand of the reads; null while something is missing. */
export function peekPlanes(
  cache: FrameCache,
  handle: string,
  reads: readonly FrameRead[],
): readonly Float32Array[] | null {
  const found = reads.map((read) => cache.peek(handle, read))
  return found.some((one) => one === null) ? null : (found as Float32Array[])
}

/** Puts together what was read for a state. */
export function planesOf(state: FrameLayerState, found: readonly Float32Array[]): FramePlanes {
  const frames = state.against == null ? 1 : 2
  const quality = state.mask ? found.slice(frames) : null
  const [first = new Float32Array(0), second] = found
  if (frames === 1 || !second) return { values: first, quality }
  const values = new Float32Array(first.length + second.length)
  values.set(first)
  values.set(second, first.length)
  return { values, quality }
}

/** Paints numbers that were read. */
export function paintPicture(state: FrameLayerState, part: ViewWindow, planes: FramePlanes): FramePicture {
  const { outWidth, outHeight } = part
  const picture = document.createElement('canvas')
  picture.width = outWidth
  picture.height = outHeight
  const pixels = outWidth * outHeight
  const colours = paintFrame(planes.values, pixels, state.paint)
  const { mask } = state
  let masked: FramePicture['masked'] = null
  if (mask && planes.quality) {
    const [first, second] = planes.quality
    const quality = first ?? new Float32Array(0)
    // A difference can be trusted only where both moments can.
    const joined = second ? quality.map((value, i) => (mask.rejects(value) ? value : (second[i] as number))) : quality
    masked = maskColours(colours, joined, mask.rejects, mask.opacity)
  }
  picture.getContext('2d')?.putImageData(new ImageData(colours, outWidth, outHeight), 0, 0)
  return { ...planes, part, frame: state.frame, picture, masked }
}
