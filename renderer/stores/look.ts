import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowRef, watch } from 'vue'
import { AppError } from '../../shared/base/app-error.ts'
import type { ProjectData } from '../../shared/contracts/projects.ts'
import type { OpenSequence } from '../../shared/contracts/sequences.ts'
import type { SequenceKind } from '../../shared/domain/sequence.ts'
import type { ColourMapName } from '../../shared/imaging/colour-maps.ts'
import type { StretchRange } from '../../shared/imaging/paint-frame.ts'
import { coreError, isGivenUp } from '../transport/core-error.ts'
import type { FrameView } from '../viewers/frame-view.ts'
import { firstDisplay, framePaint, parseDisplay, shownBands, type Display } from '../viewers/map/display.ts'
import { useConnectionStore } from './connection.ts'
import { keptSequences, withKept, type KeptSequence } from './kept-view.ts'
import { useProjectStore } from './project.ts'
import { sequenceKey, useSequencesStore } from './sequences.ts'

/** Frames per second at first, for sequences that have no rate of their own. */
const firstRate = 4
const stackRate = 10
/** Choices that follow each other more quickly are not all opened. */
const hurriedMs = 150

/** What is looked at: the open sequence, the moment, and how its numbers become colours. */
export const useLookStore = defineStore('look', () => {
  const connection = useConnectionStore()
  const project = useProjectStore()
  const sequences = useSequencesStore()
  const sequence = shallowRef<OpenSequence | null>(null)
  const problem = shallowRef<AppError | null>(null)
  const isLoading = ref(false)
  /** Key of the sequence that is shown or being opened; see `sequenceKey`. */
  const key = ref<string | null>(null)
  /** What is shown or being opened; stays while one sequence follows another. */
  const kind = ref<SequenceKind | null>(null)
  const frame = ref(0)
  const compareFrame = ref<number | null>(null)
  const isPlaying = ref(false)
  /** Factor of the sequence's own frame rate where it has one, else frames per second. */
  const speed = ref(firstRate)
  const isLooping = ref(true)
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
  /** Where the shown frame lies on the stage; the stage that shows it sets it. */
  const frameView = shallowRef<FrameView | null>(null)
  /** A stage with several panes may take a choice for one of them; true where it does. */
  const taker = shallowRef<((key: string) => boolean) | null>(null)
  let turn = 0
  let chosenAt = -Infinity
  let opening: AbortController | null = null

  const info = computed(() => sequence.value?.info ?? null)
  const frames = computed(() => info.value?.frames ?? 0)
  const times = computed(() => info.value?.times ?? null)
  const bands = computed(() => shownBands(display.value, sequence.value))
  const paint = computed(() => framePaint(display.value, sequence.value))
  /** Frames per second the sequence was taken at; null when it has no such thing. */
  const ownRate = computed(() => sequence.value?.clip?.frameRate ?? info.value?.frameRate ?? null)
  /** How fast it plays now. */
  const framesPerSecond = computed(() => (ownRate.value ?? 1) * speed.value)
  /** Whether the stage advances `frame` while `isPlaying` (video, at its own pace); else the time axis does. */
  const playsItself = computed(() => kind.value === 'video' || kind.value === 'images')

  /** Opens what was looked at last in this project, or its first sequence. */
  async function open(): Promise<void> {
    const all = project.project?.data ?? []
    const kept = project.view['current']
    const remembered = typeof kept === 'string' ? placeOf(kept, all) : null
    const first = all.find(({ state }) => state !== 'missing')
    const only = first?.sequence ? { data: first, sequence: first.sequence } : null
    const place = remembered ?? only
    if (place && (await show(place.data, place.sequence))) return
    if (only || !first) {
      if (!place) await close()
      return
    }
    // Which one is the first is known when all have been found.
    const mine = ++turn
    isLoading.value = true
    problem.value = null
    if (sequences.list.length === 0) await sequences.load()
    if (mine !== turn) return
    isLoading.value = false
    const [best] = sequences.list
    if (best) await choose(best.key)
    else problem.value = sequences.failure
  }

  /** Opens another sequence of the project; the one before is given up, also while it is still being opened. */
  async function choose(wanted: string): Promise<void> {
    if (sequence.value && taker.value?.(wanted)) return
    const place = placeOf(wanted, project.project?.data ?? [])
    if (!place || (wanted === key.value && (sequence.value || isLoading.value))) return
    kind.value = sequences.byKey.get(wanted)?.info.kind ?? kind.value
    const isHurried = performance.now() - chosenAt < hurriedMs
    chosenAt = performance.now()
    if (isHurried) {
      // Somebody runs through the list: only where they stop is opened.
      const before = leave()
      if (before) void release(before)
      const mine = turn
      key.value = wanted
      isLoading.value = true
      await new Promise((resolve) => setTimeout(resolve, hurriedMs))
      if (mine !== turn) return
    }
    await show(place.data, place.sequence)
  }

  /** @returns whether there is nothing more to try: it is open, it failed for good, or something else was asked for */
  async function show(data: ProjectData, id: string): Promise<boolean> {
    const before = leave()
    if (before) void release(before)
    if (data.grants.length === 0) return true
    const mine = ++turn
    const abort = new AbortController()
    opening = abort
    project.dataId = data.id
    key.value = sequenceKey(data.id, id)
    isLoading.value = true
    problem.value = null
    try {
      const input = { grants: data.grants.map((grant) => grant.id), sequence: id }
      const opened = await connection.core().sequences.open(input, { signal: abort.signal })
      if (mine === turn) take(markRaw(opened))
      else void release(opened)
    } catch (error) {
      if (mine !== turn || isGivenUp(error, abort.signal)) return true
      const known = coreError(error)
      // It was there when the project was closed; something else may still be.
      if (known.code === 'formats/unknown-sequence' && data.sequence === null) return false
      problem.value = known
    } finally {
      if (mine === turn) isLoading.value = false
    }
    return true
  }

  function take(opened: OpenSequence): void {
    sequence.value = opened
    kind.value = opened.info.kind
    speed.value = rateOf(kept('speed')) ?? (ownRate.value !== null ? 1 : opened.medical ? stackRate : firstRate)
    project.keepView({ current: key.value })
    display.value = parseDisplay(kept('display'), opened) ?? firstDisplay(opened)
    frame.value = clampFrame(numberOf(kept('frame')) ?? firstFrame(opened))
    const compared = numberOf(kept('compareFrame'))
    compareFrame.value = compared === null ? null : clampFrame(compared)
    const [x, y, scale] = Array.isArray(kept('place')) ? (kept('place') as unknown[]).map(numberOf) : []
    if (typeof x === 'number' && typeof y === 'number' && typeof scale === 'number') {
      centre.value = [x, y]
      resolution.value = scale
    }
  }

  /** Something that was kept of the sequence looked at: `frame`, `display`, or what a viewer kept of its own. */
  function kept(name: string): unknown {
    const own = key.value ? keptSequences(project.view['sequences'])[key.value] : undefined
    // Projects of one sequence once kept these for the whole project.
    return own ? own[name] : ['frame', 'display', 'views'].includes(name) ? project.view[name] : undefined
  }

  /** Keeps something of the sequence looked at with the project, to be found again with `kept`. */
  function keep(part: KeptSequence): void {
    if (!key.value) return
    const all = keptSequences(project.view['sequences'])
    const isKnown = Object.entries(part).every(
      ([name, value]) => JSON.stringify(all[key.value ?? '']?.[name]) === JSON.stringify(value),
    )
    if (!isKnown) project.keepView({ sequences: withKept(all, key.value, part) })
  }

  async function close(): Promise<void> {
    const before = leave()
    if (before) await release(before)
  }

  /** Gives up what is open or being opened. @returns what is to be released */
  function leave(): OpenSequence | null {
    turn++
    opening?.abort()
    opening = null
    const { value } = sequence
    isPlaying.value = false
    isLoading.value = false
    problem.value = null
    sequence.value = null
    key.value = null
    compareFrame.value = null
    frameView.value = null
    centre.value = null
    resolution.value = null
    return value
  }

  async function release({ handle }: OpenSequence): Promise<void> {
    await connection.close(handle)
  }

  const clampFrame = (index: number): number => Math.min(Math.max(0, Math.round(index)), Math.max(0, frames.value - 1))

  function goTo(index: number): void {
    frame.value = clampFrame(index)
    // While it plays, only where it stops is worth keeping.
    if (!isPlaying.value) keep({ frame: frame.value })
  }

  /** Goes on by some frames; with `wraps` it begins again after the last one. */
  function step(by: number, wraps = false): void {
    const next = frame.value + by
    goTo(wraps && frames.value > 0 ? (next + frames.value) % frames.value : next)
  }

  function change(part: Partial<Display>): void {
    display.value = { ...display.value, ...part }
    keep({ display: { ...display.value } })
  }

  function setRange(band: number, range: StretchRange): void {
    change({ ranges: { ...display.value.ranges, [band]: range } })
  }

  function setColourMap(colourMap: ColourMapName): void {
    change({ colourMap })
  }

  watch([frame, compareFrame, centre, resolution, isPlaying, speed], () => {
    if (!sequence.value || isPlaying.value) return
    const place = centre.value && resolution.value !== null ? [...centre.value, resolution.value] : null
    keep({ frame: frame.value, compareFrame: compareFrame.value, place, speed: speed.value })
  })

  return {
    sequence,
    problem,
    isLoading,
    key,
    kind,
    frame,
    compareFrame,
    isPlaying,
    speed,
    isLooping,
    ownRate,
    framesPerSecond,
    playsItself,
    display,
    centre,
    resolution,
    frameView,
    taker,
    info,
    frames,
    times,
    bands,
    paint,
    open,
    choose,
    close,
    kept,
    keep,
    goTo,
    step,
    change,
    setRange,
    setColourMap,
  }
})

function rateOf(value: unknown): number | null {
  const rate = numberOf(value)
  return rate !== null && rate > 0 && rate <= 240 ? rate : null
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Stacks are entered in the middle, where there is something to see; time series and clips at their beginning. */
function firstFrame({ info, medical }: OpenSequence): number {
  return medical?.geometry?.isVolume ? Math.floor(info.frames / 2) : 0
}

/** What a key stands for; null when its data are not part of the project any more. */
function placeOf(key: string, all: readonly ProjectData[]): { data: ProjectData; sequence: string } | null {
  const cut = key.indexOf('/')
  const data = all.find(({ id }) => id === key.slice(0, cut))
  const sequence = key.slice(cut + 1)
  return data && sequence !== '' && (data.sequence ?? sequence) === sequence ? { data, sequence } : null
}
