/** Size of a volume; voxels lie row-major [slices, rows, columns]. */
export interface VolumeSize {
  readonly slices: number
  readonly rows: number
  readonly columns: number
}

/** Distance of neighbouring voxels in mm, in the order of the axes. */
export type VoxelSpacing = readonly [slice: number, row: number, column: number]

/** Number of voxels. */
export function voxelCount({ slices, rows, columns }: VolumeSize): number {
  return slices * rows * columns
}

/** Connected components of a mask. */
export interface Components {
  /** 0 outside the mask, else the component's number from 1, in the order of their first voxel. */
  readonly labels: Int32Array
  readonly count: number
}

/**
 * Joins voxels of a mask that touch by a face, an edge or a corner (26 neighbours). Two passes with joined numbers.
 * Source: Rosenfeld and Pfaltz, Journal of the ACM 13 (1966) 471-494.
 * @param mask  not zero where a voxel belongs to it
 */
export function connectedComponents(mask: ArrayLike<number>, { slices, rows, columns }: VolumeSize): Components {
  const labels = new Int32Array(slices * rows * columns)
  const parent: number[] = [0]
  const rootOf = (label: number): number => {
    let root = label
    while (parent[root] !== root) root = parent[root] ?? 0
    for (let at = label; at !== root;) [parent[at], at] = [root, parent[at] ?? root]
    return root
  }
  for (let z = 0; z < slices; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        const index = (z * rows + y) * columns + x
        if (!mask[index]) continue
        let own = 0
        // The 13 neighbours that come before this voxel.
        for (let dz = -1; dz <= 0; dz++)
          for (let dy = -1; dy <= (dz < 0 ? 1 : 0); dy++)
            for (let dx = -1; dx <= (dz < 0 || dy < 0 ? 1 : -1); dx++) {
              const [nz, ny, nx] = [z + dz, y + dy, x + dx]
              if (nz < 0 || ny < 0 || nx < 0 || ny >= rows || nx >= columns) continue
              const label = labels[(nz * rows + ny) * columns + nx] ?? 0
              if (label === 0) continue
              const root = rootOf(label)
              if (own === 0) own = root
              else if (root < own) own = parent[own] = root
              else parent[root] = own
            }
        if (own === 0) own = parent.push(parent.length) - 1
        labels[index] = own
      }
  const numbers = new Map<number, number>()
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0) continue
    const root = rootOf(labels[i] ?? 0)
    const number = numbers.get(root) ?? numbers.size + 1
    numbers.set(root, number)
    labels[i] = number
  }
  return { labels, count: numbers.size }
}

/**
 * Distance in mm of every voxel to the nearest voxel of a mask (0 inside it), exact; infinite everywhere for an empty mask.
 * Source: Felzenszwalb and Huttenlocher, Theory of Computing 8 (2012) 415-428.
 */
export function distanceTo(
  mask: ArrayLike<number>,
  { slices, rows, columns }: VolumeSize,
  spacing: VoxelSpacing,
): Float64Array {
  const squared = new Float64Array(slices * rows * columns)
  for (let i = 0; i < squared.length; i++) squared[i] = mask[i] ? 0 : Infinity
  const axes = [
    { length: columns, stride: 1, step: spacing[2] },
    { length: rows, stride: columns, step: spacing[1] },
    { length: slices, stride: rows * columns, step: spacing[0] },
  ]
  for (const { length, stride, step } of axes) {
    const line = new Float64Array(length)
    const work = { places: new Int32Array(length), borders: new Float64Array(length + 1) }
    for (let start = 0; start < squared.length; start++) {
      // The first voxel of each line along this axis.
      if (Math.floor(start / stride) % length !== 0) continue
      for (let i = 0; i < length; i++) line[i] = squared[start + i * stride] ?? Infinity
      lowerEnvelope(line, step, work, (i, value) => (squared[start + i * stride] = value))
    }
  }
  return squared.map(Math.sqrt)
}

/** The smallest of the parabolas (i - q)² step² + line[q] at each i. */
function lowerEnvelope(
  line: Float64Array,
  step: number,
  { places, borders }: { readonly places: Int32Array; readonly borders: Float64Array },
  set: (i: number, value: number) => void,
): void {
  let last = -1
  for (let q = 0; q < line.length; q++) {
    const height = line[q] ?? Infinity
    if (height === Infinity) continue
    let border = -Infinity
    while (last >= 0) {
      const p = places[last] ?? 0
      border = (height - (line[p] ?? 0)) / (2 * step * step * (q - p)) + (q + p) / 2
      if (border > (borders[last] ?? -Infinity)) break
      last--
    }
    last++
    places[last] = q
    borders[last] = last === 0 ? -Infinity : border
  }
  if (last < 0) return
  for (let i = 0, k = 0; i < line.length; i++) {
    while (k < last && (borders[k + 1] ?? Infinity) < i) k++
    const q = places[k] ?? 0
    set(i, ((i - q) * step) ** 2 + (line[q] ?? 0))
  }
}
