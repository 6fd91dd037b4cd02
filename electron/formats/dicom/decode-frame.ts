import { AppError, toAppError } from '../../../shared/base/app-error.ts'
import { jpeg2000Header, jpegHeader, type CodestreamHeader } from './codestream.ts'
import type { DicomImage, PixelFormat } from './image.ts'
import { decodeExtendedJpeg } from './jpeg-extended.ts'
import { decodeRunLengths } from './run-length.ts'
import { bitsOf, samplesOf, type Samples, type StoredFrame } from './stored-frame.ts'
import { unsupportedSyntax } from './transfer-syntax.ts'
import { WasmCodecs, type DecodedSamples } from './wasm-codecs.ts'

/**
 * Decodes compressed frames. What a stream says of its size is compared with the file's header before anything is decoded,
 * and what a decoder returns afterwards: some return an older image, or nothing, without a word.
 */
export class FrameDecoder {
  private readonly codecs = new WasmCodecs()

  /** @throws `dicom/unsupported` for an encoding that cannot be read, `dicom/damaged` */
  async decode(bytes: Buffer, image: DicomImage): Promise<StoredFrame> {
    const { format, syntax } = image
    try {
      switch (syntax.encoding) {
        case 'rle':
          return runLengthFrame(bytes, format)
        case 'jpeg':
        case 'jpeg-extended':
        case 'jpeg-lossless':
        case 'jpeg-ls':
          return await this.jpegFrame(bytes, format)
        case 'jpeg-2000':
        case 'htj2k': {
          const header = checked(jpeg2000Header(bytes), format)
          if (header.isSubsampled) throw new Error('its colours have a lower resolution, which cannot be read')
          const decoded = await this.codecs.decode(syntax.encoding, bytes)
          return asStored(decoded, header, format, format.photometric)
        }
        case 'native':
          return samplesOf(bytes, format, format.rows, false)
        case 'other':
          throw unsupportedSyntax(image.path, syntax)
        default:
          return syntax.encoding satisfies never
      }
    } catch (error) {
      if (error instanceof AppError) throw error
      const { message } = toAppError(error)
      throw new AppError(
        'dicom/damaged',
        `A frame of "${image.path}" (${syntax.name}) cannot be decoded: ${message}.`,
        { path: image.path, transferSyntax: syntax.uid },
        { cause: error },
      )
    }
  }

  /** By what the stream is, for files whose transfer syntax says another process of the family are common. */
  private async jpegFrame(bytes: Buffer, format: PixelFormat): Promise<StoredFrame> {
    const header = checked(jpegHeader(bytes), format)
    const { process, bits, components } = header
    if (process === 0xf7)
      return asStored(await this.codecs.decode('jpeg-ls', bytes), header, format, format.photometric)
    if (process === 0xc3)
      return asStored(await this.codecs.decode('jpeg-lossless', bytes), header, format, format.photometric)
    if (process !== 0xc0 && process !== 0xc1 && process !== 0xc2)
      throw new Error(`it is of a JPEG process that is not known (marker ff${process?.toString(16)})`)
    if (bits === 12) {
      if (process === 0xc2) throw new Error('progressive JPEG of 12 bits cannot be read')
      return asStored(decodeExtendedJpeg(bytes), header, format, format.photometric)
    }
    // Without a marker the decoder takes three components for YCbCr, which these are not; PS3.5 8.2.1.
    const isPlainRgb =
      format.photometric === 'RGB' && !header.hasAdobeMarker && !header.hasJfifMarker && !header.isSubsampled
    const decoded = await this.codecs.decode('jpeg', isPlainRgb ? withAdobeMarker(bytes) : bytes)
    // The decoder turns YCbCr into RGB.
    return asStored(decoded, header, format, components === 3 ? 'RGB' : format.photometric)
  }
}

function checked(header: CodestreamHeader | null, { rows, columns, samples }: PixelFormat): CodestreamHeader {
  if (!header) throw new Error('its header is missing or damaged')
  const { height, width, components } = header
  if (height !== rows || width !== columns || components !== samples)
    throw new Error(
      `it says ${width} x ${height} pixels of ${components} samples, but the file ${columns} x ${rows} of ${samples}`,
    )
  return header
}

/** An APP14 segment that says "no colour transform", directly after SOI. */
function withAdobeMarker(bytes: Buffer): Buffer {
  const marker = Buffer.from([0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0])
  return Buffer.concat([bytes.subarray(0, 2), marker, bytes.subarray(2)])
}

/** Samples of the type that the file's header states, with the sign where it states one. */
function asStored(
  decoded: DecodedSamples,
  header: CodestreamHeader,
  format: PixelFormat,
  photometric: string,
): StoredFrame {
  const { samples, isSigned, height, width, components, bits } = decoded
  const { rows, columns } = format
  if (
    height !== rows ||
    width !== columns ||
    components !== format.samples ||
    samples.length !== rows * columns * components
  )
    throw new Error(`the decoder returned ${width} x ${height} pixels of ${components} samples`)
  if (bits > format.bitsAllocated || header.bits > format.bitsAllocated)
    throw new Error(`it has samples of ${bits} bits, but the file says ${format.bitsAllocated}`)
  const kind =
    format.bitsAllocated <= 8 ? (format.isSigned ? Int8Array : Uint8Array) : format.isSigned ? Int16Array : Uint16Array
  const values: Samples = new kind(samples.length)
  // Unsigned numbers of fewer bits than are allocated carry the sign in their own highest bit.
  const shift = format.isSigned && !isSigned ? 32 - header.bits : 0
  if (shift === 0) values.set(samples)
  else for (let i = 0; i < values.length; i++) values[i] = ((samples[i] ?? 0) << shift) >> shift
  return { samples: values, rows, isPlanar: decoded.isPlanar, photometric }
}

function runLengthFrame(bytes: Buffer, format: PixelFormat): StoredFrame {
  const { rows, columns, samples, bitsAllocated, isSigned, photometric } = format
  const area = rows * columns
  if (bitsAllocated === 1) {
    const packed = decodeRunLengths(bytes, 1, Math.ceil(area / 8))?.[0]
    if (!packed) throw new Error('its run lengths are damaged')
    return { samples: bitsOf(Buffer.from(packed), 0, area), rows, isPlanar: false, photometric }
  }
  const size = bitsAllocated / 8
  const planes = decodeRunLengths(bytes, samples * size, area)
  if (!planes) throw new Error('its run lengths are damaged')
  const kind = kindOf(bitsAllocated, isSigned)
  const values = new kind(area * samples)
  for (let sample = 0; sample < samples; sample++)
    for (let byte = 0; byte < size; byte++) {
      const plane = planes[sample * size + byte] ?? new Uint8Array(area)
      const shift = 8 * (size - 1 - byte)
      for (let i = 0; i < area; i++)
        values[sample * area + i] = (values[sample * area + i] ?? 0) | ((plane[i] ?? 0) << shift)
    }
  return { samples: values, rows, isPlanar: true, photometric }
}

function kindOf(bits: number, isSigned: boolean): new (length: number) => Samples {
  if (bits === 8) return isSigned ? Int8Array : Uint8Array
  if (bits === 16) return isSigned ? Int16Array : Uint16Array
  return isSigned ? Int32Array : Uint32Array
}
