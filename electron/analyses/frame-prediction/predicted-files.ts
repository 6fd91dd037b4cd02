import { join } from 'node:path'
import type { PredictionReport } from '../../../shared/domain/run.ts'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { createAtomicFile, writeTextAtomically } from '../../formats/atomic-file.ts'
import { encodePng } from '../../formats/images/write-png.ts'
import { writeMovie } from '../../formats/video/write-movie.ts'
import type { FrameForm } from '../frames/frame-form.ts'
import type { FrameStore } from '../frames/frame-store.ts'
import type { JobContext } from '../task.ts'
import type { ClipShape } from './predictor-program.ts'

/** What is written, and where. */
export interface PredictedFiles {
  readonly folder: string
  readonly form: FrameForm
  /** Known frames, then the true future as far as there is one. */
  readonly store: FrameStore
  /** [horizon, height, width, channels] in [0, 1] */
  readonly frames: Float32Array
  readonly shape: ClipShape
  readonly truths: number
  readonly movie: 'mp4' | 'gif' | 'none'
  readonly summary: { readonly metrics: { readonly perStep?: unknown } | null; readonly [name: string]: unknown }
  readonly context: JobContext
}

/** Panels of the movie are enlarged to about this height, by whole numbers, so that pixels stay pixels. */
const panelHeight = 256
const framesPerSecond = 5
const gap = 4

/**
 * Writes `frames.u8` (all frames as bytes), `predicted-NN.png` for every step and `truth-NN.png` where there is one, the movie `prediction.mp4` (truth, prediction and
 * their difference side by side, the known frames first), `metrics.csv` by step and `prediction.json`.
 */
export async function writePredictedFrames(parts: PredictedFiles): Promise<PredictionReport['files']> {
  const { folder, store, frames, shape, truths, movie, summary, context } = parts
  const frame = shape.size[0] * shape.size[1] * shape.channels
  const digits = Math.max(2, String(shape.horizon).length)
  const files: PredictionReport['files'] = []
  const write = async (name: string, role: string, bytes: Uint8Array): Promise<void> => {
    throwIfAborted(context.signal)
    const path = join(folder, name)
    const file = await createAtomicFile(path)
    try {
      await file.write(bytes, 0)
      await file.commit()
    } finally {
      await file.discard()
    }
    files.push({ path, role })
  }
  await write('frames.u8', 'frames', pictureBytes(parts))
  for (let t = 0; t < shape.horizon; t++) {
    const number = String(t + 1).padStart(digits, '0')
    context.report({ stage: 'Writing frames', done: t, total: shape.horizon })
    await write(`predicted-${number}.png`, 'predicted', png(frames.subarray(t * frame, (t + 1) * frame), shape))
    if (t < truths) await write(`truth-${number}.png`, 'truth', png(store.frame(shape.inputFrames + t), shape))
  }
  if (movie !== 'none') {
    const path = join(folder, `prediction.${movie}`)
    const scale = Math.max(1, Math.round(panelHeight / shape.size[0]))
    const [height, width] = [shape.size[0] * scale, 3 * shape.size[1] * scale + 2 * gap]
    await writeMovie(path, panels(parts, scale, height, width), {
      format: movie,
      height,
      width,
      frameRate: framesPerSecond,
      total: shape.inputFrames + shape.horizon,
      signal: context.signal,
      report: context.report,
    })
    files.push({ path, role: 'movie' })
  }
  if (summary.metrics) {
    const path = join(folder, 'metrics.csv')
    await writeTextAtomically(path, stepTable(summary))
    files.push({ path, role: 'table' })
  }
  const path = join(folder, 'prediction.json')
  await writeTextAtomically(path, `${JSON.stringify(summary, null, 1)}\n`)
  files.push({ path, role: 'table' })
  return files
}

type Steps = { readonly [metric: string]: readonly number[] }

function stepTable(summary: PredictedFiles['summary']): string {
  const stepsOf = (part: unknown): Steps => (part as { perStep: Steps }).perStep
  const [own, copy] = [stepsOf(summary.metrics), stepsOf(summary.baseline)]
  const names = Object.keys(own)
  const rows = (own[names[0] ?? ''] ?? []).map((_, t) =>
    [t + 1, ...names.map((name) => own[name]?.[t] ?? ''), ...names.map((name) => copy[name]?.[t] ?? '')].join(','),
  )
  return [['step', ...names, ...names.map((name) => `copy_${name}`)].join(','), ...rows, ''].join('\n')
}

const toByte = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)))

/** One or three bands as they are; of any other number the first. */
export function shownChannels({ channels }: Pick<ClipShape, 'channels'>): 1 | 3 {
  return channels === 3 ? 3 : 1
}

function bytesOfFrame(values: Float32Array, shape: ClipShape): Uint8Array {
  const { size, channels } = shape
  const shown = shownChannels(shape)
  const pixels = new Uint8Array(size[0] * size[1] * shown)
  for (let i = 0; i < size[0] * size[1]; i++)
    for (let c = 0; c < shown; c++) pixels[i * shown + c] = toByte(values[i * channels + c] ?? 0)
  return pixels
}

/** Known frames, the truths and the predicted frames one after the other, for the page to show. */
function pictureBytes({ store, frames, shape, truths }: PredictedFiles): Uint8Array {
  const { inputFrames, horizon, size, channels } = shape
  const [length, shown] = [size[0] * size[1] * channels, size[0] * size[1] * shownChannels(shape)]
  const bytes = new Uint8Array((inputFrames + truths + horizon) * shown)
  for (let t = 0; t < inputFrames + truths; t++) bytes.set(bytesOfFrame(store.frame(t), shape), t * shown)
  for (let t = 0; t < horizon; t++)
    bytes.set(bytesOfFrame(frames.subarray(t * length, (t + 1) * length), shape), (inputFrames + truths + t) * shown)
  return bytes
}

function png(values: Float32Array, shape: ClipShape): Buffer {
  const [height, width] = shape.size
  return encodePng(bytesOfFrame(values, shape), { height, width, channels: shownChannels(shape) })
}

/** Pictures of the movie, RGBA. Until the future begins, all panels show what is known. */
function* panels(
  { store, frames, shape, truths }: PredictedFiles,
  scale: number,
  height: number,
  width: number,
): Generator<Uint8Array> {
  const { inputFrames, horizon, size, channels } = shape
  const frame = size[0] * size[1] * channels
  for (let t = 0; t < inputFrames + horizon; t++) {
    const future = t - inputFrames
    const truth = t < inputFrames + truths ? store.frame(t) : null
    const predicted = future < 0 ? truth : frames.subarray(future * frame, (future + 1) * frame)
    const picture = new Uint8Array(height * width * 4).fill(255)
    const paint = (panel: number, colour: (pixel: number) => readonly [number, number, number]): void => {
      const left = panel * (size[1] * scale + gap)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < size[1] * scale; x++) {
          const rgb = colour(Math.floor(y / scale) * size[1] + Math.floor(x / scale))
          picture.set(rgb, (y * width + left + x) * 4)
        }
    }
    const grey = (values: Float32Array | null) => (pixel: number) => {
      const at = (c: number): number => toByte(values?.[pixel * channels + (channels === 3 ? c : 0)] ?? 0.5)
      return [at(0), at(1), at(2)] as const
    }
    paint(0, grey(truth))
    paint(1, grey(predicted))
    // Red: predicted too bright; blue: too dark; white: right, or not known.
    paint(2, (pixel) => {
      const apart =
        truth && predicted && future >= 0 ? (predicted[pixel * channels] ?? 0) - (truth[pixel * channels] ?? 0) : 0
      const faded = 255 - toByte(Math.abs(apart))
      return apart > 0 ? [255, faded, faded] : [faded, faded, 255]
    })
    yield picture
  }
}
