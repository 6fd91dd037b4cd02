/** Which input cells an output cell covers along one axis, and by how much. */
interface Coverage {
  readonly first: number
  readonly weights: Float32Array
}

function coverages(input: number, output: number): Coverage[] {
  return Array.from({ length: output }, (_, i) => {
    const [from, to] = [(i * input) / output, ((i + 1) * input) / output]
    const first = Math.floor(from)
    const last = Math.min(input - 1, Math.ceil(to) - 1)
    const weights = Float32Array.from({ length: last - first + 1 }, (_unused, k) =>
      Math.max(0, Math.min(to, first + k + 1) - Math.max(from, first + k)),
    )
    return { first, weights }
  })
}

/**
 * A picture of another size: each pixel is the mean of those it covers, weighted by how much of each it covers; NaN counts as
 * missing, and only where all are missing the result is NaN. Enlarged pictures repeat their pixels.
 * @param values [height, width], row-major
 * @returns new array [outHeight, outWidth]
 */
export function resizeByMean(
  values: Float32Array,
  [height, width]: readonly [number, number],
  [outHeight, outWidth]: readonly [number, number],
): Float32Array {
  if (height === outHeight && width === outWidth) return values.slice()
  const [rows, columns] = [coverages(height, outHeight), coverages(width, outWidth)]
  const resized = new Float32Array(outHeight * outWidth)
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      let [sum, weight] = [0, 0]
      for (let r = 0; r < row.weights.length; r++) {
        const start = (row.first + r) * width + column.first
        for (let c = 0; c < column.weights.length; c++) {
          const value = values[start + c] ?? NaN
          if (Number.isNaN(value)) continue
          const share = (row.weights[r] ?? 0) * (column.weights[c] ?? 0)
          sum += share * value
          weight += share
        }
      }
      resized[y * outWidth + x] = weight > 0 ? sum / weight : NaN
    })
  })
  return resized
}
