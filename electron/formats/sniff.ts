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
  if (['49492a00', '4d4d002a', '49492b00', '4d4d002b'].includes(first4)) return 'tiff'
  if (latin.startsWith('\x93NUMPY')) return 'npy'
  if (latin.slice(128, 132) === 'DICM') return 'dicom'
  if (isNifti(head, latin)) return 'nifti'
  if (latin.startsWith('\x89PNG') || latin.startsWith('\xff\xd8\xff') || latin.startsWith('BM')) return 'image'
  if (isVideo(latin, first4)) return 'video'
  if (latin.slice(4, 8) === 'jP  ' || first4 === 'ff4fff51') return 'jpeg2000'
  if (latin.startsWith('\x89HDF') || latin.startsWith('CDF')) return 'hdf5'
  if (latin.startsWith('SQLite format 3')) return 'database'
  if (latin.startsWith('PK\x03\x04') || latin.slice(257, 262) === 'ustar') return 'archive'
  if (first4.startsWith('1f8b')) return /\.nii\.gz$/i.test(path) ? 'nifti' : 'compressed'
  // DICOM may come without its preamble; then only the first group (0002 or 0008) gives it away.
  if (/\.(dcm|dicom)$/i.test(path) && (head[0] === 2 || head[0] === 8) && head[1] === 0) return 'dicom'
  return isText(head) ? 'text' : 'unknown'
}

function isNifti(head: Buffer, latin: string): boolean {
  if (head.length < 348) return false
  const magic = latin.slice(344, 347)
  return magic === 'n+1' || magic === 'ni1' || latin.slice(4, 7) === 'n+2'
}

function isVideo(latin: string, first4: string): boolean {
  if (latin.slice(4, 8) === 'ftyp' || latin.slice(4, 8) === 'moov') return true
  if (latin.startsWith('RIFF') && latin.slice(8, 11) === 'AVI') return true
  return latin.startsWith('GIF8') || first4 === '1a45dfa3' || first4 === '000001ba' || first4 === '000001b3'
}

function isText(head: Buffer): boolean {
  return head.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 12 || byte === 13)
}

/** Whether a file belongs to another one (GDAL and ESRI sidecars), so that it is no problem by itself. */
export function isSidecar(path: string): boolean {
  const name = path.toLowerCase()
  return name.endsWith('.aux.xml') || ['.tfw', '.tifw', '.ovr', '.msk', '.prj'].includes(extname(name))
}
