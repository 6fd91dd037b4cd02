import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { StudyChoice } from '../../shared/contracts/lesions.ts'
import type { LesionSource } from '../../shared/domain/medical/follow-request.ts'
import type { RegistrationChoice } from '../../shared/domain/medical/track-report.ts'
import { useConnectionStore } from './connection.ts'
import { useLabelsStore } from './labels.ts'
import { useNoticesStore } from './notices.ts'
import { useProjectStore } from './project.ts'
import { useRunsStore } from './runs.ts'
import { sequenceKey, useSequencesStore, type ProjectSequence } from './sequences.ts'

/** One visit that can be followed. */
export interface OfferedStudy {
  readonly id: string
  /** ISO; null where not stated. */
  readonly date: string | null
  readonly description: string
  /** Of several slices and one value per pixel; more is known when they are opened. */
  readonly series: readonly ProjectSequence[]
  /** Segmentations and structure sets that belong to its series, by sequence key. */
  readonly marks: ReadonlyMap<string, number>
}

/** One person, or files that state none. */
export interface OfferedPatient {
  readonly id: string
  readonly studies: readonly OfferedStudy[]
}

/** Files that state no patient. */
export const nobody = 'nobody'
const maskName = /(^|[^a-z])(masks?|seg|segmentations?|lesions?|labels?|rois?|gt|brainmask)([^a-z]|$)/i

/** What is to be followed, before it is. */
export const useFollowFormStore = defineStore('followForm', () => {
  const connection = useConnectionStore()
  const labels = useLabelsStore()
  const notices = useNoticesStore()
  const project = useProjectStore()
  const runs = useRunsStore()
  const sequences = useSequencesStore()
  const patientId = ref<string | null>(null)
  /** Studies that are left out. */
  const leftOut = ref<ReadonlySet<string>>(new Set())
  /** Key of the series chosen in a study. */
  const chosen = shallowRef<ReadonlyMap<string, string>>(new Map())
  /** Key of the NIfTI mask chosen for a study. */
  const masks = shallowRef<ReadonlyMap<string, string>>(new Map())
  /** Slices that are painted on, by key of the series. */
  const painted = shallowRef<ReadonlyMap<string, number>>(new Map())
  const lesions = ref<LesionSource>('auto')
  /** Run whose network was chosen to mark the lesions. */
  const chosenRun = ref<string | null>(null)
  /** Networks of the project that mark lesions, the latest first. */
  const networks = computed(() => runs.finished.filter(({ task }) => task === 'lesion-segmentation').reverse())
  const run = computed(() => (networks.value.find(({ id }) => id === chosenRun.value) ?? networks.value[0])?.id ?? null)
  const registration = ref<RegistrationChoice>('rigid')
  const minimumMm3 = ref(0)

  const canFollow = ({ info }: ProjectSequence): boolean =>
    (info.kind === 'dicom' || info.kind === 'nifti') &&
    info.frames > 1 &&
    info.bands.length === 1 &&
    info.timePoints === null
  const isMask = ({ info }: ProjectSequence): boolean => info.kind === 'nifti' && maskName.test(info.name)
  const maskChoices = computed(() => sequences.list.filter(isMask))

  const patients = computed<readonly OfferedPatient[]>(() => {
    const people = new Map<string, OfferedStudy[]>()
    for (const [data, all] of sequences.patients)
      for (const patient of all) {
        const own = people.get(patient.id) ?? []
        for (const study of patient.studies) {
          const series = study.sequences.flatMap((id) => sequences.byKey.get(sequenceKey(data, id)) ?? [])
          const usable = series.filter(canFollow)
          const marks = new Map(
            usable.map(({ key, info }) => [
              key,
              study.objects.filter(({ kind, sequences: of }) => kind !== 'report' && of.includes(info.id)).length,
            ]),
          )
          if (usable.length > 0)
            own.push({
              id: `${data}/${study.id}`,
              date: study.date,
              description: study.description,
              series: usable,
              marks,
            })
        }
        people.set(patient.id, own)
      }
    const files = sequences.list
      .filter((one) => one.info.kind === 'nifti' && canFollow(one) && !isMask(one))
      .map((one): OfferedStudy => ({
        id: one.key,
        date: null,
        description: one.info.name,
        series: [one],
        marks: new Map(),
      }))
    const byDate = (a: OfferedStudy, b: OfferedStudy): number => (a.date ?? '9').localeCompare(b.date ?? '9')
    return [
      ...[...people].map(([id, studies]) => ({ id, studies: [...studies].sort(byDate) })),
      ...(files.length > 0 ? [{ id: nobody, studies: files }] : []),
    ].filter(({ studies }) => studies.length > 0)
  })
  /** The one that is chosen, else the one of the most studies. */
  const patient = computed(
    () =>
      patients.value.find(({ id }) => id === patientId.value) ??
      [...patients.value].sort((a, b) => b.studies.length - a.studies.length)[0] ??
      null,
  )
  const studies = computed(() => patient.value?.studies ?? [])
  const proposed = computed(() => proposeSeries(studies.value))
  const seriesOf = (study: OfferedStudy): ProjectSequence | null =>
    study.series.find(({ key }) => key === chosen.value.get(study.id)) ??
    study.series.find(({ key }) => key === proposed.value.get(study.id)) ??
    study.series[0] ??
    null
  const followed = computed(() => studies.value.filter(({ id }) => !leftOut.value.has(id)))
  const canStart = computed(
    () => followed.value.length >= 2 && !project.isReadOnly && (lesions.value !== 'network' || run.value !== null),
  )
  /** Slices that are painted on a series. */
  const paintedOn = ({ key }: ProjectSequence): number => painted.value.get(key) ?? 0
  /** Asks what is painted on which series; what is being painted now is saved first. */
  async function load(): Promise<void> {
    const of = project.project?.id
    if (of === undefined) return
    await Promise.all([labels.save(), runs.load()])
    const found = await notices.guard(() => connection.core().lesions.painted({ project: of }))
    if (found && project.project?.id === of)
      painted.value = new Map(found.map(({ data, sequence, slices }) => [sequenceKey(data, sequence), slices]))
  }

  const choices = computed<StudyChoice[]>(() =>
    followed.value.flatMap((study) => {
      const series = seriesOf(study)
      const mask = sequences.byKey.get(masks.value.get(study.id) ?? '')
      return series
        ? [{ data: series.data, sequence: series.info.id, mask: mask?.data === series.data ? mask.info.id : null }]
        : []
    }),
  )

  watch(
    () => project.project?.id,
    () => {
      patientId.value = null
      leftOut.value = new Set()
      chosen.value = new Map()
      masks.value = new Map()
      painted.value = new Map()
      lesions.value = 'auto'
      chosenRun.value = null
      registration.value = 'rigid'
      minimumMm3.value = 0
    },
  )

  function toggle(study: string): void {
    const next = new Set(leftOut.value)
    if (!next.delete(study)) next.add(study)
    leftOut.value = next
  }
  function choose(study: string, key: string): void {
    chosen.value = new Map(chosen.value).set(study, key)
  }
  function chooseMask(study: string, key: string): void {
    masks.value = new Map(masks.value).set(study, key)
  }

  return {
    patientId,
    leftOut,
    masks,
    lesions,
    networks,
    chosenRun,
    run,
    registration,
    minimumMm3,
    maskChoices,
    patients,
    patient,
    studies,
    followed,
    canStart,
    choices,
    seriesOf,
    paintedOn,
    load,
    toggle,
    choose,
    chooseMask,
  }
})

/** The series of each study that fit together best: of one description in all studies, the one of the most voxels. */
export function proposeSeries(studies: readonly OfferedStudy[]): Map<string, string> {
  const size = ({ info }: ProjectSequence): number => info.frames * info.height * info.width
  const nameOf = ({ info }: ProjectSequence): string => info.name.trim().toLowerCase()
  const largest = (some: readonly ProjectSequence[]): ProjectSequence | undefined =>
    [...some].sort((a, b) => size(b) - size(a) || a.key.localeCompare(b.key))[0]
  const [first] = studies
  const shared = (first?.series ?? []).filter((one) =>
    studies.every(({ series }) => series.some((other) => nameOf(other) === nameOf(one))),
  )
  const base = largest(shared)
  return new Map(
    studies.flatMap(({ id, series }) => {
      const best = largest(base ? series.filter((one) => nameOf(one) === nameOf(base)) : series)
      return best ? [[id, best.key]] : []
    }),
  )
}
