import { AppError } from '../../../../shared/base/app-error.ts'

/** The `AppError` that a function throws or rejects with; fails the test when there is none. */
export async function errorOf(run: () => unknown): Promise<AppError> {
  try {
    await run()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
