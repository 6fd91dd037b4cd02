import { onBeforeUnmount, watch } from 'vue'
import type { Clip } from '../../../shared/domain/clip.ts'
import { useLookStore } from '../../stores/look.ts'
import { playedTo, RateMeter } from './playback.ts'
import { useVideoStore } from './video-store.ts'

/** What playing needs to know of the stage. */
export interface PlayerStage {
  /** Whether the picture of a frame is here and could be shown now. */
  readonly isHere: (frame: number) => boolean
  /** Asks for a frame and those that will follow it. */
  readonly prefetch: (frame: number, stride: number) => void
}

/** Most often that the rate is written on the page. */
const rateShownEveryMs = 400

/**
 * Plays the open sequence by its own time stamps: the clock decides which frame is due, and frames that do not come in time are
 * left out. What is shown stays until the next picture is here.
 */
export function usePlayer(clipOf: () => Clip | null, stage: PlayerStage): { readonly noteShown: () => void } {
  const look = useLookStore()
  const video = useVideoStore()
  const meter = new RateMeter()
  let request = 0
  let since = 0
  let start = 0
  let rateShown = 0
  /** Frame that playing has set last; anything else in the store means that the person went somewhere. */
  let placed = -1

  function begin(): void {
    const { from, to } = video.playRange
    const isAtEnd = look.frame >= to && !look.isLooping
    if (isAtEnd || look.frame < from || look.frame > to) look.goTo(from)
    rebase()
    cancelAnimationFrame(request)
    request = requestAnimationFrame(tick)
  }

  /** Starts counting anew at the frame shown. */
  function rebase(): void {
    since = performance.now()
    start = look.frame
    placed = look.frame
    meter.reset()
  }

  function tick(now: number): void {
    const clip = clipOf()
    if (!look.isPlaying || !clip) return
    if (look.frame !== placed) rebase()
    const elapsed = Math.max(0, (now - since) / 1000)
    const { frame, isOver } = playedTo(clip, look.frames, video.playRange, start, elapsed, look.speed, look.isLooping)
    stage.prefetch(frame, strideFor(clip))
    if (frame !== look.frame && stage.isHere(frame)) {
      placed = frame
      look.goTo(frame)
    }
    if (now - rateShown > rateShownEveryMs) {
      rateShown = now
      video.shownRate = meter.perSecond
    }
    if (isOver) {
      look.goTo(frame)
      look.isPlaying = false
    } else request = requestAnimationFrame(tick)
  }

  /** Above what a screen shows, only each n-th frame is read; and fewer still when pictures come more slowly than that. */
  function strideFor(clip: Clip): number {
    const wanted = clip.frameRate * look.speed
    const reached = meter.perSecond
    const most = reached > 0 && reached < wanted * 0.8 ? Math.max(4, reached * 1.5) : 60
    return Math.max(1, Math.ceil(wanted / most))
  }

  watch(
    () => look.isPlaying && look.sequence !== null,
    (isPlaying) => {
      cancelAnimationFrame(request)
      video.shownRate = 0
      if (isPlaying) begin()
    },
    { immediate: true },
  )
  watch(() => [look.speed, look.isLooping, video.loopRange], rebase)
  onBeforeUnmount(() => {
    cancelAnimationFrame(request)
    look.isPlaying = false
  })

  return { noteShown: () => meter.note(performance.now()) }
}
