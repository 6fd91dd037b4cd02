import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { z } from 'zod'
import { type AddedBackbone, addedBackboneSchema } from '../../shared/contracts/training.ts'
import { taskIdSchema, type TaskId } from '../../shared/domain/run.ts'
import type { SettingDescription } from '../../shared/domain/training-choices.ts'
import { keepInProject } from './keep-state.ts'
import { useProjectStore } from './project.ts'
import { useRunsStore } from './runs.ts'

/** Settings the page has a place of its own for, or that belong to the project; the rest is listed under "more". */
const dataKeys = [
  'split',
  'blockSize',
  'testYears',
  'folds',
  'maxPerClass',
  'onConflict',
  'features',
  'frames',
  'stepDays',
  'sampling',
  'stride',
  'inputFrames',
  'horizon',
  'frameStep',
  'size',
  'fit',
  'colour',
  'hop',
  'maxClips',
  'nodata',
  'classes',
  'series',
  'earlier',
  'registration',
  'spacing',
  'slices',
  'patchSize',
  'intensity',
  'window',
]
const hiddenKeys = ['labels', 'sequence', 'crs', 'labelProperty']
const backboneKeys = ['backboneScale', 'backboneMean', 'backboneDeviation', 'backboneOutput', 'backbonePool']
/** Settings that mean nothing where a network of one's own looks at the frames. */
const keysWithoutBackbone = ['filters', 'crop', 'flip', 'jitter', 'size']
const mainTrainingKeys = ['learningRate', 'patience', 'classWeights', 'crop', 'flip', 'jitter', 'mix', 'teacherForcing', 'stepNorms'] // prettier-ignore

const keptSchema = z.object({
  task: taskIdSchema.nullable().catch(null),
  backbone: addedBackboneSchema.nullable().catch(null),
  model: z.string().nullable(),
  values: z.record(z.string(), z.string()),
  name: z.string(),
  seed: z.number(),
  epochs: z.number().nullable(),
  batch: z.number().nullable(),
  device: z.string().nullable(),
})
type Kept = z.infer<typeof keptSchema>

const atFirst: Kept = {
  task: null,
  backbone: null,
  model: null,
  values: {},
  name: '',
  seed: 0,
  epochs: null,
  batch: null,
  device: null,
}

/** What the next training will be asked to do; kept while the person looks at other pages, and with the project. */
export const useTrainingFormStore = defineStore('training-form', () => {
  const project = useProjectStore()
  const runs = useRunsStore()
  /** Null takes the usual one of the project. */
  const chosenTask = ref<TaskId | null>(null)
  const model = ref<string | null>(null)
  /** A network of one's own that turns frames into features. */
  const backbone = ref<AddedBackbone | null>(null)
  /** Only what the person has changed, as text. */
  const values = ref<Record<string, string>>({})
  const name = ref('')
  const seed = ref(0)
  /** Null takes the model's own. */
  const epochs = ref<number | null>(null)
  const batch = ref<number | null>(null)
  const device = ref<string | null>(null)

  keepInProject('trainingForm', keptSchema, {
    read: (): Kept => ({
      task: chosenTask.value,
      backbone: backbone.value,
      model: model.value,
      values: values.value,
      name: name.value,
      seed: seed.value,
      epochs: epochs.value,
      batch: batch.value,
      device: device.value,
    }),
    write: (kept) => {
      const next = kept ?? atFirst
      chosenTask.value = next.task
      backbone.value = next.backbone
      model.value = next.model
      values.value = { ...next.values }
      name.value = next.name
      seed.value = next.seed
      epochs.value = next.epochs
      batch.value = next.batch
      device.value = next.device
    },
  })

  /** What is trained for; null while the project has nothing to train on. */
  const task = computed<TaskId | null>(() => {
    const { tasks } = project
    return tasks.find((one) => one === chosenTask.value) ?? tasks[0] ?? null
  })
  const choices = computed(() => (task.value === null ? null : (runs.choices.get(task.value) ?? null)))
  watch(task, (next) => next && void runs.loadChoices(next))

  /** Trains for something else; what was set for the task before means nothing to this one. */
  function chooseTask(next: TaskId): void {
    if (next === task.value) return
    chosenTask.value = next
    backbone.value = null
    model.value = null
    values.value = {}
    epochs.value = null
    batch.value = null
  }

  const models = computed(() => choices.value?.models ?? [])
  const chosen = computed(
    () =>
      models.value.find(({ id }) => id === model.value) ??
      models.value.find(({ isDefault }) => isDefault) ??
      models.value[0] ??
      null,
  )
  const hidden = computed(() => [...hiddenKeys, ...(backbone.value ? keysWithoutBackbone : backboneKeys)])
  const shared = computed(() => (choices.value?.settings ?? []).filter(({ key }) => !hidden.value.includes(key)))
  const settings = computed(() => {
    const own = (chosen.value?.settings ?? []).filter(({ key }) => !hidden.value.includes(key))
    const ownKeys = new Set(own.map(({ key }) => key))
    return [...own, ...shared.value.filter(({ key }) => !ownKeys.has(key))]
  })
  const modelSettings = computed(() => {
    const sharedKeys = new Set(shared.value.map(({ key }) => key))
    return settings.value.filter(({ key }) => !sharedKeys.has(key))
  })
  const pick = (keys: readonly string[]): SettingDescription[] =>
    keys.flatMap((key) => settings.value.filter((setting) => setting.key === key))
  const dataSettings = computed(() => pick(dataKeys))
  const trainingSettings = computed(() => pick(mainTrainingKeys))
  const backboneSettings = computed(() => pick(backboneKeys))
  const otherSettings = computed(() => {
    const known = new Set([
      ...dataKeys,
      ...mainTrainingKeys,
      ...backboneKeys,
      ...modelSettings.value.map(({ key }) => key),
    ])
    return settings.value.filter(({ key }) => !known.has(key))
  })

  /** The person's settings that decide which samples there are and how they are divided. */
  const planValues = computed(() => {
    const decides = ({ key, type, initial }: SettingDescription): boolean =>
      // Without an initial value and a form of their own: the steps that prepare the images.
      (dataKeys.includes(key) && key !== 'folds') || backboneKeys.includes(key) || (type === 'text' && initial === null)
    const keys = new Set(shared.value.filter(decides).map(({ key }) => key))
    return withBackbone(Object.fromEntries(Object.entries(values.value).filter(([key]) => keys.has(key))))
  })
  /** The person's settings as a training is told them. */
  const asked = computed(() => {
    const known = new Set(settings.value.map(({ key }) => key))
    return withBackbone(Object.fromEntries(Object.entries(values.value).filter(([key]) => known.has(key))))
  })
  function withBackbone(set: Record<string, string>): Record<string, string> {
    return backbone.value ? { ...set, backbone: backbone.value.id } : set
  }

  /** A setting as text: the person's, else the model's own initial value, else ''. */
  function value(key: string): string {
    return values.value[key] ?? settings.value.find((setting) => setting.key === key)?.initial ?? ''
  }

  function set(key: string, text: string): void {
    const initial = settings.value.find((setting) => setting.key === key)?.initial ?? ''
    const next = { ...values.value }
    if (text === '' || text === initial) delete next[key]
    else next[key] = text
    values.value = next
  }

  function choose(id: string): void {
    model.value = id
    // Settings of another model mean nothing to this one.
    const known = new Set(settings.value.map(({ key }) => key))
    values.value = Object.fromEntries(Object.entries(values.value).filter(([key]) => known.has(key)))
  }

  function start(): Promise<boolean> {
    return runs.start({
      task: task.value ?? undefined,
      model: chosen.value?.id,
      name: name.value.trim() || undefined,
      seed: seed.value,
      epochs: epochs.value ?? undefined,
      batch: batch.value ?? undefined,
      device: device.value ?? undefined,
      set: asked.value,
    })
  }

  return {
    task,
    chooseTask,
    backbone,
    model,
    values,
    name,
    seed,
    epochs,
    batch,
    device,
    models,
    chosen,
    settings,
    dataSettings,
    modelSettings,
    trainingSettings,
    otherSettings,
    backboneSettings,
    planValues,
    asked,
    value,
    set,
    choose,
    start,
  }
})
