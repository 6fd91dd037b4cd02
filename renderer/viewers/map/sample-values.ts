import type { FrameRead } from '../../../shared/contracts/data-plane.ts'
import { type Quantity, quantityPlane } from '../../../shared/imaging/quantity.ts'
import type { FrameCache } from './frame-cache.ts'
import { type Extent, seenWindow, type ViewGrid, type ViewWindow } from './view-window.ts'

/** Of which values a stretch is made. */
export type StretchScope = 'series' | 'frame' | 'view'

const frameEdge = 256
const seriesEdge = 96
const seriesFrames = 16

/** What to look at for a stretch: which frames, which part of them, and how finely. */
export interface SamplePlan {
  readonly frames: readonly number[]
  readonly part: ViewWindow
}

/**
 * Plans the reads of a sample; its cost does not grow with the data: one frame at 256 pixels, or 16 frames at 96.
 * @param extent  what is seen, in map units; null for the whole
 * @returns null where nothing of the images is seen
 */
export function samplePlan(
  scope: StretchScope,
  grid: ViewGrid,
  frame: number,
  frames: number,
  extent: Extent | null,
): SamplePlan | null {
  const whole = { row: 0, column: 0, height: grid.height, width: grid.width }
  if (scope === 'series') {
    const count = Math.min(frames, seriesFrames)
    const spread = Array.from({ length: count }, (_, i) => Math.round((i * (frames - 1)) / Math.max(1, count - 1)))
    return { frames: spread, part: reduced(whole, seriesEdge) }
  }
  if (scope === 'frame' || !extent) return { frames: [frame], part: reduced(whole, frameEdge) }
  const seen = seenWindow(grid, extent)
  return seen && { frames: [frame], part: reduced(seen, frameEdge) }
}

function reduced(window: FrameRead['window'], edge: number): ViewWindow {
  const factor = Math.max(1, Math.max(window.height, window.width) / edge)
  const size = (length: number): number => Math.max(1, Math.round(length / factor))
  return { window, outHeight: size(window.height), outWidth: size(window.width) }
}

/** Reads the numbers of a plan: those of one band, or what a formula makes of several. @throws the data plane's codes */
export async function sampleValues(
  cache: FrameCache,
  handle: string,
  plan: SamplePlan,
  bands: readonly number[],
  quantity: Quantity,
): Promise<Float32Array> {
  const pixels = plan.part.outHeight * plan.part.outWidth
  const values = new Float32Array(plan.frames.length * pixels)
  for (const [i, frame] of plan.frames.entries()) {
    const read: FrameRead = { kind: 'frame', frame, bands: [...bands], ...plan.part, resampling: 'nearest' }
    values.set(quantityPlane(await cache.read(handle, read), pixels, quantity), i * pixels)
  }
  return values
}
