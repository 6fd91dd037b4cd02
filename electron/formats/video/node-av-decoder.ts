import { resolve } from 'node:path'
import type { CodecContext, FormatContext, Frame, Packet, Stream } from 'node-av/lib'
import type { PacketNote } from './frame-index.ts'
import type { NodeAv } from './node-av-library.ts'
import { videoError } from './video-errors.ts'

/** Containers that may be opened: files that stand alone, nothing that names other files (playlists, concat lists). */
const containers =
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,mpeg,mpegts,mpegvideo,h264,hevc,m4v,ogg,flv,asf,ivf,apng,webp_anim,nut,mxf,dv,wtv,rm,y4m,yuv4mpegpipe'
const mostThreads = 4

/**
 * The picture track of one file, decoded in order. Synchronous: every call is short (one packet, one frame), and the caller
 * lets other work go on between them.
 */
export class NodeAvDecoder {
  readonly path: string
  readonly stream: Stream
  private readonly av: NodeAv
  private readonly input: FormatContext
  private readonly codec: CodecContext
  private readonly packet: Packet
  private readonly frame: Frame
  private isAtEnd = false
  private isClosed = false

  private constructor(av: NodeAv, path: string, input: FormatContext, stream: Stream, codec: CodecContext) {
    this.av = av
    this.path = path
    this.input = input
    this.stream = stream
    this.codec = codec
    this.packet = new av.Packet()
    this.packet.alloc()
    this.frame = new av.Frame()
    this.frame.alloc()
  }

  /** @throws `video/unreadable`, `video/no-video-stream`, `video/unknown-codec`, `video/encrypted` */
  static open(av: NodeAv, path: string, threads: number): NodeAvDecoder {
    const input = new av.FormatContext()
    try {
      input.allocContext()
      input.setOption('protocol_whitelist', 'file')
      input.setOption('format_whitelist', containers)
      const opened = input.openInputSync(`file:${resolve(path)}`, null, null)
      if (opened < 0) throw videoError('video/unreadable', path, `cannot be read as a video (${reason(av, opened)})`)
      const looked = input.findStreamInfoSync(null)
      if (looked < 0) throw videoError('video/unreadable', path, `cannot be read as a video (${reason(av, looked)})`)
      const stream = pictureTrack(av, path, input)
      const codec = openCodec(av, path, stream, threads)
      return new NodeAvDecoder(av, path, input, stream, codec)
    } catch (error) {
      input.closeInputSync()
      throw error
    }
  }

  /** Notes of the next packet of the track, without decoding; null at the end. */
  nextPacket(): PacketNote | null {
    const { packet } = this
    while (this.input.readFrameSync(packet) >= 0) {
      const isOurs = packet.streamIndex === this.stream.index && (packet.flags & this.av.AV_PKT_FLAG_DISCARD) === 0
      const note = isOurs ? { pts: this.numberOf(packet.pts), isKey: packet.isKeyframe } : null
      packet.unref()
      if (note) return note
    }
    return null
  }

  /**
   * The next frame in the order in which frames are shown; null at the end. It is reused by the next call: clone it to keep it.
   * Packets that cannot be decoded are passed over, as players do.
   */
  next(): Frame | null {
    for (;;) {
      const received = this.codec.receiveFrameSync(this.frame)
      if (received >= 0) return this.frame
      if (received !== this.av.AVERROR_EAGAIN || this.isAtEnd) return null
      this.feed()
    }
  }

  /** Time stamp of a frame in units of the track; null when it has none. */
  stampOf(frame: Frame): number | null {
    return this.numberOf(frame.bestEffortTimestamp)
  }

  /** Goes to the last place at or before a time stamp where decoding can begin; false where the container cannot. */
  seek(stamp: number): boolean {
    const { av, input, stream } = this
    const result = input.seekFrameSync(stream.index, BigInt(Math.round(stamp)), av.AVSEEK_FLAG_BACKWARD)
    this.codec.flushBuffers()
    this.isAtEnd = false
    return result >= 0
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.frame.free()
    this.packet.free()
    this.codec.freeContext()
    this.input.closeInputSync()
  }

  private feed(): void {
    const { packet, codec } = this
    while (this.input.readFrameSync(packet) >= 0) {
      const isOurs = packet.streamIndex === this.stream.index
      if (isOurs) codec.sendPacketSync(packet)
      packet.unref()
      if (isOurs) return
    }
    this.isAtEnd = true
    codec.sendPacketSync(null)
    // From here on the decoder gives what it still holds.
  }

  private numberOf(stamp: bigint): number | null {
    return stamp === this.av.AV_NOPTS_VALUE ? null : Number(stamp)
  }
}

function pictureTrack(av: NodeAv, path: string, input: FormatContext): Stream {
  const index = input.findBestStream(av.AVMEDIA_TYPE_VIDEO, -1, -1)
  const stream = input.streams[index]
  if (index >= 0 && stream && (stream.disposition & av.AV_DISPOSITION_ATTACHED_PIC) === 0) return stream
  const hasSound = input.streams.some(({ codecpar }) => codecpar.codecType === av.AVMEDIA_TYPE_AUDIO)
  throw videoError(
    'video/no-video-stream',
    path,
    hasSound ? 'holds sound but no moving pictures' : 'holds no picture track; it is probably cut off',
  )
}

function openCodec(av: NodeAv, path: string, stream: Stream, threads: number): CodecContext {
  const { codecpar } = stream
  const tag = codecpar.codecTagString ?? ''
  if (tag.startsWith('enc'))
    throw videoError('video/encrypted', path, 'is encrypted (DRM), so its pictures cannot be read')
  const decoder = av.Codec.findDecoder(codecpar.codecId)
  const name = av.avGetCodecName(codecpar.codecId) ?? tag
  if (!decoder)
    throw videoError(
      'video/unknown-codec',
      path,
      `is compressed in a way that is not supported (${name}); convert it to H.264 first`,
      { codec: name },
    )
  const codec = new av.CodecContext()
  codec.allocContext3(decoder)
  codec.parametersToContext(codecpar)
  codec.pktTimebase = stream.timeBase
  codec.threadCount = Math.max(1, Math.min(mostThreads, threads))
  const opened = codec.open2Sync(decoder, null)
  if (opened >= 0) return codec
  codec.freeContext()
  throw videoError('video/unreadable', path, `cannot be decoded (${name}: ${reason(av, opened)})`, { codec: name })
}

function reason(av: NodeAv, code: number): string {
  return av.FFmpegError.strerror(code)
}
