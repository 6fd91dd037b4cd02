import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { AppError } from '../../shared/base/app-error.ts'
import type { TrainingCost, TrainingPlan } from '../../shared/domain/training-plan.ts'
import { coreError, isGivenUp } from '../transport/core-error.ts'
import { useConnectionStore } from './connection.ts'
import { useJobsStore } from './jobs.ts'
import { useLabelsStore } from './labels.ts'
import { useProjectStore } from './project.ts'
import { useTrainingFormStore } from './training-form.ts'

/** Settings are typed number by number; the core is asked when the person pauses. */
const pauseMs = 350

/** What the next training will do with the labels as they are, and what it takes. */
export const useTrainingPlanStore = defineStore('training-plan', () => {
  const connection = useConnectionStore()
  const jobs = useJobsStore()
  const labels = useLabelsStore()
  const project = useProjectStore()
  const form = useTrainingFormStore()
  const plan = shallowRef<TrainingPlan | null>(null)
  const problem = shallowRef<AppError | null>(null)
  const job = ref<string | null>(null)
  const isWorking = ref(false)
  const cost = shallowRef<TrainingCost | null>(null)
  const isEstimating = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let costTimer: ReturnType<typeof setTimeout> | undefined
  let asked = 0
  let costAsked = 0

  const progress = computed(() => (job.value === null ? null : (jobs.jobs.get(job.value)?.progress ?? null)))

  /** Asks anew, a moment later; what was found before stays on the screen meanwhile. */
  function ask(): void {
    clearTimeout(timer)
    isWorking.value = true
    timer = setTimeout(() => void find(), plan.value || problem.value ? pauseMs : 0)
  }

  async function find(): Promise<void> {
    const mine = ++asked
    const isStale = (): boolean => mine !== asked
    isWorking.value = true
    try {
      await labels.save()
      if (isStale()) return
      const { project: id } = project.current()
      const started = await connection
        .core()
        .training.plan({ ...project.current(), task: form.task ?? undefined, seed: form.seed, set: form.planValues })
      if (isStale()) return
      // The core gives the same job for the same question, so that only a job for another one may be given up.
      if (job.value !== null && job.value !== started.job) void jobs.cancel(job.value)
      job.value = started.job
      void jobs.watch(started.job)
      const found = await connection.core().training.planned({ project: id, job: started.job })
      if (isStale()) return
      plan.value = found
      problem.value = null
    } catch (error) {
      if (isStale() || isGivenUp(error)) return
      plan.value = null
      problem.value = coreError(error)
    } finally {
      if (!isStale()) {
        isWorking.value = false
        job.value = null
      }
    }
  }

  /** Gives the plan under way up. */
  async function cancel(): Promise<void> {
    clearTimeout(timer)
    asked++
    isWorking.value = false
    if (job.value !== null) await jobs.cancel(job.value)
    job.value = null
  }

  /** Asks what the chosen model takes, a moment later; needs a plan, which knows the sizes. */
  function askCost(): void {
    clearTimeout(costTimer)
    if (!plan.value || plan.value.samples.train === 0) {
      cost.value = null
      return
    }
    isEstimating.value = true
    costTimer = setTimeout(() => void findCost(), pauseMs)
  }

  async function findCost(): Promise<void> {
    const mine = ++costAsked
    const { value } = plan
    if (!value) return
    try {
      const found = await connection.core().training.cost({
        project: project.current().project,
        task: form.task ?? undefined,
        model: form.chosen?.id,
        epochs: form.epochs ?? undefined,
        batch: form.batch ?? undefined,
        set: form.asked,
        size: {
          frames: value.contract.frames,
          bands: value.contract.bands.length,
          classes: value.classes.length,
          train: value.samples.train,
        },
      })
      if (mine === costAsked) cost.value = found
    } catch {
      // A setting that cannot be is told when the training starts; there is only no estimate here.
      if (mine === costAsked) cost.value = null
    } finally {
      if (mine === costAsked) isEstimating.value = false
    }
  }

  function clear(): void {
    void cancel()
    plan.value = null
    problem.value = null
    cost.value = null
  }

  return { plan, problem, job, isWorking, progress, cost, isEstimating, ask, cancel, askCost, clear }
})
