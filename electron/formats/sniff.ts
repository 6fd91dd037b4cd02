import { open } from 'node:fs/promises'
import { extname } from 'node:path'
import { toReadError } from './file-source.ts'

/** What the first bytes of a file say it is. */
export type FileKind =
  | 'tiff'
  | 'npy'
  | 'dicom'
  | 'nifti'
  | 'video'
  | 'image'
  | 'jpeg2000'
  | 'hdf5'
  | 'database'
  | 'archive'
  | 'compressed'
  | 'text'
  | 'empty'
  | 'unknown'

/** Bytes that `kindOf` wants to see; fewer when the file is shorter. */
export const sniffBytes = 512

/** Tells a file's kind by its first bytes, not by its name. @throws `formats/not-found`, `formats/no-permission`, `formats/unreadable` */
export async function sniffFile(path: string): Promise<FileKind> {
  try {
    const handle = await open(path, 'r')
    try {
      const head = Buffer.alloc(sniffBytes)
      const { bytesRead } = await handle.read(head, 0, sniffBytes, 0)
      return kindOf(head.subarray(0, bytesRead), path)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw toReadError(error, path)
  }
}

/** The kind that the first bytes of a file show; the name only helps where a format has no signature. */
export function kindOf(head: Buffer, path = ''): FileKind {
  if (head.length === 0) return 'empty'
  const latin = head.toString('latin1')
  const first4 = head.toString('hex', 0, 4)
  // First, for the preamble of a DICOM file may hold the header of another format (PS3.10 7.1).
  if (latin.slice(128, 132) === 'DICM') return 'dicom'
  if (['49492a00', '4d4d002a', '49492b00', '4d4d002b'].includes(first4)) return 'tiff'
  if (latin.startsWith('\x93NUMPY')) return 'npy'
  if (isNifti(head, latin)) return 'nifti'
  if (isPicture(head, latin)) return 'image'
  if (isVideo(head, latin, first4)) return 'video'
  if (latin.slice(4, 8) === 'jP  ' || first4 === 'ff4fff51') return 'jpeg2000'
  if (latin.startsWith('\x89HDF') || latin.startsWith('CDF')) return 'hdf5'
  if (latin.startsWith('SQLite format 3')) return 'database'
  if (latin.startsWith('PK\x03\x04') || latin.slice(257, 262) === 'ustar') return 'archive'
  if (first4.startsWith('1f8b')) {
    if (/\.nii\.gz$/i.test(path)) return 'nifti'
    return /\.p[gnp]m\.gz$/i.test(path) ? 'image' : 'compressed'
  }
  if (isBareDicom(head, latin, /\.(dcm|dicom|ima)$/i.test(path))) return 'dicom'
  return isText(head) ? 'text' : 'unknown'
}

function isNifti(head: Buffer, latin: string): boolean {
  if (head.length < 348) return false
  const magic = latin.slice(344, 347)
  return magic === 'n+1' || magic === 'ni1' || ['n+2', 'ni2'].includes(latin.slice(4, 7))
}

/** PNG, JPEG, BMP, WebP, PGM and PPM. */
function isPicture(head: Buffer, latin: string): boolean {
  if (latin.startsWith('\x89PNG') || latin.startsWith('\xff\xd8\xff')) return true
  // "BM" alone begins many texts: the size of the header follows later.
  if (latin.startsWith('BM')) return head.length >= 18 && head.readUInt32LE(14) <= 124
  return (latin.startsWith('RIFF') && latin.slice(8, 12) === 'WEBP') || /^P[2356][\s#]/.test(latin)
}

/** DICOM may come without its preamble; then only the first element (of group 0002 or 0008) gives it away. */
function isBareDicom(head: Buffer, latin: string, isNamed: boolean): boolean {
  if (head.length < 16) return false
  const isLittle = (head[0] === 2 || head[0] === 8) && head[1] === 0
  const isBig = head[0] === 0 && head[1] === 8 && isNamed
  const isExplicit = /^(UL|UI|CS|OB|DA|TM|DT|SH|LO)$/.test(latin.slice(4, 6))
  return isExplicit ? isLittle || isBig : isNamed && isLittle
}

/** First boxes of QuickTime and MP4 files. */
const quickTimeBoxes = new Set(['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot', 'moof', 'styp', 'sidx'])

function isVideo(head: Buffer, latin: string, first4: string): boolean {
  if (quickTimeBoxes.has(latin.slice(4, 8))) return true
  if (latin.startsWith('RIFF') && latin.slice(8, 11) === 'AVI') return true
  if (['GIF8', 'FLV\x01', 'OggS', 'DKIF', 'nut/multimedia'].some((magic) => latin.startsWith(magic))) return true
  // Matroska and WebM; MPEG program stream and video; ASF (WMV); MXF.
  if (['1a45dfa3', '000001ba', '000001b3', '3026b275', '060e2b34'].includes(first4)) return true
  return isTransportStream(head)
}

/** MPEG transport streams have no head, only packets of 188 bytes (192 with a time code before each) that begin with 0x47. */
function isTransportStream(head: Buffer): boolean {
  const begins = (offset: number, length: number): boolean =>
    [0, 1, 2].every((packet) => {
      const at = offset + packet * length
      return at >= head.length ? packet > 1 : head[at] === 0x47
    })
  return begins(0, 188) || begins(4, 192)
}

function isText(head: Buffer): boolean {
  return head.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 12 || byte === 13)
}

/** Whether a file belongs to another one (GDAL and ESRI sidecars), so that it is no problem by itself. */
export function isSidecar(path: string): boolean {
  const name = path.toLowerCase()
  return name.endsWith('.aux.xml') || ['.tfw', '.tifw', '.ovr', '.msk', '.prj'].includes(extname(name))
}
