/** Form in which an error crosses a process border or is printed by `--json`. */
export interface AppErrorWire {
  readonly code: string
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

/**
 * An error meant for the user: one sentence that says what is wrong, where, what was expected and what to do.
 * `code` is `area/what` (for example `geotiff/truncated`); `details` hold plain JSON values and never patient data.
 */
export class AppError extends Error {
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AppError'
    this.code = code
    this.details = details
  }

  /** The plain form that survives JSON and message ports; the stack and the cause stay behind. */
  toWire(): AppErrorWire {
    return { code: this.code, message: this.message, details: this.details }
  }

  /** Rebuilds the error on the other side of a process border. */
  static fromWire(wire: AppErrorWire): AppError {
    return new AppError(wire.code, wire.message, wire.details)
  }
}

/**
 * Gives any thrown value the form of an `AppError`, so that it can be shown.
 * An `AppError` is returned as it is; anything else becomes code `internal/unexpected` with its message kept.
 */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new AppError('internal/unexpected', message, {}, { cause: error })
}
