import type { SequenceInfo } from './sequence.ts'

/**
 * Finds the sequence that a label file names: by its id, else by the longest end of the path that belongs to one sequence only,
 * with or without its suffix (`wave/clip-1.mp4` finds `actions/wave/clip-1`).
 */
export function sequenceFinder(sequences: readonly SequenceInfo[]): (path: string) => SequenceInfo | null {
  const byId = new Map(sequences.map((info) => [info.id, info]))
  const byEnd = new Map<string, SequenceInfo | null>()
  for (const info of sequences)
    for (const end of new Set([...endsOf(info.id), ...endsOf(info.name)])) {
      const known = byEnd.get(end)
      byEnd.set(end, known === undefined || known === info ? info : null)
    }
  return (path) => {
    const exact = byId.get(path)
    if (exact) return exact
    for (const end of endsOf(path)) {
      const found = byEnd.get(end)
      if (found) return found
    }
    return null
  }
}

/** `a/b/c`, `b/c` and `c` of `a/b/c.mp4`. */
function endsOf(path: string): string[] {
  const parts = path
    .replace(/\.[a-z0-9]{1,5}$/i, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
  return parts.map((_, index) => parts.slice(index).join('/'))
}
