import { resolve } from 'node:path'
import { AppError } from '../../shared/base/app-error.ts'
import type { ExportReport, ExportRequest } from '../../shared/domain/run.ts'
import type { JobContext } from '../analyses/task.ts'
import { writeFileAtomic } from '../store/atomic-write.ts'
import { readModelFolder } from '../store/model-folder.ts'

/**
 * Writes a model's inference graph as one `.onnx` file of standard operators; the graph is checked against the model
 * folder's checksum first. The backbone of a model that has one is written beside it (`NAME.backbone.onnx`). A file that is there
 * already is replaced.
 * @throws `usage/not-onnx`, and the codes of `readModelFolder` and `writeFileAtomic`
 */
export async function exportModel(request: ExportRequest, context: JobContext): Promise<ExportReport> {
  if (!/\.onnx$/i.test(request.out))
    throw new AppError(
      'usage/not-onnx',
      `"${request.out}" must end in ".onnx", the one format models are exported to.`,
      {
        out: request.out,
      },
    )
  const stored = await readModelFolder(request.model)
  const { manifest, onnx } = stored
  const backbone = await stored.backbone()
  const backboneOut = request.out.replace(/\.onnx$/i, '.backbone.onnx')
  if (backbone) await writeFileAtomic(backboneOut, backbone, context.signal)
  await writeFileAtomic(request.out, onnx, context.signal)
  const seal = manifest.files['backbone.onnx']
  return {
    task: manifest.task,
    model: manifest.model.name,
    out: resolve(request.out),
    ...manifest.files['model.onnx'],
    labels: manifest.labels,
    ...(seal ? { backbone: { out: resolve(backboneOut), ...seal } } : {}),
  }
}
