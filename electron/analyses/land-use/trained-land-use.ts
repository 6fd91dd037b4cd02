import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import type { ModelManifest } from '../../../shared/domain/model-folder.ts'
import { traceTrained } from '../../engine/apply-program.ts'
import { isOnnxDevice, openExecutor } from '../../engine/executors/executor-for.ts'
import { OnnxSession } from '../../engine/executors/onnxruntime-executor.ts'
import type { TensorData } from '../../engine/graph.ts'
import { readModelFolder, type StoredModel } from '../../store/model-folder.ts'
import { seriesFeatures } from '../classification/classifier-program.ts'
import { appliedModel } from '../classification/train-classifier.ts'
import { fromModelTensors } from '../training/model-tensors.ts'
import { parsePipeline, type SatellitePipeline } from '../satellite/pipeline.ts'
import { findClassifier, landUseDataSchema, type LandUseData } from './land-use-options.ts'

/** Samples that go through the network at once; more no longer fit into the processor’s cache and are slower. */
const batch = 512

/** A land-use model read from its folder and loaded on a device. */
export interface TrainedLandUse {
  readonly manifest: ModelManifest
  readonly pipeline: SatellitePipeline
  readonly data: LandUseData
  /** Class probabilities [count, classes] of series [count, frames, bands] in physical units. */
  readonly classify: (series: Float32Array, count: number) => Promise<Float32Array>
  readonly close: () => Promise<void>
}

function stepOptions(manifest: ModelManifest, step: string): Record<string, unknown> {
  const found = manifest.provenance.pipeline.find((entry) => entry.step === step)
  if (found) return found.options
  throw new AppError(
    'model/damaged',
    `The model's description lacks its "${step}" step; restore the folder from a copy or train again.`,
    { step },
  )
}

/** The steps that prepare the images for a model. @throws `model/damaged`, `satellite/pipeline` */
export function pipelineOf(manifest: ModelManifest): SatellitePipeline {
  return parsePipeline(stepOptions(manifest, 'satellite'))
}

/**
 * Loads a land-use model on a device. ONNX Runtime runs the model's own `.onnx`; other devices build the model anew
 * from the zoo and the stored weights.
 * @throws codes of `readModelFolder`, `model/wrong-task`, `compute/device-failed`
 */
export async function loadLandUse(folder: string, device: string): Promise<TrainedLandUse> {
  const stored = await readModelFolder(folder)
  const { manifest } = stored
  const applied = isOnnxDevice(device) ? await applyOnnx(stored, device) : await applyRebuilt(stored, device)
  return {
    manifest,
    pipeline: pipelineOf(manifest),
    data: parseData(stepOptions(manifest, 'dataset')),
    ...applied,
  }
}

function parseData(options: Record<string, unknown>): LandUseData {
  const parsed = landUseDataSchema.safeParse(options)
  if (parsed.success) return parsed.data
  throw new AppError('model/damaged', `The model's description cannot be understood: ${z.prettifyError(parsed.error)}.`)
}

type Applied = Pick<TrainedLandUse, 'classify' | 'close'>

async function applyOnnx(
  { onnx, manifest }: StoredModel,
  device: Parameters<typeof OnnxSession.load>[1],
): Promise<Applied> {
  const session = await OnnxSession.load(onnx, device)
  const { frames, bands } = manifest.contract
  return {
    classify: async (series, count) => {
      const row = frames * bands.length
      const probabilities = new Float32Array(count * manifest.labels.length)
      for (let start = 0; start < count; start += batch) {
        const rows = Math.min(batch, count - start)
        const x: TensorData = {
          shape: [rows, frames, bands.length],
          dtype: 'float32',
          values: series.slice(start * row, (start + rows) * row),
        }
        const result = defined((await session.run({ x })).probabilities, 'the model yields probabilities')
        probabilities.set(result.values as Float32Array, start * manifest.labels.length)
      }
      return probabilities
    },
    close: () => session.dispose(),
  }
}

async function applyRebuilt(stored: StoredModel, device: string): Promise<Applied> {
  const { manifest } = stored
  const { contract, labels } = manifest
  const numbers = fromModelTensors(await stored.tensors())
  const model = findClassifier(manifest.model.name).build(manifest.model.options, { classes: labels.length })
  const opened = await openExecutor(device)
  const { executor } = opened
  const program = await executor.prepare(
    traceTrained(appliedModel(model, contract), seriesFeatures(contract), batch, numbers),
  )
  return {
    classify: async (series, count) => {
      const row = contract.frames * contract.bands.length
      const probabilities = new Float32Array(count * labels.length)
      for (let start = 0; start < count; start += batch) {
        const rows = Math.min(batch, count - start)
        const values = new Float32Array(batch * row)
        values.set(series.subarray(start * row, (start + rows) * row))
        const x: TensorData = { shape: [batch, contract.frames, contract.bands.length], dtype: 'float32', values }
        const result = defined((await program.run({ x })).probabilities, 'the model yields probabilities')
        probabilities.set((result.values as Float32Array).subarray(0, rows * labels.length), start * labels.length)
      }
      return probabilities
    },
    close: async () => {
      await program.dispose()
      await opened.close()
    },
  }
}
