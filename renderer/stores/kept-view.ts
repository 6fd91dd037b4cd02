import { z } from 'zod'

type Json = z.infer<ReturnType<typeof z.json>>
/** What is kept of one sequence: frame, display, curves, by name. */
export type KeptSequence = Readonly<Record<string, Json>>

const keptSchema = z.record(z.string(), z.record(z.string(), z.json()))
/** Sequences whose view is kept in a project; a project file is no place for thousands. */
const mostKept = 200

/** What a project's view keeps of its sequences, by key; nothing where it holds something else. */
export function keptSequences(view: unknown): Readonly<Record<string, KeptSequence>> {
  const parsed = keptSchema.safeParse(view)
  return parsed.success ? parsed.data : {}
}

/** Keeps more of one sequence; the one changed last comes last, and the oldest goes when there are too many. */
export function withKept(
  all: Readonly<Record<string, KeptSequence>>,
  key: string,
  part: KeptSequence,
): Record<string, Record<string, Json>> {
  const { [key]: known, ...others } = all
  const entries = [...Object.entries(others), [key, { ...known, ...part }] as const]
  return Object.fromEntries(entries.slice(-mostKept).map(([name, kept]) => [name, { ...kept }]))
}
