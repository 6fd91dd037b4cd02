import { constants, gunzip, gunzipSync } from 'node:zlib'
import { promisify } from 'node:util'
import { readHeader, type NIFTI1, type NIFTI2 } from 'nifti-reader-js'
import { AppError } from '../../../shared/base/app-error.ts'
import type { SampleType } from '../../../shared/domain/sequence.ts'
import type { FileSource } from '../file-source.ts'

/** What the header of a NIfTI file says, in the units used here. */
export interface NiftiHeader {
  /** Columns, rows, slices, time points (all further axes together). */
  readonly shape: readonly [number, number, number, number]
  readonly type: NiftiType
  readonly isLittleEndian: boolean
  /** First byte of the values in the file that holds them. */
  readonly dataOffset: number
  /** The values lie in a file of the same name ending in `.img`. */
  readonly isPair: boolean
  readonly slope: number
  readonly intercept: number
  /** Voxel indices to millimetres: rows of a 3 x 4 matrix in NIfTI's directions (right, front, head: RAS). */
  readonly affine: readonly (readonly number[])[]
  /** How the place in the patient is known; `none` where the file does not say. */
  readonly placedBy: 'sform' | 'qform' | 'none'
  /** Range to show, where the file names one. */
  readonly calibration: readonly [number, number] | null
}

/** How a value is stored. */
export interface NiftiType {
  readonly name: SampleType
  readonly bytes: number
  /** 3 for colours, of which each has `bytes` (and 4 with transparency, which is left out). */
  readonly samples: 1 | 3 | 4
}

const types: ReadonlyMap<number, NiftiType> = new Map([
  [2, { name: 'uint8', bytes: 1, samples: 1 }],
  [4, { name: 'int16', bytes: 2, samples: 1 }],
  [8, { name: 'int32', bytes: 4, samples: 1 }],
  [16, { name: 'float32', bytes: 4, samples: 1 }],
  [64, { name: 'float64', bytes: 8, samples: 1 }],
  [128, { name: 'uint8', bytes: 1, samples: 3 }],
  [256, { name: 'int8', bytes: 1, samples: 1 }],
  [512, { name: 'uint16', bytes: 2, samples: 1 }],
  [768, { name: 'uint32', bytes: 4, samples: 1 }],
  [1024, { name: 'int64', bytes: 8, samples: 1 }],
  [1280, { name: 'uint64', bytes: 8, samples: 1 }],
  [2304, { name: 'uint8', bytes: 1, samples: 4 }],
])

const headBytes = 64 * 1024
const maximumSide = 65_535
const maximumFrames = 10_000_000
/** Packed files are unpacked into memory. */
const maximumUnpackedBytes = 2 ** 31 - 1
/** Bytes after the values that a packed file may have. */
const slackBytes = 16 * 2 ** 20

/** Whether a file is packed with gzip. */
export async function isPacked(source: FileSource): Promise<boolean> {
  if (source.size < 2) return false
  const start = await source.read(0, 2)
  return start[0] === 0x1f && start[1] === 0x8b
}

/** Reads the header only, also of a packed file. @throws `nifti/damaged`, `nifti/unsupported` */
export async function readNiftiHeader(source: FileSource): Promise<NiftiHeader> {
  const head = await source.read(0, Math.min(headBytes, source.size))
  const bytes = (await isPacked(source)) ? unpackHead(head, source.path) : head
  if (bytes.length < 348) throw damaged(source.path, 'it is shorter than a header')
  const copy = new Uint8Array(Math.max(bytes.length, 544))
  copy.set(bytes)
  let header: NIFTI1 | NIFTI2
  try {
    header = readHeader(copy.buffer, true)
  } catch (error) {
    throw damaged(source.path, 'its header cannot be read', error)
  }
  return describe(header, copy, source.path)
}

/**
 * All bytes of a packed file, of which no more are unpacked than the header promises.
 * @throws `nifti/damaged`, `nifti/too-large`
 */
export async function unpackNifti(source: FileSource, header: NiftiHeader): Promise<Buffer> {
  const expected = header.dataOffset + valuesBytes(header)
  if (expected > maximumUnpackedBytes)
    throw new AppError(
      'nifti/too-large',
      `"${source.path}" would unpack to ${Math.round(expected / 2 ** 20)} MiB; unpack it first (gunzip), then it is read slice by slice.`,
      { path: source.path, bytes: expected },
    )
  const packed = await source.read(0, source.size)
  const limit = Math.min(maximumUnpackedBytes, expected + slackBytes)
  let bytes: Buffer
  try {
    bytes = await promisify(gunzip)(packed, { maxOutputLength: limit, finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    throw damaged(source.path, 'it does not unpack, or to far more than its header says', error)
  }
  checkNiftiSize(source.path, bytes.length, header)
  return bytes
}

/** @throws `nifti/truncated` when the values promised are not all there */
export function checkNiftiSize(path: string, size: number, header: NiftiHeader): void {
  const expected = header.dataOffset + valuesBytes(header)
  if (size < expected)
    throw new AppError(
      'nifti/truncated',
      `"${path}" ends too early: its header says ${header.shape.join(' x ')} values, which need ${expected} bytes, but it has ${size}.`,
      { path, expected, size },
    )
}

/** Bytes of all values. */
function valuesBytes({ shape, type }: NiftiHeader): number {
  return shape.reduce((product, size) => product * size, type.bytes * type.samples)
}

function unpackHead(head: Buffer, path: string): Buffer {
  try {
    return gunzipSync(head, { maxOutputLength: 128 * 2 ** 20, finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    throw damaged(path, 'it does not unpack', error)
  }
}

function describe(header: NIFTI1 | NIFTI2, bytes: Uint8Array, path: string): NiftiHeader {
  const [axes = 0, columns = 1, rows = 1, slices = 1, ...more] = header.dims
  if (axes < 1 || axes > 7) throw damaged(path, `it has ${axes} axes`)
  const size = (value: number, axis: number): number => (axes >= axis && value > 0 ? value : 1)
  const times = more.reduce((product, value, i) => product * size(value, 4 + i), 1)
  const shape = [size(columns, 1), size(rows, 2), size(slices, 3), times] as const
  if (shape.some((value) => !Number.isSafeInteger(value)) || shape[0] > maximumSide || shape[1] > maximumSide)
    throw damaged(path, `its size ${shape.join(' x ')} makes no sense`)
  if (shape[2] * shape[3] > maximumFrames) throw damaged(path, `it says it has ${shape[2] * shape[3]} slices`)
  const type = types.get(header.datatypeCode)
  if (!type)
    throw new AppError(
      'nifti/unsupported',
      `"${path}" has values of NIfTI type ${header.datatypeCode} (complex or of more than 64 bits), which cannot be read.`,
      { path, type: header.datatypeCode },
    )
  const isPair = header.magic.startsWith('ni')
  const dataOffset = Math.max(0, Math.floor(header.vox_offset))
  if (!Number.isSafeInteger(dataOffset)) throw damaged(path, 'its values begin nowhere')
  const hasScale = Number.isFinite(header.scl_slope) && header.scl_slope !== 0
  const [low, high] = [header.cal_min, header.cal_max]
  return {
    shape,
    type,
    isLittleEndian: header.littleEndian,
    dataOffset: isPair ? dataOffset : Math.max(dataOffset, 348),
    isPair,
    slope: hasScale ? header.scl_slope : 1,
    intercept: hasScale && Number.isFinite(header.scl_inter) ? header.scl_inter : 0,
    ...placement(header, bytes),
    calibration: Number.isFinite(low) && Number.isFinite(high) && high > low ? [low, high] : null,
  }
}

/** The sform where there is one, else the qform, else only the sizes of voxels; as the standard and nibabel prefer them. */
function placement(header: NIFTI1 | NIFTI2, bytes: Uint8Array): Pick<NiftiHeader, 'affine' | 'placedBy'> {
  const scale = unitMm(header.xyzt_units & 7)
  const inMm = (rows: readonly (readonly number[])[]): number[][] =>
    rows.map((row) => row.map((value) => value * scale))
  if (header.sform_code > 0) return { affine: inMm(storedRows(header, bytes)), placedBy: 'sform' }
  if (header.qform_code > 0) return { affine: inMm(header.getQformMat().slice(0, 3)), placedBy: 'qform' }
  const [, x = 1, y = 1, z = 1] = header.pixDims.map((value) => Math.abs(value) || 1)
  return {
    affine: inMm([
      [x, 0, 0, 0],
      [0, y, 0, 0],
      [0, 0, z, 0],
    ]),
    placedBy: 'none',
  }
}

/** The sform from the header: the library replaces it by the qform where that has a higher code. */
function storedRows(header: NIFTI1 | NIFTI2, bytes: Uint8Array): number[][] {
  const view = new DataView(bytes.buffer)
  const isSecond = view.getInt32(0, header.littleEndian) === 540
  const read = (index: number): number =>
    isSecond
      ? view.getFloat64(400 + 8 * index, header.littleEndian)
      : view.getFloat32(280 + 4 * index, header.littleEndian)
  return [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => read(4 * row + column)))
}

/** NIfTI's unit codes: 1 metre, 2 millimetre, 3 micrometre. */
function unitMm(code: number): number {
  return code === 1 ? 1000 : code === 3 ? 0.001 : 1
}

function damaged(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('nifti/damaged', `"${path}" is not a readable NIfTI file: ${reason}.`, { path }, { cause })
}
