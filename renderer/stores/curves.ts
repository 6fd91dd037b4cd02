import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { z } from 'zod'
import type { PixelSeries } from '../../shared/contracts/sequences.ts'
import type { ClassCurve } from '../../shared/contracts/inference.ts'
import { useConnectionStore } from './connection.ts'
import { keepWithSequence } from './keep-state.ts'
import { useLookStore } from './look.ts'
import { useNoticesStore } from './notices.ts'
import { usePredictionsStore } from './predictions.ts'
import { useProjectStore } from './project.ts'

/** A place whose values over time are shown. */
export interface PinnedCurve {
  readonly id: number
  /** Place in map units. */
  readonly x: number
  readonly y: number
  readonly series: PixelSeries
  /** Which of the chart colours it has, from 0. */
  readonly colour: number
}

/** Chart colours there are; as many curves can be told apart. */
export const curveColours = 6

const indexSchema = z.number().int().nonnegative()
const quantitySchema = z.union([z.literal('index'), indexSchema])
const pinsSchema = z
  .array(z.object({ x: z.number(), y: z.number(), row: indexSchema, column: indexSchema }))
  .max(curveColours)

/** Values over time of places a person clicked on. */
export const useCurvesStore = defineStore('curves', () => {
  const connection = useConnectionStore()
  const look = useLookStore()
  const notices = useNoticesStore()
  const curves = shallowRef<readonly PinnedCurve[]>([])
  /** A band index, or the display's index. */
  const quantity = ref<number | 'index'>(0)
  keepWithSequence('quantity', quantitySchema, {
    read: () => quantity.value,
    write: (kept) => {
      const isThere = kept === 'index' || (kept ?? 0) < (look.info?.bands.length ?? 0)
      quantity.value = kept !== null && isThere ? kept : 0
    },
  })
  let nextId = 1
  const predictions = usePredictionsStore()
  const project = useProjectStore()
  /** The pixel whose class probabilities are shown; null shows those of the one pinned last. */
  const chosen = ref<number | null>(null)
  const ofClasses = shallowRef<ReadonlyMap<string, ClassCurve>>(new Map())

  const focused = computed(() => curves.value.find(({ id }) => id === chosen.value) ?? curves.value.at(-1) ?? null)
  const keyOf = ({ series }: PinnedCurve): string =>
    `${predictions.current?.summary.id ?? ''}:${series.row}:${series.column}`
  /** Class probabilities of a pinned pixel, where the prediction has them. */
  const classCurve = computed(() => (curve: PinnedCurve) => ofClasses.value.get(keyOf(curve)) ?? null)

  // Asked for once for each pixel and prediction; the prediction on the screen decides.
  const asked = new Set<string>()
  watch([curves, () => predictions.current], async ([pinned, prediction]) => {
    if (!prediction?.maps.some(({ role }) => role === 'probabilities')) return
    for (const curve of pinned) {
      const key = keyOf(curve)
      if (asked.has(key)) continue
      asked.add(key)
      const { row, column } = curve.series
      const { project: id } = project.current()
      const found = await notices.guard(() =>
        connection.core().inference.curve({ project: id, prediction: prediction.summary.id, row, column }),
      )
      if (found) ofClasses.value = new Map(ofClasses.value).set(key, found)
      else asked.delete(key)
    }
  })

  /** Reads the curve of a place; keeps those there are, the oldest goes when there is no colour left. */
  async function pin(x: number, y: number, row: number, column: number): Promise<void> {
    const handle = look.sequence?.handle
    if (!handle) return
    const same = curves.value.find(({ series }) => series.row === row && series.column === column)
    if (same) return
    const series = await notices.guard(() => connection.core().sequences.series({ handle, row, column }))
    if (!series || look.sequence?.handle !== handle) return
    const others = curves.value.slice(-(curveColours - 1))
    const used = new Set(others.map(({ colour }) => colour))
    const colour = Array.from({ length: curveColours }, (_, i) => i).find((i) => !used.has(i)) ?? 0
    curves.value = [...others, { id: nextId++, x, y, series, colour }]
    keep()
  }

  function unpin(id: number): void {
    curves.value = curves.value.filter((curve) => curve.id !== id)
    keep()
  }

  function clear(): void {
    curves.value = []
    chosen.value = null
    ofClasses.value = new Map()
    asked.clear()
    keep()
  }

  function keep(): void {
    look.keep({ pins: curves.value.map(({ x, y, series: { row, column } }) => ({ x, y, row, column })) })
  }

  /** Brings the curves of the sequence that is open now back, as they were when it was left. */
  async function restore(): Promise<void> {
    curves.value = []
    const { sequence } = look
    const pins = pinsSchema.safeParse(look.kept('pins'))
    if (!sequence || !pins.success) return
    const { height, width } = sequence.info
    for (const { x, y, row, column } of pins.data)
      if (look.sequence === sequence && row < height && column < width) await pin(x, y, row, column)
  }

  return { curves, quantity, chosen, focused, classCurve, pin, unpin, clear, restore }
})
