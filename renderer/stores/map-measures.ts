import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { z } from 'zod'
import { mapMeasureSchema, type MapMeasure } from '../viewers/map/map-measure.ts'
import { keepWithSequence } from './keep-state.ts'

const most = 100

/** Ways and areas that a person has measured on the map of the sequence looked at. */
export const useMapMeasuresStore = defineStore('map-measures', () => {
  /** What the next clicks measure; null while clicks mean something else. */
  const tool = ref<MapMeasure['kind'] | null>(null)
  const list = shallowRef<readonly MapMeasure[]>([])

  keepWithSequence('measures', z.array(mapMeasureSchema).max(most), {
    read: () => list.value,
    write: (kept) => {
      list.value = kept ?? []
      tool.value = null
    },
  })

  function add(kind: MapMeasure['kind'], points: MapMeasure['points']): void {
    if (points.length < (kind === 'area' ? 3 : 2)) return
    list.value = [...list.value, { id: crypto.randomUUID(), kind, points }].slice(-most)
  }

  function remove(id: string): void {
    list.value = list.value.filter((one) => one.id !== id)
  }

  function clear(): void {
    list.value = []
  }

  /** Takes up a tool, or puts it away. */
  function use(kind: MapMeasure['kind'] | null): void {
    tool.value = tool.value === kind ? null : kind
  }

  return { tool, list, add, remove, clear, use }
})
