import { ORPCError } from '@orpc/client'
import { AppError, toAppError } from '../../shared/base/app-error.ts'
import { isAbortError } from '../../shared/base/abort.ts'
import { appErrorSchema } from '../../shared/contracts/wire.ts'

/** The error a call ended with, in the form that is shown: the core's own where there is one. */
export function coreError(error: unknown): AppError {
  if (error instanceof ORPCError) {
    const wire = appErrorSchema.safeParse(error.data)
    if (wire.success) return AppError.fromWire(wire.data)
    if (error.code === 'BAD_REQUEST') return new AppError('page/bad-request', error.message, {}, { cause: error })
  }
  return toAppError(error)
}

/** Whether a call ended because the page itself gave it up, which is nothing to show. */
export function isGivenUp(error: unknown, signal?: AbortSignal): boolean {
  return signal?.aborted === true || isAbortError(error)
}
