import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { PixelSeries } from '../../shared/contracts/sequences.ts'
import { useConnectionStore } from './connection.ts'
import { useLookStore } from './look.ts'
import { useNoticesStore } from './notices.ts'

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

/** Values over time of places a person clicked on. */
export const useCurvesStore = defineStore('curves', () => {
  const connection = useConnectionStore()
  const look = useLookStore()
  const notices = useNoticesStore()
  const curves = shallowRef<readonly PinnedCurve[]>([])
  /** A band index, or the display's index. */
  const quantity = ref<number | 'index'>(0)
  let nextId = 1

  /** Reads the curve of a place; keeps those there are, the oldest goes when there is no colour left. */
  async function pin(x: number, y: number, row: number, column: number): Promise<void> {
    const handle = look.sequence?.handle
    if (!handle) return
    const same = curves.value.find(({ series }) => series.row === row && series.column === column)
    if (same) return
    const series = await notices.guard(() => connection.core().sequences.series({ handle, row, column }))
    if (!series || look.sequence?.handle !== handle) return
    const kept = curves.value.slice(-(curveColours - 1))
    const used = new Set(kept.map(({ colour }) => colour))
    const colour = Array.from({ length: curveColours }, (_, i) => i).find((i) => !used.has(i)) ?? 0
    curves.value = [...kept, { id: nextId++, x, y, series, colour }]
  }

  function unpin(id: number): void {
    curves.value = curves.value.filter((curve) => curve.id !== id)
  }

  function clear(): void {
    curves.value = []
  }

  return { curves, quantity, pin, unpin, clear }
})
