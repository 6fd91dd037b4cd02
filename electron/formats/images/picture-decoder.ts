import type { Frame } from 'node-av/lib'
import { AppError, toAppError } from '../../../shared/base/app-error.ts'
import { WasmCodecs } from '../dicom/wasm-codecs.ts'
import { loadNodeAv, type NodeAv } from '../video/node-av-library.ts'
import { anymapHeader, anymapValues } from './anymap.ts'
import { pixelLayouts } from './pixel-layouts.ts'
import { pictureHeadBytes, type PictureHeader } from './picture-header.ts'

/** A decoded picture. */
export interface Picture {
  /** [row, column, band], as many bands as the header names. */
  readonly values: Uint8Array | Uint16Array
  readonly header: PictureHeader
}

/** Decodes pictures: JPEG with libjpeg-turbo, PGM and PPM by itself, the others with the FFmpeg libraries. */
export class PictureDecoder {
  private readonly codecs = new WasmCodecs()
  private library: Promise<NodeAv | null> | null = null

  /** @throws `images/damaged`, `images/no-decoder` */
  async decode(bytes: Buffer, header: PictureHeader, path: string): Promise<Picture> {
    try {
      const values = await this.valuesOf(bytes, header)
      const expected = header.width * header.height * header.bands.length
      if (values?.length !== expected) throw new Error('it ends too early or is not of the size that its header says')
      return { values, header }
    } catch (error) {
      if (error instanceof AppError) throw error
      throw new AppError(
        'images/damaged',
        `The picture "${path}" cannot be decoded: ${toAppError(error).message}.`,
        { path },
        { cause: error },
      )
    }
  }

  private async valuesOf(bytes: Buffer, header: PictureHeader): Promise<Picture['values'] | null> {
    if (header.format === 'jpeg') {
      const { samples } = await this.codecs.decode('jpeg', bytes)
      return samples instanceof Uint8Array ? samples : null
    }
    if (header.format === 'anymap') {
      const full = anymapHeader(bytes.subarray(0, pictureHeadBytes))
      return full ? anymapValues(bytes, full) : null
    }
    this.library ??= loadNodeAv()
    const av = await this.library
    if (!av)
      throw new AppError(
        'images/no-decoder',
        `${header.format.toUpperCase()} pictures need the FFmpeg libraries (package node-av), which are not there for this system.`,
      )
    return decodeWithFfmpeg(av, bytes, header)
  }
}

function decodeWithFfmpeg(av: NodeAv, bytes: Buffer, header: PictureHeader): Picture['values'] | null {
  const { format } = header
  const id = { png: av.AV_CODEC_ID_PNG, bmp: av.AV_CODEC_ID_BMP, webp: av.AV_CODEC_ID_WEBP }[format as 'png']
  const codec = av.Codec.findDecoder(id)
  if (!codec) throw new Error(`there is no decoder for ${format}`)
  const context = new av.CodecContext()
  const packet = new av.Packet()
  const frame = new av.Frame()
  try {
    context.allocContext3(codec)
    context.threadCount = 1
    packet.alloc()
    packet.data = bytes
    frame.alloc()
    const isReady = context.open2Sync(codec, null) >= 0 && context.sendPacketSync(packet) >= 0
    if (isReady) context.sendPacketSync(null)
    if (!isReady || context.receiveFrameSync(frame) < 0) throw new Error('its data are damaged')
    if (frame.width !== header.width || frame.height !== header.height) return null
    return frameValues(av, frame, header)
  } finally {
    frame.free()
    packet.free()
    context.freeContext()
  }
}

function frameValues(av: NodeAv, frame: Frame, header: PictureHeader): Picture['values'] | null {
  const name = av.avGetPixFmtName(frame.format as never) ?? ''
  const layout = pixelLayouts[name]
  if (layout) {
    const [plane] = frame.data ?? []
    return plane ? layout({ plane, stride: frame.linesize[0] ?? 0, header }) : null
  }
  const hasAlpha = header.bands.includes('alpha')
  const scaled = new av.Frame()
  const scaler = new av.SoftwareScaleContext()
  try {
    scaled.alloc()
    scaled.width = frame.width
    scaled.height = frame.height
    scaled.format = hasAlpha ? av.AV_PIX_FMT_RGBA : av.AV_PIX_FMT_RGB24
    scaled.colorRange = av.AVCOL_RANGE_JPEG
    scaler.allocContext()
    if (scaled.getBuffer(0) < 0 || scaler.scaleFrameSync(scaled, frame) < 0) return null
    const [plane] = scaled.data ?? []
    const copy = pixelLayouts[hasAlpha ? 'rgba' : 'rgb24']
    return plane && copy ? copy({ plane, stride: scaled.linesize[0] ?? 0, header }) : null
  } finally {
    scaled.free()
    scaler.freeContext()
  }
}
