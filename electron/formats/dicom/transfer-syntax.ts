import { AppError } from '../../../shared/base/app-error.ts'

/** How the pixels of a frame are stored. */
export type PixelEncoding =
  'native' | 'rle' | 'jpeg' | 'jpeg-extended' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k' | 'other'

/** What a transfer syntax says about a file. */
export interface TransferSyntax {
  readonly uid: string
  readonly name: string
  readonly isExplicit: boolean
  readonly isBigEndian: boolean
  readonly isDeflated: boolean
  readonly encoding: PixelEncoding
}

const explicit = (uid: string, name: string, encoding: PixelEncoding): TransferSyntax => ({
  uid,
  name,
  isExplicit: true,
  isBigEndian: false,
  isDeflated: false,
  encoding,
})

/** Implicit VR little endian, the default of the network. */
export const implicitLittleEndian: TransferSyntax = {
  ...explicit('1.2.840.10008.1.2', 'implicit VR little endian', 'native'),
  isExplicit: false,
}
/** Explicit VR little endian. */
export const explicitLittleEndian = explicit('1.2.840.10008.1.2.1', 'explicit VR little endian', 'native')
/** Explicit VR big endian (retired). */
export const explicitBigEndian: TransferSyntax = {
  ...explicit('1.2.840.10008.1.2.2', 'explicit VR big endian', 'native'),
  isBigEndian: true,
}

const known: readonly TransferSyntax[] = [
  implicitLittleEndian,
  explicitLittleEndian,
  explicitBigEndian,
  { ...explicit('1.2.840.10008.1.2.1.99', 'deflated explicit VR little endian', 'native'), isDeflated: true },
  explicit('1.2.840.10008.1.2.1.98', 'encapsulated uncompressed', 'native'),
  explicit('1.2.840.10008.1.2.4.50', 'JPEG baseline', 'jpeg'),
  explicit('1.2.840.10008.1.2.4.51', 'JPEG extended', 'jpeg-extended'),
  explicit('1.2.840.10008.1.2.4.57', 'JPEG lossless', 'jpeg-lossless'),
  explicit('1.2.840.10008.1.2.4.70', 'JPEG lossless, first-order prediction', 'jpeg-lossless'),
  explicit('1.2.840.10008.1.2.4.80', 'JPEG-LS lossless', 'jpeg-ls'),
  explicit('1.2.840.10008.1.2.4.81', 'JPEG-LS near-lossless', 'jpeg-ls'),
  explicit('1.2.840.10008.1.2.4.90', 'JPEG 2000 lossless', 'jpeg-2000'),
  explicit('1.2.840.10008.1.2.4.91', 'JPEG 2000', 'jpeg-2000'),
  explicit('1.2.840.10008.1.2.4.201', 'HTJ2K lossless', 'htj2k'),
  explicit('1.2.840.10008.1.2.4.202', 'HTJ2K lossless RPCL', 'htj2k'),
  explicit('1.2.840.10008.1.2.4.203', 'HTJ2K', 'htj2k'),
  explicit('1.2.840.10008.1.2.5', 'RLE lossless', 'rle'),
  // Not read, but called by their names.
  explicit('1.2.840.10008.1.2.4.92', 'JPEG 2000 part 2 lossless', 'other'),
  explicit('1.2.840.10008.1.2.4.93', 'JPEG 2000 part 2', 'other'),
  explicit('1.2.840.10008.1.2.4.100', 'MPEG-2 video', 'other'),
  explicit('1.2.840.10008.1.2.4.101', 'MPEG-2 video', 'other'),
  explicit('1.2.840.10008.1.2.4.102', 'H.264 video', 'other'),
  explicit('1.2.840.10008.1.2.4.103', 'H.264 video', 'other'),
  explicit('1.2.840.10008.1.2.4.104', 'H.264 video', 'other'),
  explicit('1.2.840.10008.1.2.4.105', 'H.264 video', 'other'),
  explicit('1.2.840.10008.1.2.4.106', 'H.264 video', 'other'),
  explicit('1.2.840.10008.1.2.4.107', 'HEVC video', 'other'),
  explicit('1.2.840.10008.1.2.4.108', 'HEVC video', 'other'),
]

const byUid = new Map(known.map((syntax) => [syntax.uid, syntax]))

/** The transfer syntax of a UID; one that is not known is taken as explicit little endian with pixels that cannot be read. PS3.5 A. */
export function transferSyntaxOf(uid: string): TransferSyntax {
  return byUid.get(uid) ?? explicit(uid, uid, 'other')
}

/** What to say of pixels that are stored in a way that cannot be read. */
export function unsupportedSyntax(path: string, { uid, name }: TransferSyntax): AppError {
  return new AppError(
    'dicom/unsupported',
    `"${path}" stores its pixels as ${name}, which cannot be read; convert it first (for example with dcmconv or gdcmconv).`,
    { path, transferSyntax: uid },
  )
}
