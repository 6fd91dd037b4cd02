import { z } from 'zod'
import { type DeviceInfo, deviceInfoSchema } from '../../../shared/domain/device.ts'
import type { Job } from '../job.ts'
import type { JobRegistry } from '../job-registry.ts'

/** Says what can compute on this machine. */
export interface DevicesService {
  /** All known devices, each checked by running a small program on it. */
  list(): Job<DeviceInfo[]>
}

/** Makes the service that finds devices. */
export function createDevicesService(jobs: JobRegistry): DevicesService {
  return { list: () => jobs.start({ kind: 'devices' }, (raw) => z.array(deviceInfoSchema).parse(raw)) }
}
