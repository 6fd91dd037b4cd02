/** Thrown when the user cancelled; never shown as an error. */
export class AbortError extends Error {
  constructor(message = 'Cancelled.') {
    super(message)
    this.name = 'AbortError'
  }
}

/** Stops the caller at a safe point when the user has cancelled. @throws `AbortError` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError()
}

/** Whether a thrown value means "cancelled": ours, or a DOM-style abort from a library. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
