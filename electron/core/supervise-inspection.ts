import { AppError } from '../../shared/base/app-error.ts'
import type { ReportProgress } from '../../shared/base/progress.ts'
import type { InspectRequest } from '../../shared/domain/run.ts'
import type { Problem } from '../../shared/domain/sequence.ts'
import type { ReaderPool } from './reading/reader-pool.ts'
import type { SupervisedJob } from './supervise-compute.ts'

/** Bounds of looking into files that nobody vouches for. */
export interface InspectionLimits {
  /** Longest time on one file. */
  readonly quietMs?: number
  /** Files that may end the process before it is given up. */
  readonly attempts?: number
}

const guardedCodes = ['compute/crashed', 'compute/deadline', 'compute/out-of-memory']

/**
 * Looks into files in a reader process. A file that hangs it, crashes it or eats its memory becomes a problem of the
 * inspection, and the rest is looked at without it.
 * @throws the last of `compute/*` when too many files do so, and the codes of the formats
 */
export function superviseInspection(
  readers: ReaderPool,
  request: InspectRequest,
  options: InspectionLimits & { readonly onProgress: ReportProgress },
): SupervisedJob {
  const { quietMs = 10_000, attempts = 10, onProgress } = options
  const abort = new AbortController()

  const run = async (): Promise<unknown> => {
    const excluded: Problem[] = []
    for (;;) {
      let file: string | undefined
      const onFile = (path: string): void => void (file = path)
      try {
        return await readers.inspect(request.paths, excluded, { signal: abort.signal, quietMs, onProgress, onFile })
      } catch (error) {
        const isGuarded = error instanceof AppError && guardedCodes.includes(error.code)
        if (!isGuarded || file === undefined || excluded.length >= attempts) throw error
        excluded.push({ path: file, code: error.code, message: describe(file, error.code, quietMs) })
      }
    }
  }
  const stop = (): void => abort.abort()
  return { result: run(), cancel: stop, kill: stop }
}

function describe(path: string, code: string, quietMs: number): string {
  switch (code) {
    case 'compute/deadline':
      return `"${path}" was given up: its header could not be read within ${quietMs / 1000} s. It is probably damaged.`
    case 'compute/out-of-memory':
      return `"${path}" was given up: reading its header takes too much memory. It is probably damaged.`
    default:
      return `"${path}" was given up: reading it ended the process. It is probably damaged.`
  }
}
