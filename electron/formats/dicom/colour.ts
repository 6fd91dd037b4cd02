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
      return fromYcbcr([first, second, third], fullRange)
    case 'YBR_PARTIAL_422':
    case 'YBR_PARTIAL_420':
      return fromYcbcr([first, second, third], partialRange)
    default:
      throw new AppError(
        'dicom/unsupported',
        `"${image.path}" has colours of the model "${photometric}", which is not known.`,
        { path: image.path, photometric },
      )
  }
}

function scaled(values: Samples, full: number): Float32Array {
  const out = new Float32Array(values.length)
  out.set(values)
  if (full !== 255) for (let i = 0; i < out.length; i++) out[i] = ((values[i] ?? 0) * 255) / full
  return out
}

function throughTable(values: Samples, table: LookupTable): Float32Array {
  // Entries of 16 bits fill their range, so that the upper 8 are the colour; entries of 8 may come in words.
  const isWide = table.bits > 8 && table.values.some((value) => value > 255)
  const shift = isWide ? 8 : 0
  const out = new Float32Array(values.length)
  for (let i = 0; i < out.length; i++) out[i] = lookUp(table, values[i] ?? 0) >> shift
  return out
}

/** Weights of Cb and Cr for red, green and blue; PS3.3 C.7.6.3.1.2. */
const fullRange = { scale: 1, black: 0, blue: [0, -0.344136, 1.772], red: [1.402, -0.714136, 0] } as const
const partialRange = { scale: 1.1644, black: 16, blue: [0, -0.3917, 2.0173], red: [1.596, -0.8129, 0] } as const

function fromYcbcr(
  [y, cb, cr]: readonly [Float32Array, Float32Array, Float32Array],
  { scale, black, blue, red }: typeof fullRange | typeof partialRange,
): Float32Array[] {
  return [0, 1, 2].map((channel) => {
    const [b, r] = [blue[channel] ?? 0, red[channel] ?? 0]
    const out = new Float32Array(y.length)
    for (let i = 0; i < out.length; i++)
      out[i] = clamp(scale * ((y[i] ?? 0) - black) + b * ((cb[i] ?? 0) - 128) + r * ((cr[i] ?? 0) - 128))
    return out
  })
}

const clamp = (value: number): number => Math.min(255, Math.max(0, Math.round(value)))
