import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import type { ModelManifest } from '../../../shared/domain/model-folder.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import type { StoredModel } from '../../store/model-folder.ts'
import { backboneForm, backboneFormSchema, featureForm } from '../backbone/backbone-form.ts'
import {
  type Backbone,
  type BackboneFile,
  openBackbone,
  outlineOf,
  readBackboneFile,
} from '../backbone/open-backbone.ts'
import { frameFormSchema, type FrameForm } from '../frames/frame-form.ts'
import { FrameStore } from '../frames/frame-store.ts'
import type { FrameSink } from '../frames/store-sequence.ts'
import { stepOf } from '../training/provenance-step.ts'
import { sizeOfBackbone, type ActionData } from './action-options.ts'

/** In which form clips are read, and what is kept of them. */
export interface ClipEncoding {
  readonly frames: FrameForm
  /** What the network sees: the frames themselves, or as one pixel the features that a backbone makes of them. */
  readonly kept: FrameForm
  readonly backbone: Backbone | null
}

/** A store for clips of an encoding, and where frames are put so that they end up in it. */
export function clipStore({ kept, backbone }: ClipEncoding): { readonly store: FrameStore; readonly sink: FrameSink } {
  const store = new FrameStore(kept.size[0] * kept.size[1] * kept.bands.length, { isExact: backbone !== null })
  if (!backbone) return { store, sink: store }
  return {
    store,
    sink: {
      get length() {
        return store.length
      },
      add: async (frame) => store.add(await backbone.encode(frame)),
    },
  }
}

/** The encoding of frames in a form. */
export function encodingOf(frames: FrameForm, backbone: Backbone | null): ClipEncoding {
  return { frames, kept: backbone ? featureForm(backbone.features) : frames, backbone }
}

/** A backbone as the settings name it, with its file. */
export interface ChosenBackbone {
  readonly file: BackboneFile
  readonly backbone: Backbone
  /** The settings, with the size that the backbone looks at. */
  readonly data: ActionData
}

/** The outline of the backbone that the settings name, without running it. @throws as `readBackboneFile`, `backboneForm` */
export async function outlineBackbone(data: ActionData) {
  const file = await readBackboneFile(data.backbone ?? '')
  const form = backboneForm(file.outline, data, data.size === sizeOfBackbone ? undefined : data.size)
  return { file, form, data: { ...data, size: form.size.join('x') } }
}

/** Loads the backbone that the settings name; null where they name none. @throws as `outlineBackbone`, `openBackbone` */
export async function chooseBackbone(data: ActionData): Promise<ChosenBackbone | null> {
  if (data.backbone === undefined) return null
  const { file, form, data: settled } = await outlineBackbone(data)
  return { file, backbone: await openBackbone(file, form), data: settled }
}

/** What a model folder says of its backbone. */
const backboneStepSchema = backboneFormSchema.extend({
  sha256: z.string(),
  /** By which its features are normalised, from the training clips. */
  features: z.object({ mean: z.array(z.number()), deviation: z.array(z.number().positive()) }),
})

/** The step of the provenance that says how frames became features. */
export function backboneStep({ file, backbone }: ChosenBackbone, features: TemporalContract['normalisation']) {
  return { step: 'backbone', options: { ...backbone.form, sha256: file.sha256, features } }
}

/** How to make the features that an exported network takes, for who uses it elsewhere. */
export function backboneMetadata({ file, backbone }: ChosenBackbone): { [key: string]: string } {
  return { backbone: JSON.stringify({ sha256: file.sha256, features: backbone.features, ...backbone.form }) }
}

/** The contract of a whole model, from that of the network behind its backbone: frames in, normalised as the backbone does. */
export function wholeContract(network: TemporalContract, { frames, backbone }: ClipEncoding): TemporalContract {
  if (!backbone) return network
  const { mean, deviation, scale } = backbone.form
  const channel = (band: number): number => Math.min(band, mean.length - 1)
  return {
    ...network,
    bands: [...frames.bands],
    size: [...frames.size],
    normalisation: {
      mean: frames.bands.map(
        (_, i) => (frames.low[i] ?? 0) + ((frames.range[i] ?? 1) * (mean[channel(i)] ?? 0)) / scale,
      ),
      deviation: frames.bands.map((_, i) => ((frames.range[i] ?? 1) * (deviation[channel(i)] ?? 1)) / scale),
    },
  }
}

/** How a trained model reads clips, and the contract of its network. @throws `model/damaged`, as `openBackbone` */
export async function storedEncoding(
  stored: StoredModel,
): Promise<{ readonly encoding: ClipEncoding; readonly contract: TemporalContract }> {
  const { manifest } = stored
  const frames = stepOf(manifest, 'frames', frameFormSchema)
  const bytes = await stored.backbone()
  if (!bytes) return { encoding: encodingOf(frames, null), contract: withoutBackbone(manifest) }
  const { sha256: _, features, ...form } = stepOf(manifest, 'backbone', backboneStepSchema)
  const backbone = await openBackbone(outlineOf('backbone.onnx', bytes), form)
  const { bands, size } = featureForm(backbone.features)
  return {
    encoding: encodingOf(frames, backbone),
    contract: { ...manifest.contract, bands, size, normalisation: features },
  }
}

/** A model that needs a backbone and has none is not whole. @throws `model/damaged` */
function withoutBackbone({ contract, provenance }: ModelManifest): TemporalContract {
  if (!provenance.pipeline.some(({ step }) => step === 'backbone')) return contract
  throw new AppError(
    'model/damaged',
    "The model's description names no file for the network that turns frames into features; restore the folder from a copy or train again.",
    { step: 'backbone' },
  )
}
