import { z } from 'zod'
import { procedure } from './wire.ts'

/** What a person has set for all projects. */
export const settingsSchema = z.object({
  language: z.enum(['system', 'en', 'zh-CN']).default('system'),
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Device id for new runs; null takes the best one. */
  device: z.string().max(100).nullable().default(null),
})
/** What a person has set for all projects. */
export type Settings = z.infer<typeof settingsSchema>

/** Contract of the service that keeps settings. */
export const settingsContract = {
  get: procedure.output(settingsSchema),
  /** Changes what is given and returns all. @throws `store/*` */
  change: procedure
    .input(
      z.strictObject({
        language: settingsSchema.shape.language.unwrap().optional(),
        theme: settingsSchema.shape.theme.unwrap().optional(),
        device: settingsSchema.shape.device.unwrap().optional(),
      }),
    )
    .output(settingsSchema),
}
