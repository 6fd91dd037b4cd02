import { assert } from '../base/assert.ts'

/** How close a predicted frame is to the true one; values of both lie in [0, 1]. */
export interface FrameQuality {
  /** Squared error summed over the pixels and channels of a frame, as the tables of frame prediction give it. */
  readonly mse: number
  /** Absolute error, summed likewise. */
  readonly mae: number
  /** Peak signal-to-noise ratio in dB, of the mean squared error; infinite for equal frames. */
  readonly psnr: number
  /** Structural similarity in [-1, 1], mean over pixels and channels. */
  readonly ssim: number
}

/** Size of a frame; values are row-major [height, width, channels]. */
export interface FrameSize {
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** Quality at each step of a prediction, and the mean over steps and sequences. */
export interface VideoQuality extends FrameQuality {
  readonly perStep: readonly FrameQuality[]
}

/**
 * Compares one frame with the truth.
 * @throws assertion when the arrays do not have the size given
 */
export function frameQuality(predicted: ArrayLike<number>, truth: ArrayLike<number>, size: FrameSize): FrameQuality {
  const count = size.height * size.width * size.channels
  assert(predicted.length === count && truth.length === count, 'a frame has height x width x channels values')
  let [squared, absolute] = [0, 0]
  for (let i = 0; i < count; i++) {
    const apart = (predicted[i] ?? 0) - (truth[i] ?? 0)
    squared += apart * apart
    absolute += Math.abs(apart)
  }
  return {
    mse: squared,
    mae: absolute,
    psnr: squared === 0 ? Infinity : 10 * Math.log10(count / squared),
    ssim: structuralSimilarity(predicted, truth, size),
  }
}

/**
 * Mean over all sequences, for each step and over all steps. Infinite PSNR (equal frames) is counted as `largestPsnr`, so
 * that one equal frame does not make the mean infinite.
 * @param perSequence  [sequence][step]
 */
export function videoQuality(perSequence: readonly (readonly FrameQuality[])[]): VideoQuality {
  const steps = perSequence[0]?.length ?? 0
  assert(
    steps > 0 && perSequence.every((sequence) => sequence.length === steps),
    'all predictions have equally many steps, at least one',
  )
  const perStep = Array.from({ length: steps }, (_, step) =>
    meanQuality(perSequence.map((sequence) => sequence[step]).filter((quality) => quality !== undefined)),
  )
  return { ...meanQuality(perStep), perStep }
}

/** What PSNR is taken for where two frames are equal, in dB: that of 8-bit frames which differ in rounding alone. */
export const largestPsnr = 100

function meanQuality(qualities: readonly FrameQuality[]): FrameQuality {
  const mean = (pick: (quality: FrameQuality) => number): number =>
    qualities.reduce((sum, quality) => sum + pick(quality), 0) / qualities.length
  return {
    mse: mean(({ mse }) => mse),
    mae: mean(({ mae }) => mae),
    psnr: mean(({ psnr }) => Math.min(psnr, largestPsnr)),
    ssim: mean(({ ssim }) => ssim),
  }
}

/** Edge of the window of structural similarity, in pixels. */
const windowEdge = 7
const [c1, c2] = [0.01 ** 2, 0.03 ** 2]

/**
 * Structural similarity with a flat window of 7 x 7 pixels, sample variances, values in [0, 1], averaged where the window lies
 * inside the frame. Source: Wang et al., IEEE Transactions on Image Processing 13 (2004) 600-612, with the settings of
 * scikit-image's `structural_similarity`.
 */
export function structuralSimilarity(
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  { height, width, channels }: FrameSize,
): number {
  assert(
    height >= windowEdge && width >= windowEdge,
    `structural similarity needs frames of ${windowEdge} pixels at least`,
  )
  const places = (height - windowEdge + 1) * (width - windowEdge + 1)
  const pixels = windowEdge * windowEdge
  let total = 0
  for (let channel = 0; channel < channels; channel++) {
    const at = (values: ArrayLike<number>, i: number): number => values[i * channels + channel] ?? 0
    const sums = [
      windowSums(height, width, (i) => at(predicted, i)),
      windowSums(height, width, (i) => at(truth, i)),
      windowSums(height, width, (i) => at(predicted, i) ** 2),
      windowSums(height, width, (i) => at(truth, i) ** 2),
      windowSums(height, width, (i) => at(predicted, i) * at(truth, i)),
    ] as const
    for (let i = 0; i < places; i++) {
      const [sumX, sumY, sumXX, sumYY, sumXY] = sums.map((values) => values[i] ?? 0) as [
        number,
        number,
        number,
        number,
        number,
      ]
      const [meanX, meanY] = [sumX / pixels, sumY / pixels]
      const varianceX = (sumXX - sumX * meanX) / (pixels - 1)
      const varianceY = (sumYY - sumY * meanY) / (pixels - 1)
      const covariance = (sumXY - sumX * meanY) / (pixels - 1)
      total +=
        ((2 * meanX * meanY + c1) * (2 * covariance + c2)) /
        ((meanX * meanX + meanY * meanY + c1) * (varianceX + varianceY + c2))
    }
  }
  return total / (places * channels)
}

/** Sum over each window inside the frame, row-major by its first pixel; in double precision, by a table of partial sums. */
function windowSums(height: number, width: number, valueAt: (pixel: number) => number): Float64Array {
  const table = new Float64Array((height + 1) * (width + 1))
  for (let row = 0; row < height; row++) {
    let along = 0
    for (let column = 0; column < width; column++) {
      along += valueAt(row * width + column)
      table[(row + 1) * (width + 1) + column + 1] = (table[row * (width + 1) + column + 1] ?? 0) + along
    }
  }
  const [rows, columns] = [height - windowEdge + 1, width - windowEdge + 1]
  const sums = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const corner = (r: number, c: number): number => table[(row + r) * (width + 1) + column + c] ?? 0
      sums[row * columns + column] =
        corner(windowEdge, windowEdge) - corner(0, windowEdge) - corner(windowEdge, 0) + corner(0, 0)
    }
  return sums
}
