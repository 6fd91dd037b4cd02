import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { openFileSource } from '../file-source.ts'
import { nativeFrameBytes } from './describe-image.ts'
import type { DicomImage } from './image.ts'
import { overlayGroups, overlayTag } from './overlay-groups.ts'
import { inflateSource, readHeader, type DicomHeader } from './read-header.ts'

/** One overlay of a file: bits that lie over its frames. DICOM PS3.3 C.9.2. */
export interface OverlayPlane {
  /** Even, 0x6000 to 0x601e. */
  readonly group: number
  /** Label, else description; empty where neither is stated. */
  readonly label: string
  /** `roi` marks a region, `graphics` is anything drawn or written. */
  readonly type: 'graphics' | 'roi'
  readonly rows: number
  readonly columns: number
  /** Row and column of the image, from 0, on which the first bit lies; may lie beside the image. */
  readonly origin: readonly [number, number]
  /** Frames of the file, from 0, that its own frames belong to; null when its only frame belongs to all of them. */
  readonly frames: { readonly first: number; readonly count: number } | null
  /** [frame, row, column] packed, the first in the lowest bit; null when the bits lie in unused bits of the pixels. */
  readonly packed: Uint8Array | null
  /** Place of the overlay's bit in a stored number of the pixels, from 0; of meaning where `packed` is null. */
  readonly bitPosition: number
}

/** Largest overlay, as that of images. */
const maximumBits = 2 ** 28

/** The overlays a header describes; those that make no sense are left out. */
export function readOverlayPlanes({ elements, syntax, pixels }: DicomHeader): OverlayPlane[] {
  return overlayGroups(elements).flatMap((group): OverlayPlane[] => {
    const tag = (element: number): string => overlayTag(group, element)
    const [rows, columns] = [elements.number(tag(0x0010), 'US') ?? 0, elements.number(tag(0x0011), 'US') ?? 0]
    const count = elements.number(tag(0x0015), 'IS')
    const first = (elements.number(tag(0x0051), 'US') ?? 1) - 1
    const [row = 1, column = 1] = elements.numbers(tag(0x0050), 'SS')
    const data = elements.bytes(tag(0x3000))
    const isSwapped = syntax.isBigEndian && elements.table.elements[tag(0x3000)]?.vr !== 'OB'
    const bits = rows * columns * (count ?? 1)
    const fits = rows > 0 && columns > 0 && rows * columns <= maximumBits && (count ?? 1) > 0
    const isThere = data ? data.length * 8 >= bits : elements.has(tag(0x0102)) && pixels?.kind === 'integer'
    if (!fits || !isThere) return []
    return [
      {
        group,
        label: elements.text(tag(0x1500)) || elements.text(tag(0x0022)),
        type: elements.code(tag(0x0040)) === 'R' ? 'roi' : 'graphics',
        rows,
        columns,
        origin: [row - 1, column - 1],
        frames: count === null ? null : { first, count },
        packed: data && isSwapped ? swappedPairs(data) : data,
        bitPosition: elements.number(tag(0x0102), 'US') ?? 0,
      },
    ]
  })
}

/** The bits of one frame of a packed overlay, [rows × columns], 0 and 1. */
export function unpackOverlay({ packed, rows, columns }: OverlayPlane, frame: number): Uint8Array {
  const bits = new Uint8Array(rows * columns)
  const start = frame * bits.length
  for (let i = 0; i < bits.length; i++) bits[i] = ((packed?.[(start + i) >> 3] ?? 0) >> ((start + i) & 7)) & 1
  return bits
}

/** Bits of an overlay where they lie on an image of another size, [height × width]; what lies beside it is left out. */
export function overlayOnImage(plane: OverlayPlane, bits: Uint8Array, height: number, width: number): Uint8Array {
  const { rows, columns, origin } = plane
  const [top, left] = origin
  if (rows === height && columns === width && top === 0 && left === 0) return bits
  const out = new Uint8Array(height * width)
  for (let row = Math.max(0, -top); row < rows && row + top < height; row++)
    for (let column = Math.max(0, -left); column < columns && column + left < width; column++)
      out[(row + top) * width + column + left] = bits[row * columns + column] ?? 0
  return out
}

/** An overlay on one frame of a file. */
export interface FrameOverlay {
  readonly plane: OverlayPlane
  /** [height × width] of the image, 0 and 1. */
  readonly bits: Uint8Array
}

/**
 * Reads the overlays on some frames of a file.
 * @param frames  indices in the file, from 0
 * @returns for each of them its overlays, and what could not be shown (reader notes)
 * @throws `dicom/*`, `formats/*`
 */
export async function readFrameOverlays(
  image: DicomImage,
  frames: readonly number[],
): Promise<{ readonly overlays: readonly (readonly FrameOverlay[])[]; readonly warnings: readonly string[] }> {
  const { path, format, pixels, syntax } = image
  const file = await openFileSource(path)
  try {
    const planes = readOverlayPlanes(await readHeader(file))
    const embedded = planes.filter(({ packed }) => packed === null)
    // Compressed pixels do not keep bits that do not count.
    const isReadable = pixels.length !== null && [8, 16].includes(format.bitsAllocated) && format.samples === 1
    const source = embedded.length > 0 && isReadable && syntax.isDeflated ? await inflateSource(file) : file
    const frameBytes = nativeFrameBytes(format)
    const embeddedBits = async (plane: OverlayPlane, frame: number): Promise<Uint8Array | null> => {
      const isSame = plane.rows === format.rows && plane.columns === format.columns
      if (!isReadable || !isSame || plane.bitPosition >= format.bitsAllocated) return null
      const bytes = await source.read(pixels.offset + frame * frameBytes, frameBytes)
      return bitOfPixels(bytes, format.bitsAllocated, plane.bitPosition, syntax.isBigEndian && pixels.isInWords)
    }
    const warnings = new Set<string>()
    const overlays: FrameOverlay[][] = []
    for (const frame of frames) {
      const here: FrameOverlay[] = []
      for (const plane of planes) {
        const at = plane.frames ? frame - plane.frames.first : 0
        if (at < 0 || at >= (plane.frames?.count ?? 1)) continue
        const bits = plane.packed ? unpackOverlay(plane, at) : await embeddedBits(plane, frame)
        if (bits) here.push({ plane, bits: overlayOnImage(plane, bits, format.rows, format.columns) })
        else warnings.add(readerNote('dicom/overlay-lost'))
      }
      overlays.push(here)
    }
    return { overlays, warnings: [...warnings] }
  } finally {
    await file.close()
  }
}

/** One bit of each stored number. */
function bitOfPixels(bytes: Uint8Array, bitsAllocated: number, position: number, isBigEndian: boolean): Uint8Array {
  const size = bitsAllocated / 8
  const out = new Uint8Array(Math.floor(bytes.length / size))
  const byte = Math.floor(position / 8)
  // Eight-bit numbers in big-endian words are swapped in pairs.
  const inWord = size === 2 ? (isBigEndian ? 1 - byte : byte) : 0
  for (let i = 0; i < out.length; i++) {
    const at = size === 2 ? 2 * i + inWord : isBigEndian ? i ^ 1 : i
    out[i] = ((bytes[at] ?? 0) >> (position % 8)) & 1
  }
  return out
}

function swappedPairs(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (_, i) => bytes[i ^ 1] ?? 0)
}
