import type { StoredPlace } from '../sequence-reader.ts'
import { nativeFrameBytes } from './describe-image.ts'
import { isColour } from './describe-series.ts'
import type { SeriesFrame } from './group-series.ts'
import { bitsThatCount, isStoredPlain } from './physical-values.ts'

/** Where the numbers of a frame lie in its file; null where they are compressed, swapped, no whole numbers, or colours. */
export function storedPlace({ image, frame }: SeriesFrame): StoredPlace | null {
  const { path, stamp, syntax, format, pixels } = image
  const { bitsAllocated, isSigned, samples } = format
  const isPlain =
    !syntax.isDeflated &&
    !(syntax.isBigEndian && (bitsAllocated > 8 || pixels.isInWords)) &&
    pixels.length !== null &&
    (bitsAllocated === 8 || bitsAllocated === 16) &&
    samples === 1 &&
    !isColour(image) &&
    isStoredPlain(image, frame)
  if (!stamp || !isPlain) return null
  return {
    path,
    ...stamp,
    offset: pixels.offset + frame.index * nativeFrameBytes(format),
    type: `${isSigned ? 'int' : 'uint'}${bitsAllocated}`,
    bits: bitsThatCount(format),
    rule: { slope: frame.slope, intercept: frame.intercept, padding: image.padding },
  }
}
