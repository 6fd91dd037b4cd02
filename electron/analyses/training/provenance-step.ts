import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import type { ModelManifest } from '../../../shared/domain/model-folder.ts'

/** Steps of a model's provenance, checked. @throws `model/damaged` */
export function stepOf<T>(manifest: ModelManifest, step: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(manifest.provenance.pipeline.find((entry) => entry.step === step)?.options)
  if (parsed.success) return parsed.data
  throw new AppError(
    'model/damaged',
    `The model's description cannot be understood (step "${step}": ${z.prettifyError(parsed.error)}); restore the folder from a copy or train again.`,
    { step },
  )
}
