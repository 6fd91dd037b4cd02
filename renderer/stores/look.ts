import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowRef } from 'vue'
import type { OpenSequence } from '../../shared/contracts/sequences.ts'
import { AppError } from '../../shared/base/app-error.ts'
import type { ColourMapName } from '../../shared/imaging/colour-maps.ts'
import type { StretchRange } from '../../shared/imaging/paint-frame.ts'
import type { SequenceKind } from '../../shared/domain/sequence.ts'
import { coreError } from '../transport/core-error.ts'
import type { FrameView } from '../viewers/frame-view.ts'
import { firstDisplay, framePaint, parseDisplay, shownBands, type Display } from '../viewers/map/display.ts'
import { useConnectionStore } from './connection.ts'
import { useProjectStore } from './project.ts'

/** What is looked at: the open sequence, the moment, and how its numbers become colours. */
export const useLookStore = defineStore('look', () => {
  const connection = useConnectionStore()
  const project = useProjectStore()
  const sequence = shallowRef<OpenSequence | null>(null)
  const problem = shallowRef<AppError | null>(null)
  const isLoading = ref(false)
  const frame = ref(0)
  const compareFrame = ref<number | null>(null)
  const isPlaying = ref(false)
  /** Factor of the sequence's own frame rate where it has one, else frames per second. */
  const speed = ref(4)
  const isLooping = ref(true)
  /** What is shown or being opened; stays while one sequence follows another. */
  const kind = ref<SequenceKind | null>(null)
  /** Where the shown frame lies on the stage; the stage that shows it sets it. */
  const frameView = shallowRef<FrameView | null>(null)
  const display = ref<Display>({
    mode: 'composite',
    bands: [0, 0, 0],
    band: 0,
    formula: '',
    ranges: {},
    indexRange: { low: -1, high: 1 },
    stretch: null,
    colourMap: 'viridis',
    gamma: 1,
    mask: null,
  })
  const centre = shallowRef<readonly [number, number] | null>(null)
  const resolution = ref<number | null>(null)

  const info = computed(() => sequence.value?.info ?? null)
  const frames = computed(() => info.value?.frames ?? 0)
  const times = computed(() => info.value?.times ?? null)
  /** Frames per second the sequence was taken at; null when it has no such thing. */
  const ownRate = computed(() => sequence.value?.clip?.frameRate ?? info.value?.frameRate ?? null)
  /** How fast it plays now. */
  const framesPerSecond = computed(() => (ownRate.value ?? 1) * speed.value)
  /** Whether the stage advances `frame` while `isPlaying` (video, at its own pace); else the time axis does. */
  const playsItself = computed(() => kind.value === 'video' || kind.value === 'images')
  const bands = computed(() => shownBands(display.value, sequence.value))
  const paint = computed(() => framePaint(display.value, sequence.value))

  /** Opens the project's data; what was seen last is seen again. */
  async function open(): Promise<void> {
    const data = project.data
    if (!data) return
    await close()
    if (data.grants.length === 0) return
    isLoading.value = true
    problem.value = null
    try {
      const opened = await connection
        .core()
        .sequences.open({ grants: data.grants.map(({ id }) => id), sequence: data.sequence ?? undefined })
      sequence.value = markRaw(opened)
      kind.value = opened.info.kind
      speed.value = ownRate.value === null ? 4 : 1
      const kept = project.view
      display.value = parseDisplay(kept['display'], opened) ?? firstDisplay(opened)
      frame.value = clampFrame(typeof kept['frame'] === 'number' ? kept['frame'] : 0)
    } catch (error) {
      problem.value = coreError(error)
    } finally {
      isLoading.value = false
    }
  }

  async function close(): Promise<void> {
    const { value } = sequence
    isPlaying.value = false
    sequence.value = null
    compareFrame.value = null
    frameView.value = null
    centre.value = null
    resolution.value = null
    if (value)
      await connection
        .core()
        .sequences.close({ handle: value.handle })
        .catch(() => undefined)
  }

  const clampFrame = (index: number): number => Math.min(Math.max(0, Math.round(index)), Math.max(0, frames.value - 1))

  function goTo(index: number): void {
    frame.value = clampFrame(index)
    project.keepView({ frame: frame.value })
  }

  /** Goes on by some frames; with `wraps` it begins again after the last one. */
  function step(by: number, wraps = false): void {
    const next = frame.value + by
    goTo(wraps && frames.value > 0 ? (next + frames.value) % frames.value : next)
  }

  function change(part: Partial<Display>): void {
    display.value = { ...display.value, ...part }
    project.keepView({ display: { ...display.value } })
  }

  function setRange(band: number, range: StretchRange): void {
    change({ ranges: { ...display.value.ranges, [band]: range } })
  }

  function setColourMap(colourMap: ColourMapName): void {
    change({ colourMap })
  }

  return {
    sequence,
    problem,
    isLoading,
    frame,
    compareFrame,
    isPlaying,
    speed,
    isLooping,
    ownRate,
    framesPerSecond,
    playsItself,
    kind,
    frameView,
    display,
    centre,
    resolution,
    info,
    frames,
    times,
    bands,
    paint,
    open,
    close,
    goTo,
    step,
    change,
    setRange,
    setColourMap,
  }
})
