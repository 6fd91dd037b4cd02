import type { ModelManifest } from '../../../shared/domain/model-folder.ts'
import { ApplyProgram, type TrainedNumbers } from '../../engine/apply-program.ts'
import { openExecutor, type OpenExecutor } from '../../engine/executors/executor-for.ts'
import { readModelFolder } from '../../store/model-folder.ts'
import { frameFormSchema, type FrameForm } from '../frames/frame-form.ts'
import { fromModelTensors } from '../training/model-tensors.ts'
import { stepOf } from '../training/provenance-step.ts'
import { findPredictor, framePredictionDataSchema, type FramePredictionData } from './frame-prediction-options.ts'
import type { Predictor } from './measure-predictions.ts'
import { predictorFeatures } from './predictor-program.ts'
import { appliedBatch } from './train-frame-prediction.ts'

/** A predictor read from its folder, ready to be compiled for clips of any length. Close it when done. */
export interface TrainedPredictor {
  readonly manifest: ModelManifest
  readonly form: FrameForm
  readonly data: FramePredictionData
  /** Compiles it for clips of a length. The program belongs to the caller. */
  readonly compile: (inputFrames: number, horizon: number) => Promise<Predictor>
  readonly close: () => Promise<void>
}

/**
 * Loads a predictor on a device. It is built anew from the zoo and the stored weights, for `model.onnx` has one input length only.
 * @throws codes of `readModelFolder` and `openExecutor`
 */
export async function loadPredictor(folder: string, device: string): Promise<TrainedPredictor> {
  const stored = await readModelFolder(folder)
  const { manifest } = stored
  const form = stepOf(manifest, 'frames', frameFormSchema)
  const data = stepOf(manifest, 'dataset', framePredictionDataSchema)
  const numbers: TrainedNumbers = fromModelTensors(await stored.tensors())
  const opened: OpenExecutor = await openExecutor(device)
  const definition = findPredictor(manifest.model.name)
  return {
    manifest,
    form,
    data,
    compile: async (inputFrames, horizon) => {
      const shape = { inputFrames, horizon, size: form.size, channels: form.bands.length }
      const model = definition.build(manifest.model.options, { horizon })
      return {
        program: await ApplyProgram.create(model, predictorFeatures(shape), appliedBatch, opened.executor),
        numbers,
      }
    },
    close: opened.close,
  }
}
