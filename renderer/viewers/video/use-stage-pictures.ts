import { computed, onBeforeUnmount, onMounted, shallowRef, watch, type ComputedRef } from 'vue'
import type { Clip } from '../../../shared/domain/clip.ts'
import { useConnectionStore } from '../../stores/connection.ts'
import { useLookStore } from '../../stores/look.ts'
import { useNoticesStore } from '../../stores/notices.ts'
import type { FrameSize, PaneView } from './pane-view.ts'
import { PictureCache, type Picture, type PictureSize } from './picture-cache.ts'
import { framesAhead } from './playback.ts'
import { usePlayer } from './use-player.ts'
import { useVideoStore } from './video-store.ts'

/**
 * Reads the pictures of the moments on the stage and those that are likely next, and plays them.
 * @param view      what of the frame is seen; decides how large pictures are read
 * @param onChanged called when there is something else to draw
 */
export function useStagePictures(
  frameSize: ComputedRef<FrameSize>,
  view: ComputedRef<PaneView>,
  onChanged: () => void,
) {
  const connection = useConnectionStore()
  const look = useLookStore()
  const notices = useNoticesStore()
  const video = useVideoStore()
  const cache = shallowRef<PictureCache | null>(null)
  const first = shallowRef<Picture | null>(null)
  const second = shallowRef<Picture | null>(null)
  let direction = 1

  /** Pictures of a sequence without a clip (an image folder) play at the look store's speed. */
  const clip = computed<Clip | null>(() => {
    if (!look.sequence) return null
    const rate = look.ownRate ?? 1
    return (
      look.sequence.clip ?? {
        codec: '',
        frameRate: rate,
        durationSeconds: look.frames / rate,
        pixelAspect: 1,
        isVariable: false,
        seconds: null,
      }
    )
  })

  /** Pictures are read no larger than they are seen; enlarged, each stored pixel is there. */
  const readSize = computed<PictureSize>(() => {
    const ratio = window.devicePixelRatio || 1
    const { width, height } = frameSize.value
    // In steps, so that dragging a window or a panel does not read everything again.
    const step = 1.25
    const wanted = Math.min(1, view.value.scale * Math.max(1, frameSize.value.pixelAspect) * ratio)
    const part = wanted > 0.8 ? 1 : step ** Math.ceil(Math.log(wanted) / Math.log(step))
    return { width: Math.max(1, Math.round(width * part)), height: Math.max(1, Math.round(height * part)) }
  })

  const player = usePlayer(() => clip.value, {
    isHere: (frame) => cache.value?.peek(frame, readSize.value) != null,
    prefetch: (frame, stride) => {
      const count = Math.min(24, Math.max(6, Math.round(((clip.value?.frameRate ?? 25) * look.speed) / stride / 2)))
      want(framesAhead(frame, video.playRange, { direction: 1, count, stride, wraps: look.isLooping }))
    },
  })

  function want(frames: readonly number[]): void {
    const other = look.compareFrame
    cache.value?.want(other === null ? frames : [frames[0] ?? 0, other, ...frames.slice(1)], readSize.value)
  }

  /** Asks for what is seen and what is likely next; shows it where it is here. */
  function refresh(): void {
    if (!look.isPlaying)
      want(framesAhead(look.frame, { from: 0, to: look.frames - 1 }, { direction, count: 8, stride: 1, wraps: false }))
    take()
  }

  /** Puts pictures that are here on the stage; what was shown stays until then. */
  function take(): void {
    const here = cache.value?.peek(look.frame, readSize.value)
    if (here && here !== first.value) {
      if (here.frame !== first.value?.frame) player.noteShown()
      first.value = here
    }
    const other = look.compareFrame === null ? null : cache.value?.peek(look.compareFrame, readSize.value)
    if (other) second.value = other
    if (look.compareFrame === null) second.value = null
    onChanged()
  }

  function open(): void {
    cache.value?.close()
    cache.value = null
    first.value = null
    second.value = null
    const { sequence } = look
    if (!sequence) {
      onChanged()
      return
    }
    cache.value = new PictureCache(connection.data(), sequence.handle, {
      onArrived: take,
      onError: (error) => notices.fail(error),
    })
    refresh()
  }

  onMounted(open)
  onBeforeUnmount(() => cache.value?.close())
  watch(() => look.sequence, open)
  watch(
    () => look.frame,
    (frame, before) => (direction = frame === before ? direction : frame > before ? 1 : -1),
    { flush: 'sync' },
  )
  watch(() => [look.frame, look.compareFrame, readSize.value.width, readSize.value.height], refresh)

  return { cache, first, second, readSize }
}
