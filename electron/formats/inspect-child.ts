import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import { AppError, toAppError } from '../../shared/base/app-error.ts'
import { isAbortError } from '../../shared/base/abort.ts'
import type { AppErrorWire } from '../../shared/base/app-error.ts'
import type { Progress } from '../../shared/base/progress.ts'
import { inspectionSchema, problemSchema, type Inspection } from '../../shared/domain/sequence.ts'
import { inspectPaths } from './open-sequences.ts'

/** What the parent asks the child to do. */
export const inspectOrderSchema = z.object({
  paths: z.array(z.string()),
  excluded: z.array(problemSchema),
  rssLimitBytes: z.number().positive(),
})
/** What the parent asks the child to do. */
export type InspectOrder = z.infer<typeof inspectOrderSchema>

/** What the child tells the parent. */
export type InspectReport =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly inspection: Inspection }
  | { readonly kind: 'failed'; readonly error: AppErrorWire }

// A worker runs on while the main thread is busy or stuck, and sees the memory of the whole process.
// Leaving from a worker would only end the worker, hence the message over the standard error and the kill.
const watcher = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { writeSync } = require('node:fs')
  const check = () => {
    if (process.memoryUsage.rss() <= workerData) return
    writeSync(2, 'chronolens: memory limit')
    process.kill(process.pid, 'SIGKILL')
  }
  check()
  setInterval(check, 20)
  parentPort.postMessage('watching')
`

function tell(report: InspectReport): void {
  process.send?.(report)
}

async function obey(message: unknown): Promise<void> {
  const order = inspectOrderSchema.parse(message)
  const watch = new Worker(watcher, { eval: true, workerData: order.rssLimitBytes })
  await once(watch, 'message')
  watch.unref()
  try {
    const inspection = await inspectPaths(order.paths, {
      excluded: new Map(order.excluded.map((problem) => [problem.path, problem])),
      onFile: (path) => tell({ kind: 'file', path }),
      report: (progress) => tell({ kind: 'progress', progress }),
    })
    tell({ kind: 'done', inspection: inspectionSchema.parse(inspection) })
  } catch (error) {
    const wire = isAbortError(error) ? new AppError('internal/unexpected', 'Cancelled.') : toAppError(error)
    tell({ kind: 'failed', error: wire.toWire() })
  }
  process.disconnect()
}

process.once('message', (message) => void obey(message))
