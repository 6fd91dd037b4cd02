import { z } from 'zod'
import { procedure } from './wire.ts'

/** What the page must know about the program behind it; it never decides by itself where it runs. */
export const hostInfoSchema = z.object({
  kind: z.enum(['electron', 'server']),
  version: z.string(),
  platform: z.string(),
  /** Whether `files.pick` opens the system's own dialog; otherwise the page browses `files.roots`. */
  canPick: z.boolean(),
  /** Whether files dropped on the page become grants; a browser cannot tell where a dropped file lies. */
  canDrop: z.boolean(),
})
/** What the page must know about the program behind it. */
export type HostInfo = z.infer<typeof hostInfoSchema>

/** Contract of the service that describes the host. */
export const hostContract = {
  info: procedure.output(hostInfoSchema),
}
