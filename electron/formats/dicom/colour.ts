import { AppError } from '../../../shared/base/app-error.ts'
import type { DicomImage } from './image.ts'
import { lookUp, type LookupTable } from './lookup-table.ts'
import type { Samples } from './stored-frame.ts'

/**
 * Red, green and blue from 0 to 255.
 * @param values      [sample, pixel], or [pixel] for a palette
 * @param area        number of pixels
 * @param photometric colour model of the values; PS3.3 C.7.6.3.1.2
 * @throws `dicom/unsupported` for a colour model that is not known
 */
export function colourPlanes(values: Samples, area: number, photometric: string, image: DicomImage): Float32Array[] {
  if (image.palette) return image.palette.map((table) => throughTable(values, table))
  const full = 2 ** image.format.bitsStored - 1
  const [first, second, third] = [0, 1, 2].map((sample) =>
    scaled(values.subarray(sample * area, (sample + 1) * area), full),
  )
  if (!first || !second || !third) return []
  switch (photometric) {
    case 'RGB':
    case 'YBR_RCT':
    case 'YBR_ICT':
      // The decoder of JPEG 2000 undoes the transforms that belong to it.
      return [first, second, third]
    case 'YBR_FULL':
    case 'YBR_FULL_422':
      return fromFullRange(first, second, third)
    case 'YBR_PARTIAL_422':
    case 'YBR_PARTIAL_420':
      return fromPartialRange(first, second, third)
    default:
      throw new AppError(
        'dicom/unsupported',
        `"${image.path}" has colours of the model "${photometric}", which is not known.`,
        { path: image.path, photometric },
      )
  }
}

function scaled(values: Samples, full: number): Float32Array {
  if (full === 255) return Float32Array.from(values)
  return Float32Array.from(values, (value) => (value * 255) / full)
}

function throughTable(values: Samples, table: LookupTable): Float32Array {
  // Entries of 16 bits fill their range, so that the upper 8 are the colour; entries of 8 may come in words.
  const isWide = table.bits > 8 && table.values.some((value) => value > 255)
  const shift = isWide ? 8 : 0
  return Float32Array.from(values, (value) => lookUp(table, value) >> shift)
}

function fromFullRange(y: Float32Array, cb: Float32Array, cr: Float32Array): Float32Array[] {
  const mix = (i: number, blue: number, red: number): number =>
    clamp((y[i] ?? 0) + blue * ((cb[i] ?? 0) - 128) + red * ((cr[i] ?? 0) - 128))
  return [
    y.map((_, i) => mix(i, 0, 1.402)),
    y.map((_, i) => mix(i, -0.344136, -0.714136)),
    y.map((_, i) => mix(i, 1.772, 0)),
  ]
}

function fromPartialRange(y: Float32Array, cb: Float32Array, cr: Float32Array): Float32Array[] {
  const mix = (i: number, blue: number, red: number): number =>
    clamp(1.1644 * ((y[i] ?? 0) - 16) + blue * ((cb[i] ?? 0) - 128) + red * ((cr[i] ?? 0) - 128))
  return [
    y.map((_, i) => mix(i, 0, 1.596)),
    y.map((_, i) => mix(i, -0.3917, -0.8129)),
    y.map((_, i) => mix(i, 2.0173, 0)),
  ]
}

const clamp = (value: number): number => Math.min(255, Math.max(0, Math.round(value)))
