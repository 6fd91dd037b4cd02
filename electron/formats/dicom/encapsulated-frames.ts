import { AppError } from '../../../shared/base/app-error.ts'
import type { FileSource } from '../file-source.ts'
import type { DicomImage } from './image.ts'

/** A piece of compressed pixels: PS3.5 A.4. */
interface Fragment {
  readonly offset: number
  readonly length: number
}

/** The fragments of each frame of a file. */
export type FrameFragments = readonly (readonly Fragment[])[]

const itemTag = 0xe000fffe
const delimiterTag = 0xe0ddfffe
const maximumFragments = 4_000_000

/**
 * Finds out which fragments belong to which frame: by the extended or basic offset table, else one by one, else by the
 * markers with which compressed images begin. A missing delimiter at the end does no harm.
 * @throws `dicom/damaged` when the fragments cannot be told apart
 */
export async function locateFrames(source: FileSource, image: DicomImage): Promise<FrameFragments> {
  const { pixels, frames } = image
  const count = frames.length
  const { table, fragments } = await readFragments(source, pixels.offset)
  if (fragments.length === 0) throw damaged(image, 'there are no compressed pixels in it')
  if (count === 1) return [fragments]
  const base = fragments[0]?.offset ?? 0
  // Offsets count from the first byte of the first fragment's item tag.
  const starts = fragments.map(({ offset }) => offset - base)
  const byTable =
    cutAt(fragments, starts, pixels.extendedOffsets ?? [], count) ?? cutAt(fragments, starts, table, count)
  if (byTable) return byTable
  if (fragments.length === count) return fragments.map((fragment) => [fragment])
  const begins = await Promise.all(fragments.map((fragment) => isFrameStart(source, fragment)))
  const first = starts.filter((_, i) => begins[i])
  const byMarker = cutAt(fragments, starts, first, count)
  if (byMarker) return byMarker
  throw damaged(image, `its ${fragments.length} fragments cannot be assigned to ${frames.length} frames`)
}

/** The compressed bytes of one frame, its fragments joined. @throws `dicom/damaged`, `dicom/truncated` */
export async function readEncapsulatedFrame(
  source: FileSource,
  image: DicomImage,
  located: FrameFragments,
  index: number,
): Promise<Buffer> {
  const fragments = located[index] ?? []
  const end = fragments.at(-1)
  if (!end) throw damaged(image, `frame ${index + 1} is missing`)
  if (end.offset + end.length > source.size)
    throw new AppError('dicom/truncated', `"${image.path}" ends in the middle of frame ${index + 1}.`, {
      path: image.path,
      frame: index,
    })
  const parts = await Promise.all(fragments.map(({ offset, length }) => source.read(offset, length)))
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

async function readFragments(
  source: FileSource,
  offset: number,
): Promise<{ readonly table: readonly number[]; readonly fragments: readonly Fragment[] }> {
  const fragments: Fragment[] = []
  let table: readonly number[] = []
  for (let at = offset, item = 0; at + 8 <= source.size && fragments.length < maximumFragments; item++) {
    const head = await source.read(at, 8)
    const tag = head.readUInt32LE(0)
    const length = head.readUInt32LE(4)
    if (tag === delimiterTag || tag !== itemTag) break
    at += 8
    if (item === 0) {
      const bytes = at + length <= source.size ? await source.read(at, length) : Buffer.alloc(0)
      table = Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readUInt32LE(4 * i))
    } else fragments.push({ offset: at, length })
    at += length
  }
  return { table, fragments }
}

/** Fragments by frame, when every offset is the beginning of a fragment. */
function cutAt(
  fragments: readonly Fragment[],
  starts: readonly number[],
  offsets: readonly number[],
  count: number,
): FrameFragments | null {
  if (offsets.length !== count) return null
  const indexOf = new Map(starts.map((start, i) => [start, i]))
  const begins = offsets.map((offset) => indexOf.get(offset) ?? -1)
  const isAscending = begins.every((begin, i) => begin >= 0 && (i === 0 ? begin === 0 : begin > (begins[i - 1] ?? 0)))
  return isAscending ? begins.map((begin, i) => fragments.slice(begin, begins[i + 1])) : null
}

/** JPEG's SOI, JPEG 2000's SOC or the signature of JP2. */
async function isFrameStart(source: FileSource, { offset, length }: Fragment): Promise<boolean> {
  if (length < 4 || offset + 4 > source.size) return false
  const start = await source.read(offset, 4)
  return (start[0] === 0xff && (start[1] === 0xd8 || start[1] === 0x4f)) || start.readUInt32BE(0) === 12
}

function damaged(image: DicomImage, reason: string): AppError {
  return new AppError('dicom/damaged', `The pixels of "${image.path}" cannot be found: ${reason}.`, {
    path: image.path,
  })
}
