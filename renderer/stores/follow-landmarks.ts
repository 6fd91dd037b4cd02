import { defineStore } from 'pinia'
import { computed, nextTick, ref, shallowRef, watch } from 'vue'
import { AppError } from '../../shared/base/app-error.ts'
import { alignLandmarks, type AlignedLandmarks } from '../../shared/domain/medical/align-landmarks.ts'
import {
  completePairs,
  type LandmarkDraft,
  type LandmarkFile,
  landmarkFileSchema,
  type LandmarkModel,
  type LandmarkPair,
  maximumLandmarks,
  type StudyLandmarkDraft,
} from '../../shared/domain/medical/landmarks.ts'
import { saveFile } from '../composables/save-file.ts'
import { coreError } from '../transport/core-error.ts'
import type { Vector3 } from '../viewers/dicom/patient-space.ts'
import { useConnectionStore } from './connection.ts'
import { useFollowPanesStore } from './follow-panes.ts'
import { useFollowStore } from './follow.ts'
import { useJobsStore } from './jobs.ts'
import { useNoticesStore } from './notices.ts'
import { useProjectStore } from './project.ts'

/** One end of a pair of landmarks. */
export interface LandmarkEnd {
  readonly index: number
  readonly end: keyof LandmarkPair
}

type Drafts = readonly StudyLandmarkDraft[]
const undoSteps = 200
const mostBytes = 1_000_000
const copyOf = ([x, y, z]: Vector3): [number, number, number] => [x, y, z]

/** Landmarks the reader sets in the baseline and a later study, where the images could not be laid over each other. */
export const useFollowLandmarksStore = defineStore('followLandmarks', () => {
  const connection = useConnectionStore()
  const follow = useFollowStore()
  const jobs = useJobsStore()
  const notices = useNoticesStore()
  const panes = useFollowPanesStore()
  const project = useProjectStore()
  const isOn = ref(false)
  /** The later study. */
  const study = ref(1)
  const chosen = ref<number | null>(null)
  /** The end that the next click sets again. */
  const again = shallowRef<LandmarkEnd | null>(null)
  /** An end that is being dragged, and where it is now. */
  const moving = shallowRef<(LandmarkEnd & { readonly place: Vector3 }) | null>(null)
  const drafts = shallowRef<Drafts>([])
  const past = shallowRef<readonly Drafts[]>([])
  const future = shallowRef<readonly Drafts[]>([])
  const isApplying = ref(false)
  let [revision, lastGroup]: [number, string | null] = [0, null]
  let saved: Drafts = []
  let saving: Promise<void> = Promise.resolve()
  let paneCount = 2

  const about = computed(() => follow.report?.studies[study.value] ?? null)
  const draft = computed<StudyLandmarkDraft>(
    () =>
      drafts.value.find((one) => one.study === study.value) ?? {
        study: study.value,
        date: about.value?.date ?? null,
        model: 'rigid',
        pairs: [],
      },
  )
  const pairs = computed<readonly LandmarkDraft[]>(() =>
    draft.value.pairs.map((pair, index) =>
      moving.value?.index === index ? { ...pair, [moving.value.end]: copyOf(moving.value.place) } : pair,
    ),
  )
  const complete = computed(() => completePairs(pairs.value))
  /** What the landmarks give; else why they give nothing yet. */
  const aligned = computed<{ readonly found: AlignedLandmarks | null; readonly error: AppError | null }>(() => {
    try {
      return { found: alignLandmarks(complete.value, draft.value.model), error: null }
    } catch (error) {
      if (error instanceof AppError) return { found: null, error }
      throw error
    }
  })
  /** How far each pair is off, in mm; null where it is not complete or nothing can be said. */
  const residuals = computed(() => {
    const all = [...(aligned.value.found?.fit.residualsMm ?? [])]
    return pairs.value.map(({ baseline, followUp }) => (baseline && followUp ? (all.shift() ?? null) : null))
  })
  /** What the study is laid over the baseline by now, where that is landmarks. */
  const used = computed(() => about.value?.registration.landmarks ?? null)
  /** Whether those are the landmarks of this moment. */
  const isUsed = computed(
    () =>
      used.value?.model === draft.value.model && JSON.stringify(used.value.pairs) === JSON.stringify(complete.value),
  )
  const canUndo = computed(() => past.value.length > 0 && !project.isReadOnly)
  const canRedo = computed(() => future.value.length > 0 && !project.isReadOnly)

  function change(part: Partial<Pick<StudyLandmarkDraft, 'pairs' | 'model'>>, group: string | null = null): void {
    const others = drafts.value.filter((one) => one.study !== study.value)
    take([...others, { ...draft.value, ...part }], group)
  }
  /** One more state to undo; changes of one group are one step. */
  function take(next: Drafts, group: string | null = null): void {
    if (project.isReadOnly || !follow.current) return
    if (group === null || group !== lastGroup) past.value = [...past.value, drafts.value].slice(-undoSteps)
    lastGroup = group
    future.value = []
    put([...next].sort((a, b) => a.study - b.study))
  }
  function put(next: Drafts): void {
    drafts.value = next
    again.value = null
    if (chosen.value !== null && chosen.value >= pairs.value.length) chosen.value = null
    // One save after the other: each needs the revision that the one before gave.
    saving = saving.then(save)
  }
  function undo(): void {
    const before = past.value.at(-1)
    if (!before || !canUndo.value) return
    past.value = past.value.slice(0, -1)
    future.value = [drafts.value, ...future.value]
    lastGroup = null
    put(before)
  }
  function redo(): void {
    const [next, ...rest] = future.value
    if (!next || !canRedo.value) return
    future.value = rest
    past.value = [...past.value, drafts.value]
    lastGroup = null
    put(next)
  }

  async function save(): Promise<void> {
    const { current } = follow
    const next = drafts.value
    if (!current || next === saved) return
    try {
      const kept = await connection.core().lesions.keepLandmarks({
        project: project.current().project,
        tracking: current.summary.id,
        studies: [...next],
        revision,
      })
      ;({ revision } = kept)
      saved = next
    } catch (error) {
      notices.fail(error)
      if (coreError(error).code === 'lesions/changed-elsewhere') await follow.show(current.summary.id)
    }
  }

  /** Which end of a pair lies in a study; null where it is neither the baseline nor the later study. */
  const endIn = (on: number): keyof LandmarkPair | null =>
    on === 0 ? 'baseline' : on === study.value ? 'followUp' : null

  /** Sets a landmark: the end to be set again, else the first pair without this end, the chosen one before others, else a new pair. */
  function set(on: number, place: Vector3): void {
    if (on !== 0 && on !== study.value) study.value = on
    const end = on === 0 ? 'baseline' : 'followUp'
    const { pairs: own } = draft.value
    const isFree = (index: number): boolean => own[index] !== undefined && own[index][end] === null
    const first = own.findIndex((_, index) => isFree(index))
    const index =
      again.value?.end === end
        ? again.value.index
        : chosen.value !== null && isFree(chosen.value)
          ? chosen.value
          : first >= 0
            ? first
            : own.length
    if (index >= maximumLandmarks) return
    const pair = { ...(own[index] ?? { baseline: null, followUp: null }), [end]: copyOf(place) }
    change({ pairs: [...own.slice(0, index), pair, ...own.slice(index + 1)] })
    chosen.value = index
  }
  /** Moves an end; steps of the keyboard that follow each other are one step to undo. */
  function moveEnd({ index, end }: LandmarkEnd, place: Vector3, isStep = false): void {
    const next = draft.value.pairs.map((pair, i) => (i === index ? { ...pair, [end]: copyOf(place) } : pair))
    change({ pairs: next }, isStep ? `${study.value} ${index} ${end}` : null)
  }
  function remove(index: number): void {
    change({ pairs: draft.value.pairs.filter((_, i) => i !== index) })
    chosen.value = draft.value.pairs.length === 0 ? null : Math.min(index, draft.value.pairs.length - 1)
  }
  function setModel(model: LandmarkModel): void {
    change({ model })
  }
  /** Chooses a pair and shows where its ends lie. */
  function choose(index: number): void {
    chosen.value = index
    again.value = null
    for (const pane of panes.shown) {
      const end = endIn(panes.studyOf(pane))
      const place = end && pairs.value[index]?.[end]
      if (place) panes.show(pane, place)
    }
  }

  function enter(): void {
    const last = (follow.report?.studies.length ?? 2) - 1
    study.value = follow.study > 0 ? follow.study : Math.min(last, Math.max(1, panes.studies[1] ?? last))
    chosen.value = null
    paneCount = panes.count
    panes.isApart = true
    panes.compare(study.value)
    isOn.value = true
  }
  function leave(): void {
    if (!isOn.value) return
    isOn.value = false
    again.value = null
    panes.isApart = null
    if (panes.count !== paneCount) panes.setCount(paneCount)
  }
  /** Gives up setting an end again, else leaves. */
  function escape(): void {
    if (again.value) again.value = null
    else leave()
  }
  function setStudy(next: number): void {
    study.value = next
    // The date that is looked at stays one of the two that are shown.
    if (follow.study > 0) follow.study = next
    chosen.value = null
    again.value = null
    panes.compare(next)
  }

  /** Lays the study over the baseline by the landmarks, or again as the images said; the lesions are linked anew. */
  async function apply(by: 'landmarks' | 'images'): Promise<void> {
    const { current, track } = follow
    if (!current) return
    const own = track?.lesions.find((id) => id !== null) ?? ''
    isApplying.value = true
    try {
      await saving
      const where = { project: project.current().project, tracking: current.summary.id, study: study.value }
      const { job } = await connection.core().lesions.register({ ...where, by })
      await jobs.finished(job)
      await follow.show(current.summary.id)
      // Numbers may have changed with the links.
      follow.select(follow.byId.get(own)?.track ?? follow.lesion)
      // The panes go to the lesion first, whose links may have changed.
      await nextTick()
      if (by === 'landmarks') judge()
    } catch (error) {
      notices.fail(error)
    } finally {
      isApplying.value = false
    }
  }
  /** All look at one landmark through the new registration. */
  function judge(): void {
    const [first] = complete.value
    const own = chosen.value === null ? undefined : completePairs(pairs.value.slice(chosen.value, chosen.value + 1))[0]
    const at = (own ?? first)?.baseline
    const [pane] = panes.shown.filter((one) => panes.studyOf(one) === 0)
    panes.isApart = false
    if (!pane || !at) return
    panes.show(pane, at)
    panes.pointAt(pane, at)
    panes.passOn(pane)
  }

  /** Hands the complete pairs of all studies over as a file. */
  function exportFile(): void {
    const studies = drafts.value
      .map((one) => ({ ...one, pairs: completePairs(one.pairs) }))
      .filter((one) => one.pairs.length > 0)
    const content: LandmarkFile = { format: 'chronolens-landmarks', version: 1, studies }
    saveFile('landmarks.json', 'application/json', `${JSON.stringify(content, null, 1)}\n`)
    notices.tell('exports.saved', { name: 'landmarks.json' })
  }
  /** Takes the landmarks of a file in place of those of its studies. */
  async function importFile(file: File): Promise<void> {
    try {
      const { studies } = await readLandmarkFile(file)
      const known = follow.report?.studies ?? []
      for (const one of studies) {
        const date = known[one.study]?.date
        if (date === undefined || (date !== null && one.date !== null && date !== one.date))
          throw new AppError(
            'lesions/landmarks-elsewhere',
            `The landmarks for study ${one.study + 1} do not belong to it. Use landmarks that were set on these studies.`,
            { study: one.study + 1 },
          )
      }
      take([...drafts.value.filter((one) => studies.every((other) => other.study !== one.study)), ...studies])
      const first = studies[0]?.study
      if (first !== undefined && studies.every((one) => one.study !== study.value)) setStudy(first)
      choose(0)
    } catch (error) {
      notices.fail(error)
    }
  }

  watch(
    () => follow.current?.landmarks,
    (kept, before) => {
      // The same landmarks, loaded again: what was done can still be undone.
      if (kept && before && kept.revision === revision) return
      ;[drafts.value, revision] = [kept?.studies ?? [], kept?.revision ?? 0]
      saved = drafts.value
      ;[past.value, future.value] = [[], []]
    },
    { immediate: true },
  )
  watch(() => follow.current?.summary.id, leave)
  watch(
    () => panes.shown.map(panes.studyOf),
    (on) => {
      if (isOn.value && !on.includes(study.value)) study.value = on.find((one) => one > 0) ?? study.value
    },
  )

  return {
    isOn,
    study,
    chosen,
    again,
    moving,
    draft,
    pairs,
    complete,
    aligned,
    residuals,
    used,
    isUsed,
    isApplying,
    canUndo,
    canRedo,
    undo,
    redo,
    endIn,
    set,
    moveEnd,
    remove,
    setModel,
    choose,
    enter,
    leave,
    escape,
    setStudy,
    apply,
    exportFile,
    importFile,
  }
})

async function readLandmarkFile(file: File): Promise<LandmarkFile> {
  try {
    if (file.size > mostBytes) throw new RangeError('too large')
    return landmarkFileSchema.parse(JSON.parse(await file.text()))
  } catch (cause) {
    throw new AppError(
      'lesions/bad-landmarks',
      `"${file.name}" holds no landmarks; give a file that was exported here.`,
      { path: file.name },
      { cause },
    )
  }
}
