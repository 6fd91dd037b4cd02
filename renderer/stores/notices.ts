import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { AppError } from '../../shared/base/app-error.ts'
import { coreError, isGivenUp } from '../transport/core-error.ts'

/** One message to the person at the corner of the page. */
export interface Notice {
  readonly id: number
  readonly tone: 'good' | 'bad' | 'info'
  /** A message key of the locales, or the core's own sentence in `error`. */
  readonly key: string | null
  readonly values: Readonly<Record<string, string | number>>
  readonly error: AppError | null
}

const shownForMs = 6000

/** Short messages: what went wrong (until closed), and what has been done (for a few seconds). */
export const useNoticesStore = defineStore('notices', () => {
  const notices = ref<Notice[]>([])
  let nextId = 1

  function add(notice: Omit<Notice, 'id'>): number {
    const id = nextId++
    notices.value = [...notices.value, { ...notice, id }].slice(-4)
    return id
  }

  function close(id: number): void {
    notices.value = notices.value.filter((notice) => notice.id !== id)
  }

  /** Says that something is done; goes away by itself. */
  function tell(key: string, values: Notice['values'] = {}, tone: 'good' | 'info' = 'good'): void {
    const id = add({ tone, key, values, error: null })
    setTimeout(() => close(id), shownForMs)
  }

  /** Shows an error until it is closed; cancelling is not an error. */
  function fail(error: unknown): void {
    if (isGivenUp(error)) return
    add({ tone: 'bad', key: null, values: {}, error: coreError(error) })
  }

  /** Runs work and shows its error; gives undefined where it failed. */
  async function guard<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work()
    } catch (error) {
      fail(error)
      return undefined
    }
  }

  return { notices, close, tell, fail, guard }
})
