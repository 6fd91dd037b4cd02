import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import { largestBackbone } from '../../../shared/domain/backbone.ts'
import { OnnxSession } from '../../engine/executors/onnxruntime-executor.ts'
import type { TensorData } from '../../engine/graph.ts'
import { describeOnnx, type OnnxSummary } from '../../engine/onnx/onnx-model.ts'
import { toReadError } from '../../store/store-error.ts'
import type { BackboneForm } from './backbone-form.ts'

/** More numbers for each frame make the network that follows too large. */
const mostFeatures = 65536
/** A feature map of so many values is kept with its places. */
const mostFlat = 4096

/** A frozen network that turns frames into features, and the file it came from. */
export interface Backbone {
  readonly form: BackboneForm
  readonly features: number
  /**
   * @param frame [height, width, bands] in [0, 1]; one band stands for all channels, NaN for the lowest value
   * @throws `backbone/not-usable`
   */
  encode(frame: Float32Array): Promise<Float32Array>
  readonly close: () => Promise<void>
}

/** The bytes of a network's file, with what it says of itself. */
export interface BackboneFile {
  readonly name: string
  readonly bytes: Uint8Array
  readonly sha256: string
  readonly outline: OnnxSummary
}

/**
 * Reads the file of a network. It is another person's: nothing of it is run here, and no file that it names is opened.
 * @throws `backbone/too-large`, `backbone/not-onnx`, `backbone/external-data`, `store/not-found`, `store/not-readable`
 */
export async function readBackboneFile(path: string): Promise<BackboneFile> {
  const name = basename(path)
  try {
    const { size } = await stat(path)
    if (size > largestBackbone)
      throw new AppError(
        'backbone/too-large',
        `"${name}" has ${size} bytes, and networks of up to ${largestBackbone} bytes can be used. Choose a smaller network.`,
        { name, bytes: size, largest: largestBackbone },
      )
    return outlineOf(name, await readFile(path))
  } catch (error) {
    throw error instanceof AppError ? error : toReadError(error, path)
  }
}

/** A network's bytes with their outline. @throws as `readBackboneFile` */
export function outlineOf(name: string, bytes: Uint8Array): BackboneFile {
  const outline = describe(name, bytes)
  if (outline.hasExternalData)
    throw new AppError(
      'backbone/external-data',
      `"${name}" keeps its numbers in other files, which are never opened. Export the network as one file.`,
      { name },
    )
  return { name, bytes, sha256: createHash('sha256').update(bytes).digest('hex'), outline }
}

function describe(name: string, bytes: Uint8Array): OnnxSummary {
  try {
    const outline = describeOnnx(bytes)
    if (outline.outputs.length > 0) return outline
  } catch (cause) {
    throw notOnnx(name, cause)
  }
  throw notOnnx(name)
}

function notOnnx(name: string, cause?: unknown): AppError {
  const message = `"${name}" is no ONNX file, or it is damaged. Export the network again, as ".onnx".`
  return new AppError('backbone/not-onnx', message, { name }, { cause })
}

/**
 * Loads a network on the processor and tries it once, so that what cannot be run is found before a clip is read.
 * @throws `backbone/not-usable` with the runtime's reason: operators or versions it does not know, an answer of another form
 */
export async function openBackbone({ name, bytes }: BackboneFile, form: BackboneForm): Promise<Backbone> {
  const failed = (reason: string, cause?: unknown): AppError =>
    new AppError(
      'backbone/not-usable',
      `The network "${name}" cannot be used: ${reason} Export it again with standard operators of opset 21 or lower.`,
      { name, reason },
      { cause },
    )
  let session: OnnxSession
  try {
    session = await OnnxSession.load(bytes, 'cpu')
  } catch (error) {
    throw failed(sentenceOf(error), error)
  }
  const run = async (frame: Float32Array): Promise<Float32Array> => {
    let answer: TensorData | undefined
    try {
      answer = (await session.run({ [form.input]: toInput(frame, form) }))[form.output]
    } catch (error) {
      throw failed(sentenceOf(error), error)
    }
    const features = answer && featuresOf(answer, form)
    if (!features)
      throw failed(
        `its answer has the form [${answer?.shape.join(', ') ?? ''}], where [batch, features] or a feature map of up to ${mostFeatures} features is expected.`,
      )
    if (!features.every(Number.isFinite)) throw failed('it answers with values that are no numbers.')
    return features
  }
  try {
    const features = (await run(new Float32Array(form.size[0] * form.size[1] * form.channels))).length
    return { form, features, encode: run, close: () => session.dispose() }
  } catch (error) {
    await session.dispose()
    throw error
  }
}

/** The runtime's reason: the first line, without what it says about its own sources. */
function sentenceOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
  const text = line.replace(
    /^.*?(?:Exception during initialization|Failed to load model[^:]*|Load model[^:]*):\s*/i,
    '',
  )
  return `${text.slice(0, 300).replace(/[.\s]+$/, '')}.`
}

/** A frame in the order, scale and normalisation of the network; where it takes several at once, the same one for all. */
export function toInput(frame: Float32Array, form: BackboneForm): TensorData {
  const { layout, channels, size, batch, scale, mean, deviation } = form
  const pixels = size[0] * size[1]
  const bands = frame.length / pixels
  const values = new Float32Array(batch * pixels * channels)
  for (let pixel = 0; pixel < pixels; pixel++)
    for (let c = 0; c < channels; c++) {
      const raw = frame[pixel * bands + Math.min(c, bands - 1)] ?? 0
      const value = (scale * (Number.isNaN(raw) ? 0 : raw) - (mean[c] ?? 0)) / (deviation[c] ?? 1)
      values[layout === 'nchw' ? c * pixels + pixel : pixel * channels + c] = value
    }
  for (let i = 1; i < batch; i++) values.copyWithin(i * pixels * channels, 0, pixels * channels)
  const shape = layout === 'nchw' ? [batch, channels, ...size] : [batch, ...size, channels]
  return { shape, dtype: 'float32', values }
}

/** The features of the first frame of a batch; null where the answer has another form. */
function featuresOf({ shape, values, dtype }: TensorData, { batch, layout, pool }: BackboneForm): Float32Array | null {
  if (dtype !== 'float32' || shape[0] !== batch || values.length === 0) return null
  const own = Float32Array.from((values as Float32Array).subarray(0, values.length / batch))
  if (shape.length === 2) return own.length <= mostFeatures ? own : null
  if (shape.length !== 4) return null
  const isFlat = pool === 'flat' || (pool === 'auto' && own.length <= mostFlat)
  if (isFlat) return own.length <= mostFeatures ? own : null
  const channels = shape[layout === 'nchw' ? 1 : 3] ?? 1
  const places = own.length / channels
  const means = new Float32Array(channels)
  own.forEach((value, i) => {
    const channel = layout === 'nchw' ? Math.floor(i / places) : i % channels
    means[channel] = (means[channel] ?? 0) + value / places
  })
  return channels <= mostFeatures ? means : null
}
