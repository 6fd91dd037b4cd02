import { z } from 'zod'

/** One thing that can compute, as `devices` lists it. */
export const deviceInfoSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** `gpu` uses a graphics card, `cpu` the processor. */
  kind: z.enum(['cpu', 'gpu']),
  available: z.boolean(),
  /** Why it cannot be used, and what to do; null when it can. */
  reason: z.string().nullable(),
  /** Whether this is the device taken when none is named. */
  isDefault: z.boolean(),
})
/** One thing that can compute. */
export type DeviceInfo = z.infer<typeof deviceInfoSchema>
