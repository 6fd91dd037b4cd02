import { z } from 'zod'
import { idSchema, nameSchema, procedure, projectRefSchema } from './wire.ts'

/** Contract of the service that hands models to other programs. */
export const modelsContract = {
  /**
   * Makes one ONNX file of a finished run; its bytes come through the data plane by `handle` (`kind: 'file'`).
   * @throws `runs/unknown`, `runs/unfinished`
   */
  exportOnnx: procedure
    .input(projectRefSchema.extend({ run: nameSchema }))
    .output(z.object({ handle: idSchema, fileName: z.string(), bytes: z.number().int(), sha256: z.string() })),
}
