import { z } from 'zod'
import type { AppErrorWire } from '../../shared/base/app-error.ts'
import type { Progress } from '../../shared/base/progress.ts'
import { deidentifyRequestSchema } from '../../shared/domain/medical/deidentify-request.ts'
import {
  followRequestSchema,
  registerAnewRequestSchema,
  trackExportRequestSchema,
} from '../../shared/domain/medical/follow-request.ts'
import { trackRequestSchema } from '../../shared/domain/medical/track-report.ts'
import {
  costRequestSchema,
  evaluateRequestSchema,
  exportRequestSchema,
  fitRequestSchema,
  planRequestSchema,
  predictRequestSchema,
  taskIdSchema,
  trainRequestSchema,
} from '../../shared/domain/run.ts'

/** What a compute process can be asked to do; one job per process. */
export const computeJobSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('plan'), request: planRequestSchema }),
  z.object({ kind: z.literal('cost'), request: costRequestSchema }),
  z.object({ kind: z.literal('train'), request: trainRequestSchema }),
  z.object({ kind: z.literal('evaluate'), request: evaluateRequestSchema }),
  z.object({ kind: z.literal('fits'), request: fitRequestSchema }),
  z.object({ kind: z.literal('predict'), request: predictRequestSchema }),
  z.object({ kind: z.literal('export'), request: exportRequestSchema }),
  /** Lesions over studies of one patient. */
  z.object({ kind: z.literal('track'), request: trackRequestSchema }),
  /** The same through series chosen one by one, for a project. */
  z.object({ kind: z.literal('follow'), request: followRequestSchema }),
  z.object({ kind: z.literal('track-export'), request: trackExportRequestSchema }),
  z.object({ kind: z.literal('track-register'), request: registerAnewRequestSchema }),
  z.object({ kind: z.literal('deidentify'), request: deidentifyRequestSchema }),
  z.object({ kind: z.literal('devices') }),
  /** Models and settings of a task, for forms. */
  z.object({ kind: z.literal('choices'), task: taskIdSchema }),
])
/** What a compute process can be asked to do. */
export type ComputeJob = z.infer<typeof computeJobSchema>
/** The kinds of jobs there are. */
export type ComputeJobKind = ComputeJob['kind']

/** Messages to a compute process. */
export const toComputeSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run'),
    job: computeJobSchema,
    /** Resident memory at which the process gives up by itself; null for no limit. */
    memoryLimitBytes: z.number().positive().nullable(),
  }),
  z.object({ type: z.literal('cancel') }),
])
/** Messages to a compute process. */
export type ToCompute = z.infer<typeof toComputeSchema>

/** Messages from a compute process; the last one is `result`, `error` or `cancelled`. */
export type FromCompute =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'error'; readonly error: AppErrorWire }
  | { readonly type: 'cancelled' }
