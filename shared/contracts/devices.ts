import { z } from 'zod'
import { deviceInfoSchema } from '../domain/device.ts'
import { procedure } from './wire.ts'

/** Contract of the service that knows what can compute here. */
export const devicesContract = {
  /** Known devices, each tried out once; `again` tries them anew. Takes seconds the first time. */
  list: procedure.input(z.strictObject({ again: z.boolean().default(false) })).output(z.array(deviceInfoSchema)),
}
