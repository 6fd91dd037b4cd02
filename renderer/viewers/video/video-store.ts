import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useLookStore } from '../../stores/look.ts'
import { type Adjustment, plainAdjustment } from './paint-picture.ts'
import type { PaneView } from './pane-view.ts'
import type { PlayRange } from './playback.ts'

/** How two moments of a video are shown at once. */
export type CompareMode = 'side' | 'swipe' | 'difference'
/** Slowest and fastest playing. */
export const speedLimits = { least: 0.1, most: 8 } as const

/** How the open video is shown: shared by its stage and its panel. */
export const useVideoStore = defineStore('video', () => {
  const look = useLookStore()
  const adjustment = ref<Adjustment>(plainAdjustment)
  /** Null shows the whole frame. */
  const view = shallowRef<PaneView | null>(null)
  /** The part that is played, in frames; null is all of it. */
  const loopRange = ref<PlayRange | null>(null)
  const compareMode = ref<CompareMode>('side')
  /** How many frames later the second picture is. */
  const offset = ref(1)
  /** Part of the width that the first picture has when both are swiped. */
  const curtain = ref(0.5)
  /** Difference of brightness that is shown in the strongest colour. */
  const differenceLimit = ref(64)
  /** Pictures shown per second while playing; 0 while not. */
  const shownRate = ref(0)
  const hasStrip = ref(true)

  const isComparing = computed(() => look.compareFrame !== null)
  const playRange = computed<PlayRange>(() => loopRange.value ?? { from: 0, to: Math.max(0, look.frames - 1) })
  const clampFrame = (frame: number): number => Math.min(Math.max(0, frame), Math.max(0, look.frames - 1))

  watch(
    () => look.sequence?.handle,
    () => {
      view.value = null
      loopRange.value = null
      shownRate.value = 0
      offset.value = 1
    },
  )
  // The second picture keeps its distance while the first one moves; whoever moves the second one sets the distance.
  watch(
    () => [look.frame, look.compareFrame] as const,
    ([frame, other], [before, otherBefore]) => {
      if (other === null) return
      if (otherBefore === null) offset.value = other < frame ? Math.max(1, offset.value) : other - frame
      else if (frame === before && other !== clampFrame(frame + offset.value)) offset.value = other - frame
      look.compareFrame = clampFrame(frame + offset.value)
    },
  )

  function setOffset(next: number): void {
    offset.value = Math.round(next)
    if (isComparing.value) look.compareFrame = clampFrame(look.frame + offset.value)
  }

  function toggleCompare(mode: CompareMode): void {
    const isOn = isComparing.value && compareMode.value === mode
    compareMode.value = mode
    look.compareFrame = isOn ? null : clampFrame(look.frame + offset.value)
  }

  /** Begins or ends the part that is played at the frame shown; the other end moves out of the way. */
  function markRange(end: 'from' | 'to'): void {
    const { from, to } = playRange.value
    const { frame } = look
    const last = Math.max(0, look.frames - 1)
    loopRange.value =
      end === 'from' ? { from: frame, to: to > frame ? to : last } : { from: from < frame ? from : 0, to: frame }
  }

  function adjust(part: Partial<Adjustment>): void {
    adjustment.value = { ...adjustment.value, ...part }
  }

  return {
    adjustment,
    view,
    loopRange,
    compareMode,
    offset,
    curtain,
    differenceLimit,
    shownRate,
    hasStrip,
    isComparing,
    playRange,
    setOffset,
    toggleCompare,
    markRange,
    adjust,
  }
})
