import type { FrameRead } from '../../../shared/contracts/data-plane.ts'
import { storedKind } from '../../../shared/domain/stored-values.ts'
import type { OpenSequence } from '../../../shared/contracts/sequences.ts'
import type { FrameCache } from '../map/frame-cache.ts'
import type { SliceImage } from './painter.ts'
import { framePlane } from './patient-space.ts'

/** Bytes of slices that are read ahead of the one shown; the cache of all frames keeps at most 256 MiB. */
const aheadBytes = 96 * 1024 * 1024
const mostAhead = 40
const readsAtOnce = 3

/** Whether a sequence is shown in its own colours: three bands that differ. */
export function isColour({ composite }: OpenSequence): boolean {
  return new Set(composite).size === 3
}

/** Whether the values of a sequence are whole numbers. */
export function hasWholeValues({ info }: OpenSequence): boolean {
  return !info.dtype.startsWith('float')
}

/** The read of a whole frame, as it is shown. */
export function sliceRead(series: OpenSequence, frame: number): FrameRead {
  const { height, width } = series.info
  const [first] = series.composite
  return {
    kind: 'frame',
    frame,
    bands: isColour(series) ? [...series.composite] : [first],
    window: { row: 0, column: 0, height, width },
    outHeight: height,
    outWidth: width,
    resampling: 'nearest',
  }
}

function sliceOf(series: OpenSequence, frame: number, values: Float32Array): SliceImage {
  return {
    key: `${series.handle}/${frame}`,
    values,
    bands: isColour(series) ? 3 : 1,
    plane: framePlane(series.medical, series.info, frame),
  }
}

/** A slice where it is read already. */
export function peekSlice(cache: FrameCache, series: OpenSequence, frame: number): SliceImage | null {
  const values = cache.peek(series.handle, sliceRead(series, frame))
  return values && sliceOf(series, frame, values)
}

/** Reads a slice. @throws the data plane's codes */
export async function readSlice(cache: FrameCache, series: OpenSequence, frame: number): Promise<SliceImage> {
  return sliceOf(series, frame, await cache.read(series.handle, sliceRead(series, frame)))
}

/** Frames to read around one, the nearest first: as many as 96 MiB hold, at most 40 each way. */
export function framesAhead(frame: number, frames: number, frameBytes: number): number[] {
  const reach = Math.min(mostAhead, Math.floor(aheadBytes / frameBytes / 2))
  const order: number[] = []
  for (let distance = 1; distance <= reach; distance++)
    for (const next of [frame + distance, frame - distance]) if (next >= 0 && next < frames) order.push(next)
  return order
}

/** Bytes of a number as frames are sent and kept: as it is stored, at most a float. */
function bytesOf({ info }: OpenSequence): number {
  return storedKind(info.dtype)?.BYTES_PER_ELEMENT ?? 4
}

/** Reads the slices around one, three at a time, until they are there or `isWanted` says no; what fails is tried again when it is shown. */
export async function readAhead(
  cache: FrameCache,
  series: OpenSequence,
  frame: number,
  isWanted: () => boolean,
): Promise<void> {
  const { frames, height, width } = series.info
  const waiting = framesAhead(frame, frames, height * width * bytesOf(series) * (isColour(series) ? 3 : 1))
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && isWanted(); next = waiting.shift())
      await cache.readAhead(series.handle, sliceRead(series, next)).catch(() => undefined)
  }
  await Promise.all(Array.from({ length: readsAtOnce }, work))
}
