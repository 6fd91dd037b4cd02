import { ref, shallowRef, watch, type ShallowRef } from 'vue'
import type { Grant } from '../../shared/contracts/files.ts'
import type { LabelFileFormat, ProjectLabels } from '../../shared/contracts/labels.ts'
import {
  emptyLabelSet,
  isNoChange,
  labelChangeBetween,
  type LabelChange,
  type LabelSet,
  touchedIds,
  withChange,
  withoutIds,
} from '../../shared/domain/label-changes.ts'
import type { LabelClass } from '../../shared/domain/label-collection.ts'
import { coreError } from '../transport/core-error.ts'
import { useConnectionStore } from './connection.ts'
import type { labelHistory } from './label-history.ts'
import { useLookStore } from './look.ts'
import { useNoticesStore } from './notices.ts'
import { useProjectStore } from './project.ts'

/** Whose labels are on the page. */
interface LabelPlace {
  readonly project: string
  readonly data: string
  readonly sequence?: string
}

const saveAfterMs = 600

/**
 * Keeps the page's labels and the core's the same. Only what was changed is sent; what another window has changed comes back with
 * the answer.
 * @param state   the labels of the page
 * @param onTaken called when the core's labels have taken their place
 * @param onOther called before those of another sequence are looked for
 */
export function labelSync(
  state: ShallowRef<LabelSet>,
  history: ReturnType<typeof labelHistory>,
  { onTaken, onOther }: { readonly onTaken: (labels: ProjectLabels) => void; readonly onOther: () => void },
) {
  const connection = useConnectionStore()
  const notices = useNoticesStore()
  const project = useProjectStore()
  const look = useLookStore()
  const isLoaded = ref(false)
  const saving = ref<'saved' | 'waiting' | 'saving' | 'conflict' | 'failed'>('saved')
  /** Labels of each class in the project's other data. */
  const elsewhere = shallowRef<Readonly<Record<string, number>>>({})
  /** Label files that lie beside the data. */
  const candidates = shallowRef<readonly Grant[]>([])
  /** The labels as the core has them, at which revision, and whose they are. */
  let saved: LabelSet = emptyLabelSet
  let revision = 0
  let place: LabelPlace | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let lastSave: Promise<void> = Promise.resolve()

  function take(labels: ProjectLabels): void {
    revision = labels.revision
    saved = { classes: labels.classes, features: labels.collection.features, frames: labels.frames }
    state.value = saved
    elsewhere.value = labels.elsewhere
    saving.value = 'saved'
    isLoaded.value = true
    onTaken(labels)
  }

  function here(): LabelPlace {
    const id = look.info?.id
    return { ...project.current(), ...(id === undefined ? {} : { sequence: id }) }
  }

  async function load(): Promise<void> {
    isLoaded.value = false
    // It may have been closed while something else was waited for.
    if (!project.project || !project.data) return
    const wanted = here()
    place = wanted
    const loaded = await notices.guard(() => connection.core().labels.load(wanted))
    if (place !== wanted) return
    history.clear()
    if (loaded) take(loaded)
    const files = (await notices.guard(() => connection.core().labels.candidates(wanted))) ?? []
    if (place === wanted) candidates.value = files
  }

  function clear(): void {
    clearTimeout(timer)
    state.value = emptyLabelSet
    saved = emptyLabelSet
    history.clear()
    elsewhere.value = {}
    isLoaded.value = false
    candidates.value = []
    place = null
  }

  // Labels of frames are here for all sequences of the data; those on the map are in the units of one.
  watch(
    () => [look.info?.id, look.info?.crs, project.data?.id] as const,
    async ([id, crs, data]) => {
      if (!place || id === undefined || (place.sequence === id && place.data === data)) return
      onOther()
      if (place.data === data && !crs && state.value.features.length === 0) {
        place = here()
        return
      }
      await save()
      await load()
    },
  )

  function saveSoon(): void {
    saving.value = 'waiting'
    clearTimeout(timer)
    timer = setTimeout(() => void save(), saveAfterMs)
  }

  /** Writes the labels now; saves follow one another, so that revisions rise in order. */
  function save(): Promise<void> {
    clearTimeout(timer)
    lastSave = lastSave.then(saveNow)
    return lastSave
  }

  async function saveNow(): Promise<void> {
    if (saving.value === 'saved' || !isLoaded.value || !project.project || !place) return
    const [sent, to] = [state.value, place]
    const sending = labelChangeBetween(saved, sent)
    const isOldClasses = saved.classes === sent.classes
    if (isNoChange(sending) && isOldClasses) {
      saving.value = 'saved'
      return
    }
    saving.value = 'saving'
    try {
      const answer = await connection
        .core()
        .labels.save({ ...to, revision, classes: isOldClasses ? null : [...sent.classes], change: sending })
      if (place !== to) return
      revision = answer.revision
      if (answer.isStale) {
        await load()
        return
      }
      adopt(sent, answer.theirs, answer.classes)
      if (answer.overwritten.length > 0) notices.tell('labels.overwrote', { n: answer.overwritten.length }, 'info')
      if (isNoChange(labelChangeBetween(saved, state.value)) && saved.classes === state.value.classes)
        saving.value = 'saved'
    } catch (error) {
      saving.value = coreError(error).code === 'labels/changed-elsewhere' ? 'conflict' : 'failed'
      notices.fail(error)
    }
  }

  /** Takes over what others have changed, except where something was changed here since it was sent. */
  function adopt(sent: LabelSet, theirs: LabelChange, theirClasses: readonly LabelClass[]): void {
    const isSame = JSON.stringify(theirClasses) === JSON.stringify(sent.classes)
    saved = { ...withChange(sent, theirs), classes: isSame ? sent.classes : theirClasses }
    const ownIds = touchedIds(labelChangeBetween(sent, state.value))
    const kept = state.value.classes === sent.classes ? saved.classes : state.value.classes
    state.value = { ...withChange(state.value, withoutIds(theirs, ownIds)), classes: kept }
    if (!isNoChange(theirs)) notices.tell('labels.merged', { n: touchedIds(theirs).size }, 'info')
  }

  async function importFile(file: string, replace: boolean): Promise<void> {
    await save()
    await notices.guard(async () => {
      const before = state.value
      const result = await connection.core().labels.importFile({ ...here(), file, replace })
      const { features: known, frames: knownFrames } = before
      result.labels.collection.features = withKnown(known, result.labels.collection.features)
      result.labels.frames = withKnown(knownFrames, result.labels.frames)
      take(result.labels)
      history.record(before, saved)
      notices.tell(
        'label.imported',
        { added: result.added, skipped: result.skipped },
        result.skipped > 0 ? 'info' : 'good',
      )
    })
  }

  async function exportFile(format: LabelFileFormat) {
    await save()
    return notices.guard(() => connection.core().labels.exportFile({ ...project.current(), format }))
  }

  return { isLoaded, saving, elsewhere, candidates, load, clear, save, saveSoon, importFile, exportFile }
}

/** The labels, with those that have not changed as the objects that are known: then a step of undo holds only what is new. */
function withKnown<L extends { readonly id: string }>(known: readonly L[], labels: readonly L[]): L[] {
  const byId = new Map(known.map((label) => [label.id, label]))
  return labels.map((label) => {
    const before = byId.get(label.id)
    return before && JSON.stringify(before) === JSON.stringify(label) ? before : label
  })
}
