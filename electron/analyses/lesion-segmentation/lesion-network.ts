import { AppError } from '../../../shared/base/app-error.ts'
import { ignoreProgress } from '../../../shared/base/progress.ts'
import { remarkTexts } from '../../../shared/domain/remark.ts'
import type { LesionModel } from '../../../shared/domain/medical/track-report.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { readManifest } from '../../store/model-folder.ts'
import type { LesionNetwork } from '../lesions/follow-study.ts'
import { fitRemarks } from './segment-study.ts'
import { evenOdds } from './test-segmenter.ts'
import { loadSegmenter, modelIdentity } from './trained-segmenter.ts'

/** A trained network as following lesions uses it. Close it when done. */
export interface OpenLesionNetwork extends LesionNetwork {
  readonly identity: LesionModel
  readonly close: () => Promise<void>
}

/**
 * Loads a network that marks lesions.
 * @throws `model/other-task` when the folder holds a model for something else, codes of `loadSegmenter`, `device/*`
 */
export async function openLesionNetwork(folder: string, device: string | undefined): Promise<OpenLesionNetwork> {
  const { task } = await readManifest(folder)
  if (task !== 'lesion-segmentation')
    throw new AppError(
      'model/other-task',
      `The model in "${folder}" was trained for ${task}, and lesions are marked by one trained for lesion-segmentation.`,
      { task, needed: 'lesion-segmentation' },
    )
  const trained = await loadSegmenter(folder, await chooseDevice(device))
  const identity = modelIdentity(trained.manifest)
  return {
    identity,
    name: `${identity.name} ${identity.sha256.slice(0, 12)}`,
    remarksOn: (volume, modality) => remarkTexts(fitRemarks(trained, volume, modality)),
    mark: async (volume, before, { signal, report = ignoreProgress }) => {
      const probabilities = await trained.segment(volume, before, { signal, report })
      return probabilities.map((value) => (value >= evenOdds ? 1 : 0))
    },
    close: trained.close,
  }
}
