import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { AppError } from '../../../shared/base/app-error.ts'
import { assert } from '../../../shared/base/assert.ts'
import {
  isEven,
  minus,
  type PatientVector,
  type VolumeGeometry,
} from '../../../shared/domain/medical/volume-geometry.ts'

/** Where the voxels of a NIfTI file lie, and how it is turned for reading. */
export interface NiftiGrid {
  readonly shape: readonly [columns: number, rows: number, slices: number]
  /** Voxel indices of the file to millimetres in NIfTI's directions (RAS): rows of a 3 x 4 matrix. */
  readonly affine: readonly (readonly number[])[]
  /** Columns, rows and slices of the file run the other way than those of the volume. */
  readonly flips: readonly [boolean, boolean, boolean]
}

const headerBytes = 352
/** NIfTI-1 keeps sizes with 16 bits. */
const largestSide = 32_767

/**
 * The grid for a stack of slices. NIfTI has one matrix for all voxels, which also holds sheared stacks, but no uneven ones.
 * @throws `nifti/uneven` when the distances of the slices differ
 */
export function niftiGrid(geometry: VolumeGeometry): NiftiGrid {
  if (!isEven(geometry))
    throw new AppError(
      'nifti/uneven',
      'NIfTI cannot hold this series, because the distances of its slices differ (slices are missing, or of several thicknesses); take the DICOM segmentation instead.',
      {},
    )
  const { size, origins, columnStep, rowStep } = geometry
  const origin: PatientVector = origins[0] ?? [0, 0, 0]
  const last = origins.at(-1) ?? origin
  const across = minus(last, origin).map((value) => value / Math.max(1, size.slices - 1))
  const sliceStep = size.slices > 1 ? across : [0, 0, 1]
  return {
    shape: [size.columns, size.rows, size.slices],
    // LPS to RAS: x and y change their sign.
    affine: [0, 1, 2].map((axis) =>
      [columnStep, rowStep, sliceStep, origin].map((vector) => (axis < 2 ? -1 : 1) * (vector[axis] ?? 0)),
    ),
    flips: [false, false, false],
  }
}

/**
 * A volume of bytes as a NIfTI-1 file, packed with gzip (`.nii.gz`).
 * @param values  [slice, row, column] as the volume is read
 * @param scale   what a value of 1 means
 * @throws `nifti/too-large`
 * Source: nifti1.h (NIfTI-1.1)
 */
export async function encodeNifti(values: Uint8Array, grid: NiftiGrid, scale = 1): Promise<Buffer> {
  const [columns, rows, slices] = grid.shape
  assert(values.length === columns * rows * slices, 'a volume has the voxels of its grid')
  if (Math.max(columns, rows, slices) > largestSide)
    throw new AppError(
      'nifti/too-large',
      `NIfTI holds at most ${largestSide} voxels along an axis; this series has more.`,
      {
        largest: largestSide,
      },
    )
  const bytes = Buffer.alloc(headerBytes + values.length)
  bytes.writeInt32LE(348, 0)
  ;[3, columns, rows, slices, 1, 1, 1, 1].forEach((value, i) => bytes.writeInt16LE(value, 40 + 2 * i))
  bytes.writeInt16LE(2, 70) // uint8
  bytes.writeInt16LE(8, 72)
  const spacing = [0, 1, 2].map((axis) => Math.hypot(...grid.affine.map((row) => row[axis] ?? 0)))
  ;[1, ...spacing].forEach((value, i) => bytes.writeFloatLE(value, 76 + 4 * i))
  bytes.writeFloatLE(headerBytes, 108)
  bytes.writeFloatLE(scale, 112)
  bytes.writeUInt8(2, 123) // millimetres
  bytes.writeInt16LE(0, 252) // no qform
  bytes.writeInt16LE(1, 254) // sform: scanner coordinates
  grid.affine.forEach((row, i) => row.forEach((value, j) => bytes.writeFloatLE(value, 280 + 16 * i + 4 * j)))
  bytes.write('n+1\0', 344, 'latin1')
  const [flipColumns, flipRows, flipSlices] = grid.flips
  for (let s = 0; s < slices; s++)
    for (let r = 0; r < rows; r++) {
      const [slice, row] = [flipSlices ? slices - 1 - s : s, flipRows ? rows - 1 - r : r]
      const line = values.subarray((s * rows + r) * columns, (s * rows + r + 1) * columns)
      bytes.set(flipColumns ? line.slice().reverse() : line, headerBytes + (slice * rows + row) * columns)
    }
  return promisify(gzip)(bytes)
}
