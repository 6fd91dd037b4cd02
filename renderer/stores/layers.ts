import { defineStore } from 'pinia'
import { ref } from 'vue'
import { z } from 'zod'
import { keepInProject } from './keep-state.ts'

const keptSchema = z.object({
  hasLabels: z.boolean(),
  hasOverlay: z.boolean(),
  isOnlyMoment: z.boolean(),
})
type Kept = z.infer<typeof keptSchema>

const atFirst: Kept = { hasLabels: false, hasOverlay: false, isOnlyMoment: false }

/** What lies over the imagery on the Look and Label pages; found again with the project. */
export const useLayersStore = defineStore('layers', () => {
  /** Whether the Look page shows labels. */
  const hasLabels = ref(false)
  /** Whether the Look page shows the chosen prediction. */
  const hasOverlay = ref(false)
  /** Whether the Label page shows only labels of the date on the screen. */
  const isOnlyMoment = ref(false)

  keepInProject('layers', keptSchema, {
    read: (): Kept => ({
      hasLabels: hasLabels.value,
      hasOverlay: hasOverlay.value,
      isOnlyMoment: isOnlyMoment.value,
    }),
    write: (kept) => {
      const next = kept ?? atFirst
      hasLabels.value = next.hasLabels
      hasOverlay.value = next.hasOverlay
      isOnlyMoment.value = next.isOnlyMoment
    },
  })

  return { hasLabels, hasOverlay, isOnlyMoment }
})
