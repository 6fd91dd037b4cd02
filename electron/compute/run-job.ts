import { unreachable } from '../../shared/base/assert.ts'
import { lockFolder } from '../store/lock-folder.ts'
import { readManifest } from '../store/model-folder.ts'
import type { JobContext } from '../analyses/task.ts'
import { loadTask } from '../analyses/task-registry.ts'
import { exportModel } from './export-model.ts'
import type { ComputeJob } from './protocol.ts'

/** A run that was cancelled or lost its host may take this long for its last step and checkpoint. */
const lockWaitMs = 20_000

/** Does one job in this process; libraries are loaded only when the job needs them. */
export async function runJob(job: ComputeJob, context: JobContext): Promise<unknown> {
  switch (job.kind) {
    case 'train': {
      const task = await loadTask(job.request.task)
      const note = `Waiting for another run to leave "${job.request.out}"`
      const release = await lockFolder(job.request.out, {
        waitMs: lockWaitMs,
        signal: context.signal,
        onWait: () => context.report({ stage: 'Waiting', done: 0, total: 0, note }),
      })
      try {
        return await task.train(job.request, context)
      } finally {
        await release()
      }
    }
    case 'plan':
      return (await loadTask(job.request.task)).plan(job.request, context)
    case 'cost':
      return (await loadTask(job.request.task)).cost(job.request)
    case 'evaluate': {
      const { task } = await readManifest(job.request.model)
      return (await loadTask(task)).evaluate(job.request, context)
    }
    case 'fits': {
      const { task } = await readManifest(job.request.model)
      return (await loadTask(task)).fits(job.request, context)
    }
    case 'predict': {
      const { task } = await readManifest(job.request.model)
      return (await loadTask(task)).predict(job.request, context)
    }
    case 'track': {
      const { trackStudies } = await import('../analyses/lesions/track-studies.ts')
      return trackStudies(job.request, context)
    }
    case 'follow': {
      const { followChosen } = await import('../analyses/lesions/follow-chosen.ts')
      return followChosen(job.request, context)
    }
    case 'track-export': {
      const { exportTracking } = await import('../analyses/lesions/export-tracking.ts')
      return exportTracking(job.request, context)
    }
    case 'track-register': {
      const { registerAnew } = await import('../analyses/lesions/register-anew.ts')
      return registerAnew(job.request, context)
    }
    case 'deidentify': {
      const { deidentifyFiles } = await import('../formats/dicom/deidentify/deidentify-files.ts')
      const { paths, out, dates } = job.request
      const { signal, report } = context
      return deidentifyFiles(paths, out, { dates, signal, report })
    }
    case 'export':
      return exportModel(job.request, context)
    case 'devices': {
      const { listDevices } = await import('../engine/devices.ts')
      return listDevices()
    }
    case 'choices':
      return (await loadTask(job.task)).choices()
    default:
      return unreachable(job)
  }
}
