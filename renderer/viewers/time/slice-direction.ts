type Vector = readonly [number, number, number]

/** The plane that slices lie in, as it is called in the clinic; `oblique` where none is nearer than 20°. */
export type SliceDirection = 'axial' | 'coronal' | 'sagittal' | 'oblique'

/** Names the plane of slices from the directions of their rows and columns (unit vectors, LPS). */
export function sliceDirection([row, column]: readonly [Vector, Vector]): SliceDirection {
  const normal = [
    row[1] * column[2] - row[2] * column[1],
    row[2] * column[0] - row[0] * column[2],
    row[0] * column[1] - row[1] * column[0],
  ].map(Math.abs)
  const largest = normal.indexOf(Math.max(...normal))
  if ((normal[largest] ?? 0) < Math.cos((20 * Math.PI) / 180)) return 'oblique'
  return (['sagittal', 'coronal', 'axial'] as const)[largest] ?? 'oblique'
}
