import type { ModelManifest } from '../../../shared/domain/model-folder.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import { ApplyProgram, type TrainedNumbers } from '../../engine/apply-program.ts'
import type { Executor } from '../../engine/executors/executor.ts'
import { openExecutor } from '../../engine/executors/executor-for.ts'
import type { ModelFunction } from '../../engine/model-function.ts'
import { readModelFolder } from '../../store/model-folder.ts'
import { fromModelTensors } from '../training/model-tensors.ts'
import { stepOf } from '../training/provenance-step.ts'
import { storedEncoding, type ClipEncoding } from './clip-encoding.ts'
import { actionDataSchema, findClipClassifier, type ActionData } from './action-options.ts'
import { appliedClassifier, classifyWith, clipFeatures, type Classify } from './action-program.ts'

/** A classifier of clips read from its folder and loaded on a device. Close it when done. */
export interface TrainedClassifier {
  readonly manifest: ModelManifest
  readonly encoding: ClipEncoding
  /** What the network itself needs; behind a backbone these are features. */
  readonly contract: TemporalContract
  readonly data: ActionData
  readonly classify: Classify
  /** For programs of other kinds than `classify`. */
  readonly model: ModelFunction
  readonly numbers: TrainedNumbers
  readonly executor: Executor
  readonly close: () => Promise<void>
}

/** Loads a classifier on a device: built anew from the zoo and the stored weights. @throws codes of `readModelFolder`, `openExecutor` */
export async function loadClassifier(folder: string, device: string): Promise<TrainedClassifier> {
  const stored = await readModelFolder(folder)
  const { manifest } = stored
  const data = stepOf(manifest, 'dataset', actionDataSchema)
  const numbers = fromModelTensors(await stored.tensors())
  const model = findClipClassifier(manifest.model.name).build(manifest.model.options, {
    classes: manifest.labels.length,
  })
  const { encoding, contract } = await storedEncoding(stored)
  const opened = await openExecutor(device)
  const program = await ApplyProgram.create(
    appliedClassifier(model, contract),
    clipFeatures(contract),
    8,
    opened.executor,
  )
  return {
    manifest,
    encoding,
    contract,
    data,
    classify: classifyWith(program, numbers),
    model,
    numbers,
    executor: opened.executor,
    close: async () => {
      await program.dispose()
      await encoding.backbone?.close()
      await opened.close()
    },
  }
}
