import { computed, onBeforeUnmount, ref, type ShallowRef, shallowRef } from 'vue'
import { floatsOf } from '../../../shared/contracts/data-array.ts'
import type { OpenSequence } from '../../../shared/contracts/sequences.ts'
import { toHex } from '../../../shared/imaging/colour-maps.ts'
import { useConnectionStore } from '../../stores/connection.ts'
import type { PictureCache, PictureSize } from './picture-cache.ts'

/** A pixel of the frame. */
export interface PixelPlace {
  readonly column: number
  readonly row: number
}

/** A reduced picture does not hold the pixel's own value: it is read when the pointer rests. */
const restMs = 80

/** The stored values of the pixel under the pointer. */
export function usePointerValue(
  cache: ShallowRef<PictureCache | null>,
  look: { readonly sequence: OpenSequence | null; readonly isPlaying: boolean },
) {
  const connection = useConnectionStore()
  const place = shallowRef<PixelPlace | null>(null)
  const values = ref<readonly number[] | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let stop = new AbortController()

  const colour = computed(() => {
    const [red = 0, green = red, blue = red] = values.value ?? []
    return toHex([red, green, blue])
  })

  function at(next: PixelPlace | null, frame: number, size: PictureSize): void {
    clearTimeout(timer)
    stop.abort()
    place.value = next
    const info = look.sequence?.info
    if (!next || !info) {
      values.value = null
      return
    }
    const picture = size.width === info.width ? cache.value?.peek(frame, size) : null
    if (picture) {
      const start = (next.row * picture.width + next.column) * 4
      values.value = [...picture.pixels.subarray(start, start + info.bands.length)]
      return
    }
    values.value = null
    if (!look.isPlaying) timer = setTimeout(() => void read(next, frame), restMs)
  }

  async function read({ row, column }: PixelPlace, frame: number): Promise<void> {
    const { sequence } = look
    if (!sequence) return
    stop = new AbortController()
    const { signal } = stop
    try {
      const bands = sequence.info.bands.map((_, band) => band)
      const window = { row, column, height: 1, width: 1 }
      const request = { kind: 'frame', frame, bands, window, outHeight: 1, outWidth: 1, resampling: 'nearest' } as const
      const found = await connection.data().read(sequence.handle, request, signal)
      if (!signal.aborted) values.value = [...floatsOf(found)]
    } catch {
      // Moved on, or the frame cannot be read: the stage itself says so.
    }
  }

  onBeforeUnmount(() => {
    clearTimeout(timer)
    stop.abort()
  })

  return {
    place,
    values,
    colour,
    at,
    /** The frame under a pointer that did not move has changed. */
    again: (frame: number, size: PictureSize) => at(place.value, frame, size),
  }
}
