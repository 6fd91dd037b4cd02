import { AppError } from '../../../shared/base/app-error.ts'
import type { SampleType } from '../../../shared/domain/sequence.ts'
import type { FileSource } from '../file-source.ts'

/** How the numbers of an .npy file are stored. */
export interface NpyHeader {
  readonly shape: readonly number[]
  readonly dtype: SampleType
  readonly isBoolean: boolean
  readonly sampleBytes: number
  readonly littleEndian: boolean
  /** True where the first axis changes fastest (Fortran order). */
  readonly fortranOrder: boolean
  readonly dataOffset: number
}

/**
 * Reads and checks the header of an .npy file (versions 1 to 3), without reading its numbers.
 * @throws `npy/not-npy`, `npy/truncated`, `npy/unsupported`
 * Source: numpy.lib.format
 */
export async function readNpyHeader(source: FileSource): Promise<NpyHeader> {
  const { path } = source
  if (source.size < 10) throw notNpy(path)
  const start = await source.read(0, Math.min(12, source.size))
  if (start.toString('latin1', 0, 6) !== '\x93NUMPY') throw notNpy(path)
  const version = start[6] ?? 0
  if (version < 1 || version > 3) throw unsupported(path, `its format version is ${version}`)
  const lengthBytes = version === 1 ? 2 : 4
  const length = version === 1 ? start.readUInt16LE(8) : start.length >= 12 ? start.readUInt32LE(8) : Infinity
  const dataOffset = 8 + lengthBytes + length
  if (dataOffset > source.size) throw truncated(path, 'its header is cut off', source.size)
  if (length > 65536) throw notNpy(path)
  const text = (await source.read(8 + lengthBytes, length)).toString('latin1')
  const header = { ...parseDescription(text, path), dataOffset }
  const count = header.shape.reduce((product, side) => product * side, 1)
  const needed = dataOffset + count * header.sampleBytes
  if (!Number.isSafeInteger(needed) || needed > source.size)
    throw truncated(path, `an array of ${header.shape.join(' × ')} needs ${needed} bytes`, source.size)
  return header
}

function parseDescription(text: string, path: string): Omit<NpyHeader, 'dataOffset'> {
  const descr = /'descr'\s*:\s*'([^']{1,20})'/.exec(text)?.[1]
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const shapeText = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(text)?.[1]
  if (order === undefined || shapeText === undefined) throw notNpy(path)
  if (descr === undefined) throw unsupported(path, 'it holds records or objects rather than numbers')
  const shape = shapeText
    .split(',')
    .map((side) => side.trim())
    .filter((side) => side !== '')
    .map(Number)
  const match = /^([<>|=])([biuf])(\d+)$/.exec(descr)
  const [, byteOrder = '', kind = '', size = ''] = match ?? []
  const dtype = match ? sampleTypes[`${kind}${size}`] : undefined
  if (dtype === undefined) throw unsupported(path, `its numbers are of type "${descr}"`)
  return {
    shape,
    dtype,
    isBoolean: kind === 'b',
    sampleBytes: Number(size),
    littleEndian: byteOrder !== '>',
    fortranOrder: order === 'True',
  }
}

const sampleTypes: Readonly<Record<string, SampleType>> = {
  b1: 'uint8',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
}

function notNpy(path: string): AppError {
  return new AppError('npy/not-npy', `"${path}" is not a NumPy array file (.npy).`, { path })
}

function unsupported(path: string, what: string): AppError {
  return new AppError(
    'npy/unsupported',
    `"${path}" is a NumPy file, but ${what}; save it as a plain array of numbers (numpy.save).`,
    { path },
  )
}

function truncated(path: string, what: string, size: number): AppError {
  return new AppError('npy/truncated', `"${path}" is cut short: ${what}, but the file has ${size} bytes.`, {
    path,
    size,
  })
}
