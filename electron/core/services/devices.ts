import { z } from 'zod'
import type { Job } from '../job.ts'
import type { JobRegistry } from '../job-registry.ts'

const deviceListSchema = z.array(z.looseObject({ id: z.string(), available: z.boolean() }))
/** Devices of this machine, each checked by running a small program on it. */
export type DeviceList = z.infer<typeof deviceListSchema>

/** Says what can compute on this machine. */
export interface DevicesService {
  list(): Job<DeviceList>
}

/** Makes the service that finds devices. */
export function createDevicesService(jobs: JobRegistry): DevicesService {
  return { list: () => jobs.start({ kind: 'devices' }, (raw) => deviceListSchema.parse(raw)) }
}
