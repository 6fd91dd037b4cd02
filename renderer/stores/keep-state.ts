import { watch } from 'vue'
import { z } from 'zod'
import { useLookStore } from './look.ts'
import { useProjectStore } from './project.ts'

type Json = z.infer<ReturnType<typeof z.json>>

/** What is kept of a store, and how it is put back. */
export interface KeptState<T> {
  /** What is to be found again; plain JSON. */
  readonly read: () => unknown
  /** Puts it back; null where nothing was kept, or nothing that can be read: then as at the beginning. */
  readonly write: (kept: T | null) => void
}

/** Where something is kept. */
interface Keeper {
  /** What it belongs to at present; null while there is nothing to keep it for. */
  readonly owner: () => string | null
  readonly stored: () => unknown
  readonly store: (value: Json) => void
}

/**
 * Keeps a part of a store with the open project: brings it back when the project is opened, and keeps every change of it.
 * Called once, while the store is set up.
 * @param name  within the project's view; never changed once it was given out
 */
export function keepInProject<S extends z.ZodType>(name: string, schema: S, state: KeptState<z.output<S>>): void {
  const project = useProjectStore()
  const keeper = {
    owner: () => project.project?.id ?? null,
    stored: () => project.view[name],
    store: (value: Json) => project.keepView({ [name]: value }),
  }
  keep(keeper, schema, state)
}

/** The same for the sequence that is looked at: brought back when it is opened again. */
export function keepWithSequence<S extends z.ZodType>(name: string, schema: S, state: KeptState<z.output<S>>): void {
  const look = useLookStore()
  const keeper = {
    owner: () => look.sequence?.handle ?? null,
    stored: () => look.kept(name),
    store: (value: Json) => look.keep({ [name]: value }),
  }
  keep(keeper, schema, state)
}

function keep<S extends z.ZodType>({ owner, stored, store }: Keeper, schema: S, state: KeptState<z.output<S>>): void {
  let isRestoring = false
  // At once, both: what is changed just before a project is closed is kept, and what follows from opening one finds it put back.
  watch(
    owner,
    () => {
      isRestoring = true
      const parsed = schema.safeParse(stored())
      state.write(parsed.success && owner() !== null ? parsed.data : null)
      isRestoring = false
    },
    { immediate: true, flush: 'sync' },
  )
  watch(
    () => JSON.stringify(state.read()),
    (text) => {
      if (isRestoring || owner() === null || text === JSON.stringify(stored())) return
      store(JSON.parse(text) as Json)
    },
    { flush: 'sync' },
  )
}
