import type { Frame, SoftwareScaleContext } from 'node-av/lib'
import { assert } from '../../../shared/base/assert.ts'
import type { NodeAv } from './node-av-library.ts'
import { pixelFormatName } from './pixel-format.ts'
import { turnPixels } from './turn-pixels.ts'
import { bytesPerPixel, type PixelLayout, type VideoHeader } from './video-backend.ts'

/**
 * Turns decoded frames (YUV in many forms) into upright colours of a size, with the colour matrix and range that the frame
 * states (BT.601 where it states none), as the ffmpeg program does.
 */
export class PictureScaler {
  private readonly av: NodeAv
  private readonly rotation: VideoHeader['rotation']
  private readonly scaler: SoftwareScaleContext
  private target: Frame | null = null
  private targetKey = ''
  private lastFormat: { readonly format: Frame['format'] | null; readonly hasAlpha: boolean } = {
    format: null,
    hasAlpha: true,
  }

  constructor(av: NodeAv, rotation: VideoHeader['rotation']) {
    this.av = av
    this.rotation = rotation
    this.scaler = new av.SoftwareScaleContext()
    this.scaler.allocContext()
  }

  /** @returns new bytes [height, width, channels] without gaps between rows */
  scale(frame: Frame, height: number, width: number, layout: PixelLayout): Uint8Array<ArrayBuffer> {
    const isTurned = this.rotation === 90 || this.rotation === 270
    const [rows, columns] = isTurned ? [width, height] : [height, width]
    const target = this.targetOf(rows, columns, layout)
    target.makeWritable()
    // Otherwise tagged video (HDR) is mapped to other primaries through a table that takes seconds to make.
    target.colorPrimaries = frame.colorPrimaries
    target.colorTrc = frame.colorTrc
    const result = this.scaler.scaleFrameSync(target, frame)
    assert(result >= 0, 'every pixel format that decodes can be scaled')
    const plane = target.data?.[0]
    const stride = target.linesize[0] ?? 0
    assert(plane !== undefined, 'a scaled frame has a plane')
    const rowBytes = columns * bytesPerPixel[layout]
    const pixels = new Uint8Array(rows * rowBytes)
    for (let row = 0; row < rows; row++)
      pixels.set(plane.subarray(row * stride, row * stride + rowBytes), row * rowBytes)
    // Transparent parts of a GIF are shown as they are stored; nothing lies behind them.
    if (layout === 'rgba' && this.hasAlpha(frame)) for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255
    return this.rotation === 0 ? pixels : turnPixels(pixels, rows, columns, bytesPerPixel[layout], this.rotation)
  }

  private hasAlpha(frame: Frame): boolean {
    if (frame.format !== this.lastFormat.format) {
      const name = frame.isVideo() ? pixelFormatName(this.av, frame) : ''
      this.lastFormat = { format: frame.format, hasAlpha: /a|pal8/.test(name.replace(/^gray/, '')) }
    }
    return this.lastFormat.hasAlpha
  }

  close(): void {
    this.target?.free()
    this.target = null
    this.scaler.freeContext()
  }

  private targetOf(height: number, width: number, layout: PixelLayout): Frame {
    const key = `${height}x${width} ${layout}`
    if (this.target && this.targetKey === key) return this.target
    this.target?.free()
    const { av } = this
    const target = new av.Frame()
    target.alloc()
    target.width = width
    target.height = height
    target.format = { rgba: av.AV_PIX_FMT_RGBA, rgb: av.AV_PIX_FMT_RGB24, grey: av.AV_PIX_FMT_GRAY8 }[layout]
    target.colorRange = av.AVCOL_RANGE_JPEG
    // Rows must be aligned: unaligned ones come out with wrong last pixels.
    const allocated = target.getBuffer(0)
    assert(allocated >= 0, 'sizes are checked before memory is asked for')
    this.target = target
    this.targetKey = key
    return target
  }
}
