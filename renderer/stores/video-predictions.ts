import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowRef, watch } from 'vue'
import type { ActionPrediction, FramePrediction } from '../../shared/contracts/inference.ts'
import type { TaskId } from '../../shared/domain/run.ts'
import type { ActionClip, ActionSaliency } from '../../shared/domain/video-prediction.ts'
import { parseHex } from '../../shared/imaging/colour-maps.ts'
import { smoothed } from '../viewers/video/prediction/heat-map.ts'
import { useConnectionStore } from './connection.ts'
import { useExportsStore } from './exports.ts'
import { useJobsStore } from './jobs.ts'
import { useLabelsStore } from './labels.ts'
import { useLookStore } from './look.ts'
import { useNoticesStore } from './notices.ts'
import { useProjectStore } from './project.ts'

/** Which frames and pixels decided, with the maps as they are shown (smoothed), [frames, height, width]. */
export interface Explanation {
  readonly saliency: ActionSaliency
  readonly maps: Float32Array
}

/** Predictions of actions and of frames: the one that is shown, and where in it one is. */
export const useVideoPredictionsStore = defineStore('video-predictions', () => {
  const connection = useConnectionStore()
  const exports = useExportsStore()
  const jobs = useJobsStore()
  const labels = useLabelsStore()
  const look = useLookStore()
  const notices = useNoticesStore()
  const project = useProjectStore()
  const actions = shallowRef<ActionPrediction | null>(null)
  const frames = shallowRef<FramePrediction | null>(null)
  /** Class probabilities by frame, [frames, classes], by the name of their file. */
  const curves = shallowRef<ReadonlyMap<string, Float32Array>>(new Map())
  /** Known frames, truths, predicted frames, uint8 [frames, height, width, channels]. */
  const pictures = shallowRef<Uint8Array | null>(null)
  const explanation = shallowRef<Explanation | null>(null)
  const isExplaining = ref(false)
  const explainJob = ref<string | null>(null)
  const heatOpacity = ref(0.6)
  const isHeatVisible = ref(true)
  const isCaptionVisible = ref(true)
  /** Frame of a prediction that is looked at, from the first known one on. */
  const step = ref(0)
  let turn = 0

  const summary = computed(() => actions.value?.summary ?? frames.value?.summary ?? null)
  /** Whether what is looked at is of the data that the prediction is about. */
  const isHere = computed(() => summary.value !== null && summary.value.data === project.data?.id)
  const classes = computed(() =>
    (actions.value?.legend ?? []).map(({ label, colour }) => ({
      label,
      colour: labels.colours.get(label) ?? colour,
      rgb: parseHex(labels.colours.get(label) ?? colour),
    })),
  )
  /** What was found in the clip that is looked at. */
  const clip = computed<ActionClip | null>(() =>
    isHere.value ? (actions.value?.clips.find(({ path }) => path === look.info?.id) ?? null) : null,
  )
  const intervals = computed(() =>
    clip.value ? (actions.value?.intervals ?? []).filter(({ path }) => path === clip.value?.path) : [],
  )
  const curve = computed(() => (clip.value?.curve == null ? null : (curves.value.get(clip.value.curve) ?? null)))
  /** Explanation of the clip that is looked at. */
  const explained = computed(() =>
    isHere.value && explanation.value?.saliency.sequence === look.info?.id ? explanation.value : null,
  )

  /** Class probabilities at a frame of the clip that is looked at; empty where nothing is known. */
  function probabilitiesAt(frame: number): number[] {
    const { value } = clip
    if (!value) return []
    const count = classes.value.length
    if (curve.value) return [...curve.value.subarray(frame * count, (frame + 1) * count)]
    return value.curve === null ? classes.value.map(({ label }) => value.probabilities[label] ?? 0) : []
  }

  /** The class that a frame shows: that of its interval, in a long clip; null between intervals. */
  function classAt(frame: number): { label: string; colour: string; probability: number } | null {
    if (!clip.value) return null
    const label = clip.value.curve === null ? clip.value.label : intervals.value.find(({ from, to }) => frame >= from && frame < to)?.label // prettier-ignore
    const index = classes.value.findIndex((one) => one.label === label)
    const found = classes.value[index]
    return found ? { ...found, probability: probabilitiesAt(frame)[index] ?? NaN } : null
  }

  async function bytesOf(prediction: string, name: string): Promise<Uint8Array | undefined> {
    const { project: id } = project.current()
    return notices.guard(async () => {
      const file = await connection.core().inference.file({ project: id, prediction, name })
      try {
        return (await connection.data().read(file.handle, { kind: 'file' })).values as Uint8Array
      } finally {
        void connection.close(file.handle)
      }
    })
  }

  /** Shows a prediction of one of these tasks. @returns whether it could be read */
  async function show(prediction: string, task: TaskId): Promise<boolean> {
    const { project: id } = project.current()
    const mine = ++turn
    if (task === 'action-recognition') {
      const loaded = await notices.guard(() => connection.core().inference.actions({ project: id, prediction }))
      if (!loaded || mine !== turn) return false
      leave()
      actions.value = markRaw(loaded)
      return true
    }
    const loaded = await notices.guard(() => connection.core().inference.frames({ project: id, prediction }))
    if (!loaded || mine !== turn) return false
    const bytes = loaded.pictures ? await bytesOf(prediction, loaded.pictures.file) : undefined
    if (mine !== turn) return false
    leave()
    pictures.value = bytes ? markRaw(bytes) : null
    frames.value = markRaw(loaded)
    step.value = loaded.inputFrames
    return true
  }

  function leave(): void {
    turn++
    actions.value = null
    frames.value = null
    curves.value = new Map()
    pictures.value = null
    explanation.value = null
  }

  // A long clip's curve is read when it is looked at.
  watch(
    () => [actions.value?.summary.id, clip.value?.curve] as const,
    async ([prediction, name]) => {
      if (prediction === undefined || name == null || curves.value.has(name)) return
      const bytes = await bytesOf(prediction, name)
      if (!bytes || actions.value?.summary.id !== prediction) return
      curves.value = new Map(curves.value).set(name, new Float32Array(bytes.slice().buffer))
    },
  )

  /** Finds out which frames and pixels of a part of the clip a class was recognised by. */
  async function explain(label: string, from: number, to: number): Promise<void> {
    const { value: shown } = summary
    const { info } = look
    if (!shown || !info) return
    const { project: id } = project.current()
    isExplaining.value = true
    try {
      await notices.guard(async () => {
        const request = { project: id, run: shown.run, data: shown.data, sequence: info.id, from, to, label }
        const { job } = await connection.core().inference.explain(request)
        explainJob.value = job
        void jobs.watch(job)
        const { saliency, maps } = await connection.core().inference.explained({ project: id, job })
        try {
          const { values } = await connection.data().read(maps.handle, { kind: 'file' })
          const numbers = new Float32Array((values as Uint8Array).slice().buffer)
          if (summary.value?.id !== shown.id) return
          explanation.value = markRaw({ saliency, maps: smoothed(numbers, saliency.size) })
          isHeatVisible.value = true
        } finally {
          void connection.close(maps.handle)
        }
      })
    } finally {
      isExplaining.value = false
      explainJob.value = null
    }
  }

  /** Hands one file of the prediction to the person. */
  async function saveFile(name: string): Promise<void> {
    const { value: shown } = summary
    if (!shown) return
    const { project: id } = project.current()
    await notices.guard(async () =>
      exports.take(await connection.core().inference.file({ project: id, prediction: shown.id, name })),
    )
  }

  return {
    actions,
    frames,
    pictures,
    summary,
    isHere,
    classes,
    clip,
    intervals,
    curve,
    explained,
    isExplaining,
    explainJob,
    heatOpacity,
    isHeatVisible,
    isCaptionVisible,
    step,
    probabilitiesAt,
    classAt,
    show,
    leave,
    explain,
    saveFile,
  }
})
