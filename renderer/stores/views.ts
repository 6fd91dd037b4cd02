import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { z } from 'zod'
import { divergingMapNames } from '../../shared/imaging/colour-maps.ts'
import type { FramePaint } from '../../shared/imaging/paint-frame.ts'
import type { Quantity } from '../../shared/imaging/quantity.ts'
import {
  type Display,
  displaySchema,
  formulaOf,
  framePaint,
  frameMask,
  parseDisplay,
  shownBands,
} from '../viewers/map/display.ts'
import { displayPresets } from '../viewers/map/display-presets.ts'
import type { FrameLayerState } from '../viewers/map/frame-picture.ts'
import type { Extent } from '../viewers/map/view-window.ts'
import { movedPane, paneFrame } from '../viewers/time/pane-time.ts'
import { frameMoments } from '../viewers/time/time-scale.ts'
import { keepWithSequence } from './keep-state.ts'
import { useLookStore } from './look.ts'

const paneSchema = z.object({
  years: z.number().int().min(-200).max(200),
  frames: z.number().int(),
  fixed: z.number().int().nonnegative().nullable(),
  /** Null shows what the first view shows. */
  display: displaySchema.nullable(),
  /** Whether the prediction lies over the imagery. */
  hasPrediction: z.boolean(),
})
/** One of several views of the same ground. */
export type Pane = z.infer<typeof paneSchema>

const compareSchema = z.object({
  frame: z.number().int().nonnegative().nullable(),
  mode: z.enum(['swipe', 'difference', 'blink']),
  /** What the difference is of: the display's index, or a band. */
  of: z.union([z.literal('index'), z.number().int().nonnegative()]),
  /** Largest difference the colours show; null takes it from the data. */
  limit: z.number().positive().nullable(),
  colourMap: z.enum(divergingMapNames),
})
/** How two moments are compared within the first view. */
export type Compare = z.infer<typeof compareSchema>

const keptSchema = z.object({
  count: z.union([z.literal(1), z.literal(2), z.literal(4)]),
  panes: z.array(paneSchema).length(4),
  compare: compareSchema.omit({ frame: true }),
})

const plainPane: Pane = { years: 0, frames: 0, fixed: null, display: null, hasPrediction: false }
const firstPanes = (): Pane[] => [0, 1, 2, 3].map((frames) => ({ ...plainPane, frames }))
const firstCompare = (): Omit<Compare, 'frame'> => ({ mode: 'swipe', of: 'index', limit: null, colourMap: 'red-blue' })

/** How many views lie side by side, what each shows and when, and how two moments are compared. */
export const useViewsStore = defineStore('views', () => {
  const look = useLookStore()
  const count = ref<1 | 2 | 4>(1)
  /** Four, of which the first `count` are seen; the first one is the look store's moment and display. */
  const panes = ref<readonly Pane[]>(firstPanes())
  const active = ref(0)
  const compare = ref(firstCompare())
  /** Part of the width at which the second moment begins, while two are swiped. */
  const curtain = ref(0.5)
  keepWithSequence('curtain', z.number().min(0).max(1), {
    read: () => curtain.value,
    write: (kept) => (curtain.value = kept ?? 0.5),
  })
  /** What of the ground is seen, in map units: [minX, minY, maxX, maxY]; null for all of it. */
  const extent = shallowRef<Extent | null>(null)

  const moments = computed(() => frameMoments(look.times, look.frames))
  const shown = computed(() => panes.value.slice(0, count.value))
  /** The frame of each seen view; null where there is no image at its time. */
  const frames = computed(() => shown.value.map((_, i) => frameAt(i, look.frame)))
  /** The display that the panel changes: of the active view, where it has its own. */
  const display = computed(() => panes.value[active.value]?.display ?? look.display)

  watch(
    () => look.sequence,
    (sequence) => {
      active.value = 0
      const kept = sequence ? keptSchema.safeParse(look.kept('views')).data : undefined
      count.value = kept?.count ?? 1
      compare.value = kept?.compare ?? firstCompare()
      panes.value = (kept?.panes ?? firstPanes()).map((pane) => ({
        ...pane,
        display: pane.display && sequence ? parseDisplay(pane.display, sequence) : null,
      }))
    },
    { immediate: true },
  )

  function keep(): void {
    look.keep({ views: { count: count.value, panes: [...panes.value], compare: compare.value } })
  }

  function setCount(next: 1 | 2 | 4): void {
    count.value = next
    active.value = Math.min(active.value, next - 1)
    if (next > 1) look.compareFrame = null
    keep()
  }

  function setPane(index: number, part: Partial<Pane>): void {
    panes.value = panes.value.map((pane, i) => (i === index ? { ...pane, ...part } : pane))
    keep()
  }

  /** Gives all views their times at once: successive dates, or the same season of successive years. */
  function arrange(by: 'frames' | 'years' | 'same'): void {
    panes.value = panes.value.map((pane, i) => ({
      ...pane,
      fixed: null,
      frames: by === 'frames' ? i : 0,
      years: by === 'years' ? i : 0,
    }))
    keep()
  }

  /** Moves the active view in time; when that is the first one, all others keep their distance. */
  function step(by: number): void {
    const pane = panes.value[active.value]
    if (active.value === 0 || !pane) look.step(by)
    else setPane(active.value, movedPane(pane, by, look.frames))
  }

  /** Changes the display of the active view: its own, or the one that views share. */
  function change(part: Partial<Display>): void {
    const own = panes.value[active.value]?.display
    if (own) setPane(active.value, { display: { ...own, ...part } })
    else look.change(part)
  }

  /** Begins to compare with the same day of the year before, where there is an image, else with the date before; or ends it. */
  function toggleCompare(): void {
    if (look.compareFrame !== null) {
      look.compareFrame = null
      return
    }
    const yearBefore = paneFrame({ years: -1, frames: 0, fixed: null }, look.frame, look.times, moments.value)
    look.compareFrame = yearBefore ?? (look.frame > 0 ? look.frame - 1 : Math.min(1, look.frames - 1))
  }

  function setCompare(part: Partial<Omit<Compare, 'frame'>>): void {
    compare.value = { ...compare.value, ...part }
    keep()
  }

  /** The frame a view shows while the first one shows `main`; null where there is no image at its time. */
  function frameAt(index: number, main: number): number | null {
    const pane = panes.value[index]
    return index === 0 || !pane ? main : paneFrame(pane, main, look.times, moments.value)
  }

  /** The short name of an index where it has one, else its formula. */
  function indexName(formula: string): string {
    const known = look.sequence ? displayPresets(look.sequence) : []
    const same = known.find(({ kind, change: { formula: text } }) => kind === 'index' && text === formula)
    return same ? same.id.toUpperCase() : formula
  }

  const displayOf = (index: number): Display => panes.value[index]?.display ?? look.display

  /** What a view shows of a frame. */
  function stateOf(index: number, frame: number | null): FrameLayerState | null {
    const { sequence } = look
    if (!sequence || frame === null) return null
    const own = displayOf(index)
    return {
      handle: sequence.handle,
      frame,
      bands: shownBands(own, sequence),
      paint: framePaint(own, sequence),
      mask: frameMask(own),
    }
  }

  /** What the difference is of: the bands it needs, and how the number comes from them. */
  const changeOf = computed((): { quantity: Quantity; bands: readonly number[]; limit: number } | null => {
    const { sequence } = look
    if (!sequence) return null
    const { of } = compare.value
    const formula = of === 'index' ? formulaOf(look.display, sequence) : null
    if (formula) return { ...formula, limit: compare.value.limit ?? 0.5 }
    const band = of === 'index' ? look.display.band : Math.min(of, sequence.info.bands.length - 1)
    const { low, high } = sequence.statistics[band] ?? { low: 0, high: 1 }
    const limit = compare.value.limit ?? (Math.abs((high ?? 1) - (low ?? 0)) / 2 || 1)
    return { quantity: { kind: 'band' }, bands: [band], limit }
  })

  /** How a difference becomes colours; null where none can be made. */
  const changePaint = computed((): (FramePaint & { kind: 'change' }) | null => {
    const { value } = changeOf
    if (!value) return null
    const range = { low: -value.limit, high: value.limit }
    return { kind: 'change', quantity: value.quantity, range, colourMap: compare.value.colourMap }
  })

  /** The difference: a moment minus the one it is compared with. */
  function changeStateAt(frame: number): FrameLayerState | null {
    const { sequence, compareFrame } = look
    if (!sequence || compareFrame === null || !changeOf.value || !changePaint.value) return null
    return {
      handle: sequence.handle,
      frame,
      against: compareFrame,
      bands: changeOf.value.bands,
      paint: changePaint.value,
      mask: frameMask(look.display),
    }
  }
  const changeState = computed(() => changeStateAt(look.frame))

  return {
    count,
    panes,
    active,
    compare,
    extent,
    curtain,
    moments,
    shown,
    frames,
    display,
    changeOf,
    changePaint,
    changeState,
    changeStateAt,
    frameAt,
    setCount,
    setPane,
    arrange,
    step,
    change,
    toggleCompare,
    setCompare,
    indexName,
    displayOf,
    stateOf,
  }
})
