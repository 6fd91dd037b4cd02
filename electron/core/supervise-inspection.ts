import { AbortError } from '../../shared/base/abort.ts'
import { AppError } from '../../shared/base/app-error.ts'
import type { ReportProgress } from '../../shared/base/progress.ts'
import type { InspectRequest } from '../../shared/domain/run.ts'
import type { Problem } from '../../shared/domain/sequence.ts'
import type { ComputeStarter } from './compute-starter.ts'
import { type SupervisedJob, superviseCompute } from './supervise-compute.ts'

/** Bounds of looking into files that nobody vouches for. */
export interface InspectionLimits {
  /** Longest time on one file. */
  readonly silenceMs?: number
  readonly memoryLimitBytes?: number
  /** Files that may end the process before it is given up. */
  readonly attempts?: number
}

const guardedCodes = ['compute/crashed', 'compute/deadline', 'compute/out-of-memory']

/**
 * Looks into files in a process of its own. A file that hangs it, crashes it or eats its memory becomes a problem of
 * the inspection, and the rest is looked at without it.
 * @throws the last of `compute/*` when too many files do so, and the codes of the formats
 */
export function superviseInspection(
  starter: ComputeStarter,
  request: InspectRequest,
  options: InspectionLimits & { readonly onProgress: ReportProgress },
): SupervisedJob {
  const { silenceMs = 10_000, memoryLimitBytes = 2 * 2 ** 30, attempts = 10 } = options
  let current: SupervisedJob | undefined
  let isCancelled = false

  const run = async (): Promise<unknown> => {
    const excluded: Problem[] = []
    for (;;) {
      if (isCancelled) throw new AbortError()
      let file: string | undefined
      const job = { kind: 'inspect' as const, request, excluded }
      const { onProgress } = options
      current = superviseCompute(starter, job, {
        onProgress,
        silenceMs,
        memoryLimitBytes,
        onFile: (path) => (file = path),
      })
      try {
        return await current.result
      } catch (error) {
        const isGuarded = error instanceof AppError && guardedCodes.includes(error.code)
        if (!isGuarded || file === undefined || excluded.length >= attempts) throw error
        excluded.push({ path: file, code: error.code, message: describe(file, error.code, silenceMs) })
      }
    }
  }
  return {
    result: run(),
    cancel: () => {
      isCancelled = true
      // There is nothing to save, and a process that hangs would not listen.
      current?.kill()
    },
    kill: () => {
      isCancelled = true
      current?.kill()
    },
  }
}

function describe(path: string, code: string, silenceMs: number): string {
  switch (code) {
    case 'compute/deadline':
      return `"${path}" was given up: its header could not be read within ${silenceMs / 1000} s. It is probably damaged.`
    case 'compute/out-of-memory':
      return `"${path}" was given up: reading its header takes too much memory. It is probably damaged.`
    default:
      return `"${path}" was given up: reading it ended the process. It is probably damaged.`
  }
}
