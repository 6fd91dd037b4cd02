import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { z } from 'zod'
import { colourMapNames, type ColourMapName } from '../../../shared/imaging/colour-maps.ts'
import { keepInProject, keepWithSequence } from '../../stores/keep-state.ts'
import { useLookStore } from '../../stores/look.ts'
import { type Adjustment, plainAdjustment } from './paint-picture.ts'
import type { PaneView } from './pane-view.ts'
import type { PlayRange } from './playback.ts'

/** How two moments of a video are shown at once. */
export type CompareMode = 'side' | 'swipe' | 'difference'
/** Slowest and fastest playing. */
export const speedLimits = { least: 0.1, most: 8 } as const

const frameSchema = z.number().int().nonnegative()
/** Kept of each clip. */
const clipSchema = z.object({
  view: z.object({ scale: z.number().positive(), column: z.number(), row: z.number() }).nullable(),
  loopRange: z.object({ from: frameSchema, to: frameSchema }).nullable(),
  offset: z.number().int(),
  /** Two moments were compared when another page was opened. */
  isPaused: z.boolean(),
})
/** Kept of the project: how all its clips are shown. */
const showSchema = z.object({
  adjustment: z.object({
    brightness: z.number().min(-100).max(100),
    contrast: z.number().min(-100).max(100),
    gamma: z.number().min(0.2).max(4),
    channel: z.enum(['colour', 'red', 'green', 'blue', 'brightness']),
    colourMap: z.enum(colourMapNames as [ColourMapName, ...ColourMapName[]]),
  }),
  compareMode: z.enum(['side', 'swipe', 'difference']),
  curtain: z.number().min(0).max(1),
  differenceLimit: z.number().min(1).max(255),
  hasStrip: z.boolean(),
})
type Show = z.infer<typeof showSchema>

const showAtFirst: Show = {
  adjustment: plainAdjustment,
  compareMode: 'side',
  curtain: 0.5,
  differenceLimit: 64,
  hasStrip: true,
}

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

  /** Whether comparing goes on when the Look page is shown again; labels are drawn on one moment. */
  const isPaused = ref(false)

  keepWithSequence('video', clipSchema, {
    read: () => ({
      view: view.value,
      loopRange: loopRange.value,
      offset: offset.value,
      isPaused: isPaused.value,
    }),
    write: (kept) => {
      const last = look.frames - 1
      view.value = kept?.view ?? null
      loopRange.value = kept?.loopRange && kept.loopRange.to <= last ? kept.loopRange : null
      shownRate.value = 0
      offset.value = kept?.offset ?? 1
      isPaused.value = kept?.isPaused ?? false
    },
  })
  keepInProject('video', showSchema, {
    read: (): Show => ({
      adjustment: adjustment.value,
      compareMode: compareMode.value,
      curtain: curtain.value,
      differenceLimit: differenceLimit.value,
      hasStrip: hasStrip.value,
    }),
    write: (kept) => {
      const next = kept ?? showAtFirst
      adjustment.value = next.adjustment
      compareMode.value = next.compareMode
      curtain.value = next.curtain
      differenceLimit.value = next.differenceLimit
      hasStrip.value = next.hasStrip
    },
  })

  // The second picture keeps its distance while the first one moves; whoever moves the second one sets the distance.
  watch(
    () => [look.frame, look.compareFrame] as const,
    ([frame, other], [before, otherBefore]) => {
      if (other === null) return
      if (otherBefore === null) {
        // It came from a project that was opened, or from somewhere else on the page.
        if (other !== clampFrame(frame + offset.value)) offset.value = other < frame ? Math.max(1, offset.value) : other - frame // prettier-ignore
      } else if (frame === before && other !== clampFrame(frame + offset.value)) offset.value = other - frame
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

  /** Takes the second moment off the stage, to be brought back by `resumeCompare`. */
  function pauseCompare(): void {
    if (!isComparing.value) return
    isPaused.value = true
    look.compareFrame = null
  }

  function resumeCompare(): void {
    if (!isPaused.value) return
    isPaused.value = false
    look.compareFrame = clampFrame(look.frame + offset.value)
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
    pauseCompare,
    resumeCompare,
    markRange,
    adjust,
  }
})
