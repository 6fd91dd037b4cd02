import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowRef, watch } from 'vue'
import { z } from 'zod'
import type { AppError } from '../../shared/base/app-error.ts'
import type { OverlayKind } from '../../shared/domain/medical/overlay.ts'
import type { MedicalObject } from '../../shared/domain/medical/study.ts'
import type { PaneState } from '../viewers/dicom/pane-state.ts'
import { preparedOverlay, type PreparedOverlay } from '../viewers/dicom/prepared-overlay.ts'
import { coreError, isGivenUp } from '../transport/core-error.ts'
import { useConnectionStore } from './connection.ts'
import { useMedicalStore } from './medical.ts'
import { useProjectStore } from './project.ts'
import { useSequencesStore } from './sequences.ts'

const keptSchema = z.object({
  opacity: z.number().min(0).max(1).catch(0.35),
  isFilled: z.boolean().catch(true),
  shown: z.array(z.string()).max(1000).catch([]),
  hidden: z.array(z.string()).max(10_000).catch([]),
})

/** What can be laid over a series: an object beside it, or the overlay planes in its own files. */
export type ShownObject = Pick<MedicalObject, 'id' | 'name'> & { readonly kind: OverlayKind }

/** Stands for the overlay planes of any series. */
const planes: ShownObject = { id: 'planes', name: '', kind: 'planes' }

/** An object over a pane: what it shows, or why not (yet). */
export interface PaneOverlay {
  readonly object: ShownObject
  readonly prepared: PreparedOverlay | null
  readonly failure: AppError | null
}

type Loaded = { readonly prepared: PreparedOverlay } | { readonly failure: AppError } | 'loading'

/** Segmentations, structure sets and reports over medical series: which are shown, and how. */
export const useOverlaysStore = defineStore('overlays', () => {
  const connection = useConnectionStore()
  const medical = useMedicalStore()
  const project = useProjectStore()
  const sequences = useSequencesStore()
  const opacity = ref(0.35)
  const isFilled = ref(true)
  /** Ids of objects. */
  const shown = shallowRef<ReadonlySet<string>>(new Set())
  /** `<object>/<index of the segment>` */
  const hidden = shallowRef<ReadonlySet<string>>(new Set())
  /** By handle of the series and id of the object. */
  const loaded = shallowRef<ReadonlyMap<string, Loaded>>(new Map())

  function keep(): void {
    project.keepView({
      overlays: {
        opacity: opacity.value,
        isFilled: isFilled.value,
        shown: [...shown.value],
        hidden: [...hidden.value],
      },
    })
  }
  function restore(): void {
    const kept = keptSchema.safeParse(project.view['overlays'] ?? {})
    const found = kept.success ? kept.data : keptSchema.parse({})
    opacity.value = found.opacity
    isFilled.value = found.isFilled
    shown.value = new Set(found.shown)
    hidden.value = new Set(found.hidden)
    loaded.value = new Map()
  }
  watch(() => project.project?.id ?? null, restore, { immediate: true })
  watch([opacity, isFilled, shown, hidden], keep)

  /** What belongs to the series of a pane. */
  function objectsOf(pane: PaneState): readonly ShownObject[] {
    const beside = pane.key === null ? [] : sequences.objectsOf(pane.key)
    return pane.series?.medical?.hasOverlayPlanes ? [planes, ...beside] : beside
  }

  const wanted = computed(() =>
    medical.panes.flatMap((pane) => {
      const { series, key } = pane
      const data = key === null ? undefined : sequences.byKey.get(key)?.data
      if (!series || data === undefined) return []
      return objectsOf(pane)
        .filter(({ id }) => shown.value.has(id))
        .map(({ id }) => ({ handle: series.handle, data, object: id }))
    }),
  )
  watch(wanted, (all) => all.forEach((one) => void load(one)), { immediate: true })

  async function load({ handle, data, object }: (typeof wanted.value)[number]): Promise<void> {
    const key = `${handle} ${object}`
    if (loaded.value.has(key)) return
    const set = (state: Loaded | null): void => {
      const next = new Map(loaded.value)
      if (state) next.set(key, state)
      else next.delete(key)
      loaded.value = next
    }
    set('loading')
    const grants = project.project?.data.find(({ id }) => id === data)?.grants.map(({ id }) => id) ?? []
    try {
      const overlay = await connection
        .core()
        .sequences.overlay({ handle, grants, object: object === planes.id ? null : object })
      set({ prepared: markRaw(preparedOverlay(overlay)) })
    } catch (error) {
      // Asked for again when it is wanted again.
      set(isGivenUp(error) ? null : { failure: coreError(error) })
    }
  }

  /** What is shown over a pane, in the order of the list. */
  function over(pane: PaneState): PaneOverlay[] {
    const { series } = pane
    if (!series) return []
    return objectsOf(pane)
      .filter(({ id }) => shown.value.has(id))
      .map((object) => {
        const state = loaded.value.get(`${series.handle} ${object.id}`)
        const known = state === undefined || state === 'loading' ? null : state
        return {
          object,
          prepared: known && 'prepared' in known ? known.prepared : null,
          failure: known && 'failure' in known ? known.failure : null,
        }
      })
  }

  function toggle(object: string): void {
    shown.value = toggled(shown.value, object)
    if (shown.value.has(object)) return
    // A failure is tried again the next time.
    loaded.value = new Map([...loaded.value].filter(([key, state]) => !key.endsWith(` ${object}`) || !isFailure(state)))
  }

  function toggleSegment(object: string, segment: number): void {
    hidden.value = toggled(hidden.value, `${object}/${segment}`)
  }

  const isHidden = (object: string, segment: number): boolean => hidden.value.has(`${object}/${segment}`)

  return { opacity, isFilled, shown, hidden, objectsOf, over, toggle, toggleSegment, isHidden }
})

function isFailure(state: Loaded): boolean {
  return typeof state === 'object' && 'failure' in state
}

function toggled(set: ReadonlySet<string>, one: string): ReadonlySet<string> {
  const next = new Set(set)
  if (!next.delete(one)) next.add(one)
  return next
}
