import type { VolumeSize, VoxelSpacing } from '../../../shared/base/volume.ts'

/**
 * A volume smoothed by nearly a Gaussian, whatever its spacing: three running means along each axis. Values at the border
 * are taken to go on. A new array.
 * @param sigmaMm  standard deviation
 * Source: Wells, IEEE Transactions on Pattern Analysis and Machine Intelligence 8 (1986) 234-239.
 */
export function smoothed(
  values: Float32Array,
  { slices, rows, columns }: VolumeSize,
  spacing: VoxelSpacing,
  sigmaMm: number,
): Float32Array {
  const result = Float32Array.from(values)
  const axes = [
    { length: columns, stride: 1, mm: spacing[2] },
    { length: rows, stride: columns, mm: spacing[1] },
    { length: slices, stride: rows * columns, mm: spacing[0] },
  ]
  for (const { length, stride, mm } of axes) {
    const sigma = mm > 0 ? sigmaMm / mm : 0
    if (length < 2 || sigma < 0.2) continue
    const line = new Float64Array(length)
    const kernel = kernelOf(sigma)
    for (let start = 0; start < result.length; start++) {
      if (Math.floor(start / stride) % length !== 0) continue
      for (let i = 0; i < length; i++) line[i] = result[start + i * stride] ?? 0
      const out = kernel ? convolved(line, kernel) : threeMeans(line, sigma)
      for (let i = 0; i < length; i++) result[start + i * stride] = out[i] ?? 0
    }
  }
  return result
}

/** The Gaussian itself where it is narrow; null where running means are as good and much faster. */
function kernelOf(sigma: number): Float64Array | null {
  if (sigma > 2) return null
  const reach = Math.ceil(3 * sigma)
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)),
  )
  const sum = kernel.reduce((total, value) => total + value, 0)
  return kernel.map((value) => value / sum)
}

function convolved(line: Float64Array, kernel: Float64Array): Float64Array {
  const reach = (kernel.length - 1) / 2
  const last = line.length - 1
  return line.map((_, i) => {
    let sum = 0
    for (let k = -reach; k <= reach; k++)
      sum += (kernel[k + reach] ?? 0) * (line[Math.min(last, Math.max(0, i + k))] ?? 0)
    return sum
  })
}

/** Three means over 2r + 1 values have the variance of a Gaussian with r(r + 1) = sigma². */
function threeMeans(line: Float64Array, sigma: number): Float64Array {
  const reach = Math.max(1, Math.round((Math.sqrt(1 + 4 * sigma * sigma) - 1) / 2))
  const last = line.length - 1
  const at = (from: Float64Array, i: number): number => from[Math.min(last, Math.max(0, i))] ?? 0
  let now = line
  for (let pass = 0; pass < 3; pass++) {
    const next = new Float64Array(line.length)
    let sum = 0
    for (let k = -reach; k <= reach; k++) sum += at(now, k)
    for (let i = 0; i <= last; i++) {
      next[i] = sum / (2 * reach + 1)
      sum += at(now, i + reach + 1) - at(now, i - reach)
    }
    now = next
  }
  return now
}
