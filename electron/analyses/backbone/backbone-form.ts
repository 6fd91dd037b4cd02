import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import type { OnnxPort, OnnxSummary } from '../../engine/onnx/onnx-model.ts'
import type { FrameForm } from '../frames/frame-form.ts'
import { parseSize } from '../frames/frame-form.ts'

/** What a person says of a network that is to be used: everything a file does not tell. */
export const backboneSettingsSchema = z.object({
  /** ONNX file of a network that turns single frames into features. */
  backbone: z.string().optional(),
  /** Largest value of a pixel that the network is used to: 1, or 255. */
  backboneScale: z.number().positive().max(65535).default(1),
  /** Subtracted from the scaled channels; one number for all or one for each. By default that of ImageNet for a scale of 1, else 0. */
  backboneMean: z.array(z.number()).min(1).max(3).optional(),
  /** Divides the channels afterwards. */
  backboneDeviation: z.array(z.number().positive()).min(1).max(3).optional(),
  /** Output to take, by name; the first by default. */
  backboneOutput: z.string().min(1).optional(),
  /** What becomes of a feature map: `mean` over its places, or `flat`, which still knows where something was; `auto`: flat where it is small. */
  backbonePool: z.enum(['auto', 'mean', 'flat']).default('auto'),
})
/** What a person says of a network that is to be used. */
export type BackboneSettings = z.infer<typeof backboneSettingsSchema>

/** How frames become what the network expects, and what is taken of its answer. */
export const backboneFormSchema = z.object({
  /** Order of the input's axes. */
  layout: z.enum(['nchw', 'nhwc']),
  channels: z.union([z.literal(1), z.literal(3)]),
  size: z.tuple([z.number().int().positive(), z.number().int().positive()]),
  /** Frames that go in at once. */
  batch: z.number().int().positive(),
  input: z.string(),
  output: z.string(),
  scale: z.number().positive(),
  /** (scale · value in [0, 1] - mean) / deviation, by channel. */
  mean: z.array(z.number()),
  deviation: z.array(z.number().positive()),
  pool: z.enum(['auto', 'mean', 'flat']),
})
/** How frames become what the network expects, and what is taken of its answer. */
export type BackboneForm = z.infer<typeof backboneFormSchema>

// Mean and deviation of ImageNet's colours, by which nearly all networks for pictures normalise, and those of their grey.
const imageNet = {
  3: { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
  1: { mean: [0.449], deviation: [0.226] },
} as const
/** Edge where the file leaves it open: what networks for pictures are mostly trained with. */
const usualEdge = '224'
const largestBatch = 64
const float32 = 1

/**
 * How to use a network, from its outline and what was said of it.
 * @param size height and width as text where they are set
 * @throws `backbone/input`, `backbone/output`, `backbone/size`, `usage/bad-setting`
 */
export function backboneForm(
  outline: OnnxSummary,
  settings: Omit<BackboneSettings, 'backbone'>,
  size: string | undefined,
): BackboneForm {
  const input = inputOf(outline)
  const { channels } = input
  const scale = settings.backboneScale
  const plain = { mean: new Array<number>(channels).fill(0), deviation: new Array<number>(channels).fill(1) }
  const usual = scale === 1 ? imageNet[channels] : plain
  return {
    ...input,
    size: sizeOf(input.fixed, size),
    output: outputOf(outline, settings.backboneOutput).name,
    scale,
    mean: perChannel('backboneMean', settings.backboneMean, channels) ?? [...usual.mean],
    deviation: perChannel('backboneDeviation', settings.backboneDeviation, channels) ?? [...usual.deviation],
    pool: settings.backbonePool,
  }
}

interface BackboneInput extends Pick<BackboneForm, 'layout' | 'channels' | 'batch' | 'input'> {
  readonly fixed: readonly [number | null, number | null]
}

function inputOf({ inputs }: OnnxSummary): BackboneInput {
  const [only] = inputs
  if (only && inputs.length === 1 && only.elementType === float32 && only.shape.length === 4) {
    const [first, second, third, last] = only.shape.map((length) => (typeof length === 'number' ? length : null))
    const batch = first ?? 1
    const isPicture = (channels: number | null | undefined): channels is 1 | 3 => channels === 1 || channels === 3
    const isBatch = batch >= 1 && batch <= largestBatch
    if (isBatch && isPicture(second))
      return { layout: 'nchw', channels: second, batch, input: only.name, fixed: [third ?? null, last ?? null] }
    if (isBatch && isPicture(last))
      return { layout: 'nhwc', channels: last, batch, input: only.name, fixed: [second ?? null, third ?? null] }
  }
  const found = inputs.map(describePort).join('; ') || 'no input'
  throw new AppError(
    'backbone/input',
    `The network cannot look at frames: one float32 input [batch, 3, height, width] or [batch, height, width, 3] is expected (1 instead of 3 for grey, batch free or up to ${largestBatch}), and the file has ${found}. Export the part that turns a picture into features.`,
    { found, largest: largestBatch },
  )
}

function outputOf({ outputs }: OnnxSummary, name: string | undefined): OnnxPort {
  const output = name === undefined ? outputs[0] : outputs.find((one) => one.name === name)
  if (output && output.elementType === float32 && [0, 2, 4].includes(output.shape.length)) return output
  const found = outputs.map(describePort).join('; ') || 'no output'
  throw new AppError(
    'backbone/output',
    `The network gives no features: ${name === undefined ? 'the first output' : `the output "${name}"`} is expected to be float32 [batch, features], or a feature map with four axes, and the file has ${found}. Name another with the setting backboneOutput, or export the network again.`,
    { found, name: name ?? '' },
  )
}

function describePort({ name, elementType, shape }: OnnxPort): string {
  const type = elementType === float32 ? 'float32' : `type ${elementType}`
  return `"${name.slice(0, 60)}": ${type} [${shape.map((length) => length ?? '?').join(', ')}]`
}

function sizeOf(fixed: BackboneInput['fixed'], size: string | undefined): [number, number] {
  const [height, width] = parseSize(
    size ?? (fixed[0] !== null && fixed[1] !== null ? `${fixed[0]}x${fixed[1]}` : usualEdge),
  )
  const isLike = [height, width].every((edge, axis) => fixed[axis] === null || fixed[axis] === edge)
  if (isLike) return [height, width]
  const expected = fixed.map((edge) => edge ?? 'free').join('x')
  throw new AppError(
    'backbone/size',
    `The network looks at frames of ${expected} pixels (height x width), and size=${height}x${width} is set. Leave size out, or export the network for that size.`,
    { expected, found: `${height}x${width}` },
  )
}

function perChannel(key: string, values: readonly number[] | undefined, channels: number): number[] | null {
  if (!values) return null
  if (values.length === channels) return [...values]
  if (values.length === 1) return Array.from({ length: channels }, () => values[0] ?? 0)
  throw new AppError(
    'usage/bad-setting',
    `The setting ${key}=${values.join(',')} cannot be used: one number, or ${channels} for the ${channels} channels of the network, are expected.`,
    { key, value: values.join(',') },
  )
}

/** The form of what lies in a store of features: one pixel with as many bands as there are features. */
export function featureForm(features: number): FrameForm {
  return {
    bands: Array.from({ length: features }, (_, i) => `feature ${i + 1}`),
    size: [1, 1],
    fit: 'crop',
    nodata: null,
    low: new Array<number>(features).fill(0),
    range: new Array<number>(features).fill(1),
  }
}
