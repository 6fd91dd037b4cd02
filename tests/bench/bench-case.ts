/** The reference computations; `matmul` measures the machine, not the engine. */
export const caseNames = ['lstm', 'gru', 'convlstm', 'crnn', 'predict-lstm', 'matmul'] as const
/** A reference computation. */
export type CaseName = (typeof caseNames)[number]

/** How large a case is run. */
export interface BenchSize {
  /** Sequences of one step; pixels of the whole raster for a prediction. */
  readonly batch: number
  /** Time steps. */
  readonly length: number
  /** Units of each recurrent layer, or its filters; the CRNN's convolutions have 1/8, 1/4, 1/2 of it. */
  readonly width: number
}
/** The axis along which a case is made larger. */
export type SizeAxis = keyof BenchSize

/** A case loaded on a device: one call of `step` is one whole training step, or one whole prediction. */
export interface PreparedCase {
  step(): Promise<void>
  close(): Promise<void>
}

/** One reference computation of our side. */
export interface BenchCase {
  readonly name: CaseName
  prepare(size: BenchSize, options: BenchOptions): Promise<PreparedCase>
}

/** Where and how our side runs. */
export interface BenchOptions {
  readonly device: string
  readonly threads: number
}

/** Bands per date of the recurrent cases. */
export const BANDS = 6
/** Classes of the LSTM and GRU cases. */
export const LAND_CLASSES = 5
/** Side of a ConvLSTM frame in pixels. */
export const FRAME_SIDE = 64
/** Side of a video frame of the CRNN in pixels. */
export const VIDEO_SIDE = 112
/** Classes of the CRNN. */
export const VIDEO_CLASSES = 6

/** The sizes of docs/performance.md. */
export const referenceSize: Readonly<Record<CaseName, BenchSize>> = {
  lstm: { batch: 256, length: 23, width: 64 },
  gru: { batch: 256, length: 23, width: 64 },
  convlstm: { batch: 8, length: 10, width: 32 },
  crnn: { batch: 4, length: 16, width: 128 },
  'predict-lstm': { batch: 1024 * 1024, length: 23, width: 64 },
  matmul: { batch: 1024, length: 1024, width: 1024 },
}

/** What a case computes, for the report. */
export const caseTitle: Readonly<Record<CaseName, string>> = {
  lstm: 'LSTM 2x64, batch 256, 23 steps x 6 features: training step',
  gru: 'GRU 2x64, batch 256, 23 steps x 6 features: training step',
  convlstm: 'ConvLSTM 32 filters, batch 8, 10 frames 64x64: training step',
  crnn: 'CRNN (3 convolutions + LSTM 128), batch 4, 16 frames 112x112x3: training step',
  'predict-lstm': 'LSTM 2x64, 1 megapixel x 23 dates: map prediction',
  matmul: 'float32 matrix product, 1024 x 1024 x 1024',
}

/** Operations of products and convolutions alone;. */
interface Work {
  readonly forward: number
  /** The part of `forward` whose layer must also pass a gradient on to its input. */
  readonly passedOn: number
}

function recurrentWork({ length, width }: BenchSize, gates: number): Work {
  const layer = (inputs: number): number => 2 * gates * width * inputs * length
  const head = 2 * width * LAND_CLASSES
  const forward = layer(BANDS) + 3 * layer(width) + head
  return { forward, passedOn: forward - layer(BANDS) }
}

function convLstmWork({ length, width }: BenchSize): Work {
  const perFrame = FRAME_SIDE * FRAME_SIDE * length
  const fromInput = 2 * 9 * 4 * width * perFrame
  const fromState = fromInput * width
  const head = 2 * width * perFrame
  return { forward: fromInput + fromState + head, passedOn: fromState + head }
}

function crnnWork({ length, width }: BenchSize): Work {
  const channels = [3, width / 8, width / 4, width / 2]
  const convolution = (layer: number): number =>
    2 * 9 * (channels[layer] ?? 0) * (channels[layer + 1] ?? 0) * (VIDEO_SIDE / 2 ** layer) ** 2 * length
  const recurrent = 2 * 4 * width * (width / 2 + width) * length
  const forward = convolution(0) + convolution(1) + convolution(2) + recurrent + 2 * width * VIDEO_CLASSES
  return { forward, passedOn: forward - convolution(0) }
}

/**
 * Floating-point operations of one step, counted on paper: a multiplication with its addition is two; only products
 * and convolutions count; training adds the weight gradient and, but for the first layer, the input gradient.
 */
export function operationsOf(name: CaseName, size: BenchSize): number {
  const training = (work: Work): number => (2 * work.forward + work.passedOn) * size.batch
  switch (name) {
    case 'lstm':
      return training(recurrentWork(size, 4))
    case 'gru':
      return training(recurrentWork(size, 3))
    case 'convlstm':
      return training(convLstmWork(size))
    case 'crnn':
      return training(crnnWork(size))
    case 'predict-lstm':
      return recurrentWork(size, 4).forward * size.batch
    case 'matmul':
      return 2 * size.batch * size.length * size.width
    default:
      return name satisfies never
  }
}
