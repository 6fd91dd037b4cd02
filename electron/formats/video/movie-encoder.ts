import type { CodecContext, FilterContext, FilterGraph, FormatContext, Frame, Packet, Stream } from 'node-av/lib'
import { AppError } from '../../../shared/base/app-error.ts'
import { toWriteError } from '../atomic-file.ts'
import type { NodeAv } from './node-av-library.ts'

/** What a movie is made of. */
export interface MovieShape {
  readonly format: 'mp4' | 'gif'
  readonly height: number
  readonly width: number
  readonly frameRate: number
}

/** Ticks per second of a GIF. */
const gifClock = 100
/** H.264 quality: differences are hardly seen, at about a tenth of the size of the pictures. */
const quality = '18'

/** Encodes pictures into one file that is being written. Synchronous; each call takes as long as one picture. */
export class MovieEncoder {
  private readonly av: NodeAv
  private readonly shape: MovieShape
  private readonly path: string
  private readonly output: FormatContext
  private readonly codec: CodecContext
  private readonly stream: Stream
  private readonly packet: Packet
  private readonly colours: ColourConversion
  private added = 0
  private isClosed = false

  /** @throws `video/no-encoder`, `store/not-writable`, `store/no-space`, `store/write-failed` */
  constructor(av: NodeAv, path: string, shape: MovieShape) {
    this.av = av
    this.path = path
    this.shape = shape
    this.output = new av.FormatContext()
    this.check(this.output.allocOutputContext2(null, shape.format, `file:${path}`))
    this.codec = openEncoder(av, shape, this.output)
    this.stream = this.output.newStream(null)
    this.stream.timeBase = this.codec.timeBase
    this.check(this.stream.codecpar.fromContext(this.codec))
    this.check(this.output.openOutputSync())
    // The table of frames goes to the front, so that a movie plays while it is still loading.
    if (shape.format === 'mp4') setPrivate(av, this.output, { movflags: '+faststart' })
    this.check(this.output.writeHeaderSync(null))
    this.packet = new av.Packet()
    this.packet.alloc()
    this.colours = shape.format === 'gif' ? new PaletteConversion(av, shape) : new YuvConversion(av, shape)
  }

  /** @param pixels RGBA [height, width, 4]; opacity is ignored */
  add(pixels: Uint8Array): void {
    const { av, shape } = this
    const source = av.Frame.fromVideoBuffer(Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength), {
      width: shape.width,
      height: shape.height,
      format: av.AV_PIX_FMT_RGBA,
      timeBase: this.codec.timeBase,
    })
    source.pts = this.stampOf(this.added)
    source.colorRange = av.AVCOL_RANGE_JPEG
    try {
      const frame = this.colours.convert(source)
      frame.pts = this.stampOf(this.added)
      // Without it the last picture has no length, and an MP4 is cut off before it.
      frame.duration = this.stampOf(this.added + 1) - frame.pts
      this.encode(frame)
      this.added++
    } finally {
      source.free()
    }
  }

  /** Writes what the encoder still holds, and the end of the file. */
  finish(): void {
    this.encode(null)
    this.check(this.output.writeTrailerSync())
  }

  /** Lets go of everything; safe to call more than once. */
  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.colours.close()
    this.packet.free()
    this.codec.freeContext()
    // Not freed as well: that is done with the object, and doing both ends the process.
    this.output.closeOutputSync()
  }

  private stampOf(frame: number): bigint {
    const { format, frameRate } = this.shape
    return BigInt(format === 'gif' ? Math.round((frame * gifClock) / frameRate) : frame)
  }

  private encode(frame: Frame | null): void {
    const { codec, packet, av } = this
    this.check(codec.sendFrameSync(frame))
    for (;;) {
      const received = codec.receivePacketSync(packet)
      if (received === av.AVERROR_EAGAIN || received === av.AVERROR_EOF) return
      this.check(received)
      packet.streamIndex = this.stream.index
      if (packet.duration <= 0n) packet.duration = this.stampOf(1)
      packet.rescaleTs(codec.timeBase, this.stream.timeBase)
      this.check(this.output.interleavedWriteFrameSync(packet))
      packet.unref()
    }
  }

  private check(code: number): void {
    if (code >= 0) return
    const { av, path } = this
    if (code === av.AVERROR_ENOSPC) throw toWriteError(Object.assign(new Error('full'), { code: 'ENOSPC' }), path)
    if (code === av.AVERROR_EACCES || code === av.AVERROR_EPERM)
      throw toWriteError(Object.assign(new Error('refused'), { code: 'EACCES' }), path)
    if (code === av.AVERROR_ENOENT) throw toWriteError(Object.assign(new Error('missing'), { code: 'ENOENT' }), path)
    throw new AppError('store/write-failed', `The movie could not be written: ${av.FFmpegError.strerror(code)}.`)
  }
}

function openEncoder(
  av: NodeAv,
  { format, height, width, frameRate }: MovieShape,
  output: FormatContext,
): CodecContext {
  const encoder =
    format === 'gif'
      ? av.Codec.findEncoderByName(av.FF_ENCODER_GIF)
      : (av.Codec.findEncoderByName(av.FF_ENCODER_LIBX264) ?? av.Codec.findEncoder(av.AV_CODEC_ID_H264))
  const missing = new AppError('video/no-encoder', `There is no ${format === 'gif' ? 'GIF' : 'H.264'} encoder here.`)
  if (!encoder) throw missing
  const codec = new av.CodecContext()
  codec.allocContext3(encoder)
  codec.height = evenFor(format, height)
  codec.width = evenFor(format, width)
  codec.threadCount = 2
  if (format === 'gif') {
    codec.pixelFormat = av.AV_PIX_FMT_PAL8
    codec.timeBase = new av.Rational(1, gifClock)
  } else {
    codec.pixelFormat = av.AV_PIX_FMT_YUV420P
    codec.timeBase = new av.Rational(1000, Math.round(frameRate * 1000))
    codec.framerate = new av.Rational(Math.round(frameRate * 1000), 1000)
    codec.colorSpace = av.AVCOL_SPC_BT709
    codec.colorRange = av.AVCOL_RANGE_MPEG
    codec.colorPrimaries = av.AVCOL_PRI_BT709
    codec.colorTrc = av.AVCOL_TRC_BT709
    // A key frame each two seconds at most, so that players can go anywhere quickly.
    codec.gopSize = Math.max(1, Math.round(frameRate * 2))
  }
  if (output.oformat && (output.oformat.flags & av.AVFMT_GLOBALHEADER) !== 0)
    codec.setFlags(av.AV_CODEC_FLAG_GLOBAL_HEADER)
  if (format === 'mp4') setPrivate(av, codec, { crf: quality, preset: 'fast' })
  const opened = codec.open2Sync(encoder, null)
  if (opened >= 0) return codec
  codec.freeContext()
  throw missing
}

/** Not by a dictionary given to the call that opens: node-av 6.1.1 frees it twice, which ends the process. */
function setPrivate(av: NodeAv, target: CodecContext | FormatContext, options: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(options))
    target.setOption(name, value, av.AV_OPT_TYPE_STRING, av.AV_OPT_SEARCH_CHILDREN)
}

/** H.264 wants even sizes; the last row or column is doubled. */
export function evenFor(format: MovieShape['format'], size: number): number {
  return format === 'gif' ? size : size + (size % 2)
}

interface ColourConversion {
  /** The frame is reused by the next call. */
  convert(source: Frame): Frame
  close(): void
}

/** RGBA to YUV 4:2:0 by BT.709, limited range: what players assume. */
class YuvConversion implements ColourConversion {
  private readonly av: NodeAv
  private readonly shape: MovieShape
  private readonly scaler
  private readonly target: Frame

  constructor(av: NodeAv, shape: MovieShape) {
    this.av = av
    this.shape = shape
    this.scaler = new av.SoftwareScaleContext()
    this.scaler.allocContext()
    this.target = new av.Frame()
    this.target.alloc()
    this.target.width = evenFor(shape.format, shape.width)
    this.target.height = evenFor(shape.format, shape.height)
    this.target.format = av.AV_PIX_FMT_YUV420P
    this.target.colorSpace = av.AVCOL_SPC_BT709
    this.target.colorRange = av.AVCOL_RANGE_MPEG
    this.target.getBuffer(0)
  }

  convert(source: Frame): Frame {
    this.target.makeWritable()
    const padded = this.padded(source)
    const result = this.scaler.scaleFrameSync(this.target, padded)
    if (padded !== source) padded.free()
    if (result < 0) throw new AppError('store/write-failed', 'A picture could not be turned into video colours.')
    return this.target
  }

  close(): void {
    this.target.free()
    this.scaler.freeContext()
  }

  private padded(source: Frame): Frame {
    const { height, width } = this.shape
    const [rows, columns] = [this.target.height, this.target.width]
    const plane = source.data?.[0]
    if ((rows === height && columns === width) || !plane) return source
    const stride = source.linesize[0] ?? 0
    const pixels = Buffer.alloc(rows * columns * 4)
    for (let row = 0; row < rows; row++) {
      const from = Math.min(row, height - 1) * stride
      const to = row * columns * 4
      plane.copy(pixels, to, from, from + width * 4)
      if (columns > width) plane.copy(pixels, to + width * 4, from + (width - 1) * 4, from + width * 4)
    }
    const padded = this.av.Frame.fromVideoBuffer(pixels, {
      width: columns,
      height: rows,
      format: this.av.AV_PIX_FMT_RGBA,
      timeBase: source.timeBase,
    })
    padded.colorRange = source.colorRange
    return padded
  }
}

/** RGBA to 256 colours chosen for each picture, with ordered dithering (it does not crawl from picture to picture). */
class PaletteConversion implements ColourConversion {
  private readonly graph: FilterGraph
  private readonly source: FilterContext
  private readonly sink: FilterContext
  private readonly target: Frame

  constructor(av: NodeAv, { height, width }: MovieShape) {
    this.graph = new av.FilterGraph()
    this.graph.alloc()
    const size = `video_size=${width}x${height}:pix_fmt=rgba:time_base=1/${gifClock}:pixel_aspect=1/1:range=pc`
    const chain =
      `buffer@in=${size},split[all][look];` +
      '[look]palettegen=stats_mode=single:reserve_transparent=0[colours];' +
      '[all][colours]paletteuse=new=1:dither=bayer:bayer_scale=4,buffersink@out'
    const parsed = this.graph.parse2(chain)
    const configured = parsed < 0 ? parsed : this.graph.configSync()
    const filters = this.graph.filters ?? []
    const source = filters.find((filter) => filter.isSource())
    const sink = filters.find((filter) => filter.isSink())
    if (configured < 0 || !source || !sink)
      throw new AppError('video/no-encoder', 'GIF colours cannot be chosen: the palette filters are missing.')
    this.source = source
    this.sink = sink
    this.target = new av.Frame()
    this.target.alloc()
  }

  convert(source: Frame): Frame {
    this.target.unref()
    const added = this.source.buffersrcAddFrameSync(source)
    const got = added < 0 ? added : this.sink.buffersinkGetFrameSync(this.target)
    if (got < 0) throw new AppError('store/write-failed', 'The colours of a picture could not be reduced to 256.')
    return this.target
  }

  close(): void {
    this.target.free()
    this.graph.free()
  }
}
