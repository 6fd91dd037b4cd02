import { useRouter } from 'vue-router'
import { useCurvesStore } from '../stores/curves.ts'
import { useLookStore } from '../stores/look.ts'
import { frameMoments, momentOf, nearestFrame } from '../viewers/time/time-scale.ts'

/** A place in the images and the time it is about: first day, and first day after. */
export interface PlaceInTime {
  readonly x: number
  readonly y: number
  readonly row: number
  readonly column: number
  readonly from: string
  readonly to: string
}

/** Pixels of the images that a place is shown amid. */
const pixelsAround = 40

/** Gives the function that opens the Look page at a place, in the middle of its time, with its curve pinned. */
export function useGoToPlace(): (place: PlaceInTime) => Promise<void> {
  const router = useRouter()
  const look = useLookStore()
  const curves = useCurvesStore()
  return async ({ x, y, row, column, from, to }) => {
    const { sequence } = look
    if (look.times) {
      const moments = frameMoments(look.times, look.frames)
      look.goTo(nearestFrame(moments, (momentOf(from) + momentOf(to)) / 2))
    }
    if (sequence?.extent) {
      const [left, , right] = sequence.extent
      const pixel = (right - left) / sequence.info.width
      look.centre = [x, y]
      // The map is some 800 screen pixels across; small images are not enlarged beyond their own extent.
      look.resolution = (pixel * Math.min(pixelsAround, sequence.info.width)) / 800
    }
    await router.push('/look')
    await curves.pin(x, y, row, column)
  }
}
