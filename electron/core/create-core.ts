import type { ComputeStarter } from './compute-starter.ts'
import { createJobRegistry, type JobRegistry } from './job-registry.ts'
import type { QueueLimits } from './job-queue.ts'
import { machineMemoryBytes } from './process-memory.ts'
import { ReaderPool, type ReaderPoolLimits } from './reading/reader-pool.ts'
import { createDevicesService, type DevicesService } from './services/devices.ts'
import { createExportsService, type ExportsService } from './services/exports.ts'
import { createInferenceService, type InferenceService } from './services/inference.ts'
import { createLesionsService, type LesionsService } from './services/lesions.ts'
import { createSequencesService, type SequencesService } from './services/sequences.ts'
import { createTrainingService, type TrainingService } from './services/training.ts'

/** What a host gives the core. */
export interface CoreOptions {
  readonly computeStarter: ComputeStarter
  /** Resident memory one compute process may use; by default nine tenths of what the machine or container has. */
  readonly memoryLimitBytes?: number
  /** How many jobs there may be, where it is to be others than the usual. */
  readonly queueLimits?: QueueLimits
  /** Bounds of the processes that read files, where they are to be others than the usual. */
  readonly readerLimits?: Partial<ReaderPoolLimits>
}

/** Everything the program can do, without a window or a network; each host builds one. */
export interface Core {
  readonly jobs: JobRegistry
  readonly training: TrainingService
  readonly inference: InferenceService
  readonly sequences: SequencesService
  readonly devices: DevicesService
  readonly exports: ExportsService
  readonly lesions: LesionsService
  /** The processes in which files are looked at and read. */
  readonly readers: ReaderPool
  /** Cancels running jobs and waits for them; ends the processes that read files. */
  close(): Promise<void>
}

/** Builds the core from what the host provides. */
export function createCore(options: CoreOptions): Core {
  const jobs = createJobRegistry(options.computeStarter, {
    memoryLimitBytes: options.memoryLimitBytes ?? Math.floor(0.9 * machineMemoryBytes()),
    ...(options.queueLimits ? { queue: options.queueLimits } : {}),
  })
  const readers = new ReaderPool(options.computeStarter, options.readerLimits)
  return {
    jobs,
    training: createTrainingService(jobs),
    inference: createInferenceService(jobs),
    sequences: createSequencesService(jobs, readers),
    devices: createDevicesService(jobs),
    exports: createExportsService(jobs),
    lesions: createLesionsService(jobs),
    readers,
    close: async () => {
      await jobs.close()
      readers.close()
    },
  }
}
