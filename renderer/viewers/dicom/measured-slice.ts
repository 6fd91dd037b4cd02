import type { OpenSequence } from '../../../shared/contracts/sequences.ts'
import type { FrameCache } from '../map/frame-cache.ts'
import type { Measurement } from './measurement.ts'
import { dot, framePlane, normalOf, type FramePlane } from './patient-space.ts'
import { isColour, peekSlice, readSlice } from './slice-source.ts'
import { cutVolume, gridPlane, planeGrid, readVolume, volumeBox, type Volume } from './volume.ts'

type Place = Pick<Measurement, 'frame' | 'cut'>

/** Where the slice lies that a measurement was made on: an acquired one, or one cut through the series. */
export function measuredPlane(series: OpenSequence, { frame, cut }: Place): FramePlane {
  return cut ? gridPlane(planeGrid(volumeBox(series).box, cut), frame) : framePlane(series.medical, series.info, frame)
}

/** Values of the slice of a measurement, where they are at hand; null for colours, and where they are not. */
export function peekMeasured(
  cache: FrameCache,
  series: OpenSequence,
  place: Place,
  volume: Volume | null,
): Float32Array | null {
  if (isColour(series)) return null
  if (!place.cut) return peekSlice(cache, series, place.frame)?.values ?? null
  return volume?.key === series.handle ? cutVolume(volume, measuredPlane(series, place)) : null
}

/**
 * Reads the values of the slices of some measurements; the whole series where one of them was cut through it.
 * @returns one array for each, null for colours
 * @throws `medical/volume-too-large`, `AbortError`, the data plane's codes
 */
export async function readMeasured(
  cache: FrameCache,
  series: OpenSequence,
  places: readonly Place[],
  known: Volume | null,
  signal: AbortSignal,
): Promise<(Float32Array | null)[]> {
  if (isColour(series)) return places.map(() => null)
  const needsVolume = places.some(({ cut }) => cut !== undefined)
  const isKnown = known?.key === series.handle
  const volume = isKnown ? known : needsVolume ? await readVolume(cache, series, () => undefined, signal) : null
  return Promise.all(
    places.map(async (place) => {
      if (!place.cut) return (await readSlice(cache, series, place.frame)).values
      return volume && cutVolume(volume, measuredPlane(series, place))
    }),
  )
}

/** Position of the slice of a measurement along its normal, in mm; null where the series does not lie in the patient. */
export function measuredPosition(series: OpenSequence, place: Place): number | null {
  const plane = measuredPlane(series, place)
  return plane.isInPatient ? dot(plane.origin, normalOf(plane)) : null
}
