import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { Grant } from '../../shared/contracts/files.ts'
import type { FoundSequences } from '../../shared/contracts/sequences.ts'
import { AppError } from '../../shared/base/app-error.ts'
import { useConnectionStore } from './connection.ts'
import { useNoticesStore } from './notices.ts'
import { useLookStore } from './look.ts'
import { useProjectStore } from './project.ts'
import { useSequencesStore } from './sequences.ts'

/** Adds images to the project that a model is to be used on, beside those it was made for. */
export const useOtherDataStore = defineStore('other-data', () => {
  const connection = useConnectionStore()
  const notices = useNoticesStore()
  const project = useProjectStore()
  const look = useLookStore()
  const sequences = useSequencesStore()
  /** Several sequences were found; the person says which. */
  const choosing = shallowRef<FoundSequences | null>(null)
  const isLooking = ref(false)
  let answer: ((sequence: string | null) => void) | null = null

  /** Looks what is under the grants and adds one sequence of it. @returns its id in the project; null when given up */
  async function add(grants: readonly Grant[]): Promise<string | null> {
    if (grants.length === 0) return null
    isLooking.value = true
    try {
      return (
        (await notices.guard(async () => {
          const core = connection.core()
          const found = await core.sequences.found(await core.sequences.inspect({ grants: grants.map(({ id }) => id) }))
          const [first, ...others] = found.sequences
          if (!first)
            throw new AppError('formats/no-sequence', found.problems[0]?.message ?? 'There is no image sequence here.')
          const sequence = others.length === 0 ? first.id : await ask(found)
          if (sequence === null) return null
          const { project: id } = project.current()
          const added = await core.projects.addData({ project: id, data: grants.map((grant) => grant.id), sequence })
          if (project.project?.id === added.id) project.project = added
          return added.data.at(-1)?.id ?? null
        })) ?? null
      )
    } finally {
      isLooking.value = false
    }
  }

  function ask(found: FoundSequences): Promise<string | null> {
    choosing.value = found
    return new Promise((resolve) => {
      answer = resolve
    })
  }

  /** The person has chosen, or not (`null`). */
  function choose(sequence: string | null): void {
    choosing.value = null
    answer?.(sequence)
    answer = null
  }

  /** Puts data of the project on the screen. */
  async function show(id: string): Promise<void> {
    if (project.data?.id === id && look.sequence) return
    const found = () => sequences.list.find(({ data }) => data === id)
    if (!found()) await sequences.load()
    const one = found()
    if (one) await look.choose(one.key)
  }

  return { show, choosing, isLooking, add, choose }
})
