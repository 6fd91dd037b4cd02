import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { TestedSample } from '../../shared/contracts/training.ts'
import { useConnectionStore } from './connection.ts'
import { useNoticesStore } from './notices.ts'
import { useProjectStore } from './project.ts'

/** Which tested samples are listed: those of one cell of the confusion matrix, all errors, or all. */
export type SampleChoice = { readonly truth: string; readonly predicted: string } | 'wrong' | 'all'

const pageLength = 50

/** Samples that a run was tested on, and what its model said of each. */
export const useTestedSamplesStore = defineStore('tested-samples', () => {
  const connection = useConnectionStore()
  const notices = useNoticesStore()
  const project = useProjectStore()
  const run = ref<string | null>(null)
  const choice = shallowRef<SampleChoice>('wrong')
  const order = ref<'loss' | 'confidence' | 'file'>('loss')
  const samples = shallowRef<readonly TestedSample[]>([])
  const total = ref(0)
  const isKept = ref(true)
  const isLoading = ref(false)
  let asked = 0

  async function load(offset = 0): Promise<void> {
    const mine = ++asked
    if (run.value === null) return
    const { project: id } = project.current()
    const wanted = choice.value
    isLoading.value = true
    const found = await notices.guard(() =>
      connection.core().training.samples({
        project: id,
        run: run.value ?? '',
        ...(typeof wanted === 'object' ? wanted : {}),
        onlyWrong: wanted === 'wrong',
        order: order.value,
        offset,
        limit: pageLength,
      }),
    )
    if (mine !== asked) return
    isLoading.value = false
    if (!found) return
    isKept.value = found.isKept
    total.value = found.total
    samples.value = offset === 0 ? found.samples : [...samples.value, ...found.samples]
  }

  /** Lists the samples of a run, its errors first. */
  async function open(next: string): Promise<void> {
    if (run.value === next) return
    run.value = next
    choice.value = 'wrong'
    samples.value = []
    total.value = 0
    await load()
  }

  async function choose(next: SampleChoice): Promise<void> {
    choice.value = next
    await load()
  }

  async function sort(next: typeof order.value): Promise<void> {
    order.value = next
    await load()
  }

  const more = (): Promise<void> => load(samples.value.length)

  function clear(): void {
    asked++
    run.value = null
    samples.value = []
    total.value = 0
  }

  return { run, choice, order, samples, total, isKept, isLoading, open, choose, sort, more, clear }
})
