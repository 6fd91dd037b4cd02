/**
 * States what must hold if our own code is right; a failure is a bug, not a user error.
 * @param reason why the condition holds, as a sentence
 * @throws a plain `Error` when the condition is false
 */
export function assert(condition: unknown, reason: string): asserts condition {
  if (!condition) throw new Error(`Broken assumption: ${reason}`)
}

/** The value, where our own code guarantees that it exists (an index within bounds, a key just set). */
export function defined<T>(value: T | undefined | null, reason: string): T {
  assert(value !== undefined && value !== null, reason)
  return value
}

/** Marks the branch that the types say cannot be reached; adding a variant then fails to compile here. */
export function unreachable(value: never): never {
  throw new Error(`Broken assumption: unexpected variant ${JSON.stringify(value)}`)
}
