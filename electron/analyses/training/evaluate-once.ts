import type { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import type { ModelManifest } from '../../../shared/domain/model-folder.ts'
import { type Remark, remarkTexts } from '../../../shared/domain/remark.ts'
import type { EvaluateRequest, RunReport } from '../../../shared/domain/run.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { hashData } from '../../store/hash-data.ts'
import { parseGiven, refuseUnknown } from '../settings/parse-settings.ts'
import type { JobContext } from '../task.ts'

/** A model read from its folder and loaded on a device. */
export interface LoadedModel {
  readonly manifest: ModelManifest
  readonly close: () => Promise<void>
}

/** What a task gives to `evaluateOnce`. */
export interface EvaluateOnceOptions<Model extends LoadedModel, Shape extends z.ZodRawShape> {
  /** Settings that may be other ones than in training. */
  readonly settings: z.ZodObject<Shape>
  /** What `--split all` looks at, for the report. */
  readonly everything: string
  readonly load: (folder: string, device: string) => Promise<Model>
  /** Applies the model to the part that is asked for. `asked` holds no defaults. */
  readonly test: (
    model: Model,
    asked: Partial<z.infer<z.ZodObject<Shape>>>,
    isSameData: boolean,
  ) => Promise<
    Pick<RunReport, 'metrics' | 'baseline'> & { readonly tested: number; readonly remarks: readonly Remark[] }
  >
}

const seenSamples: Remark = {
  code: 'evaluate/seen-samples',
  message: 'These samples include those the model was trained on; the score is too good.',
  details: {},
}

/**
 * One evaluation of a model folder. On the data it was trained on, the split is made again as it was, so that `test` holds what the
 * model has not seen; on other data only `all` has a meaning.
 * @throws `evaluate/other-data` when a part of the split is asked for on data the model was not trained on; `usage/*`, codes of
 *   `load` and `test`
 */
export async function evaluateOnce<Model extends LoadedModel, Shape extends z.ZodRawShape>(
  request: EvaluateRequest,
  context: JobContext,
  { settings, everything, load, test }: EvaluateOnceOptions<Model, Shape>,
): Promise<RunReport> {
  const started = performance.now()
  refuseUnknown(request.set, Object.keys(settings.shape))
  const asked = parseGiven(request.set, settings)
  const device = await chooseDevice(request.device)
  const model = await load(request.model, device)
  try {
    const { manifest } = model
    const source = await hashData(request.data, { signal: context.signal })
    const isSameData = manifest.provenance.data.some(({ sha256 }) => sha256 === source.sha256)
    const isWhole = request.split === 'all'
    if (!isSameData && !isWhole)
      throw new AppError(
        'evaluate/other-data',
        `The model was not trained on "${source.name}", so it has no ${request.split} part there; evaluate all of it with --split all.`,
        { split: request.split },
      )
    const { tested, metrics, baseline, remarks } = await test(model, asked, isSameData)
    const hasSeen = isSameData && (isWhole || request.split === 'train')
    const said = [...remarks, ...(hasSeen ? [seenSamples] : [])]
    return {
      ...manifest.report,
      device,
      seconds: (performance.now() - started) / 1000,
      samples: { train: 0, validation: 0, test: tested },
      split: isWhole ? everything : `${request.split} part of: ${manifest.provenance.split.text}`,
      metrics,
      baseline,
      warnings: remarkTexts(said),
      remarks: said,
      extra: {},
    }
  } finally {
    await model.close()
  }
}
