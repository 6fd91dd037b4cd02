import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { ignoreProgress } from '../../../shared/base/progress.ts'
import { indexOfDecoded, indexOfPackets, isSame, type FrameIndex, type PacketNote } from './frame-index.ts'
import { NodeAvDecoder } from './node-av-decoder.ts'
import type { NodeAv } from './node-av-library.ts'
import { NodeAvVideo } from './node-av-video.ts'
import { WorkSlices } from './serial-queue.ts'
import type { OpenVideoOptions, VideoBackend, VideoDescription, VideoFile, VideoHeader } from './video-backend.ts'
import { readHeader, secondsPerTick } from './video-header.ts'
import { videoError } from './video-errors.ts'

/** Files up to this size are read through to count their frames when they are only looked at. */
const scannedBytes = 64 * 1024 * 1024
/** Pixels that are decoded when a file is opened, to be sure of every frame (about half a second). */
const checkedPixels = 300e6
/** Pixels that are decoded to count the frames of a file whose packets do not tell, when it is only looked at. */
const countedPixels = 60e6
/** Frames at either end of a long file whose time stamps are checked. */
const checkedFrames = 24
const mostPackets = 20e6

/** Decodes with the FFmpeg libraries inside this process. */
export class NodeAvBackend implements VideoBackend {
  readonly name = 'node-av'
  private readonly av: NodeAv

  constructor(av: NodeAv) {
    this.av = av
  }

  async describe(path: string, options: OpenVideoOptions = {}): Promise<VideoDescription> {
    const decoder = NodeAvDecoder.open(this.av, path, 1)
    try {
      const header = readHeader(this.av, decoder)
      const stated = Number(decoder.stream.nbFrames)
      const guessed = Math.round((header.durationSeconds ?? 0) * (header.frameRate ?? 25))
      const { size } = await stat(path)
      if (size > scannedBytes) {
        if (stated > 0) return { ...header, frames: stated, isEstimated: false }
        return { ...header, frames: Math.max(1, guessed), isEstimated: true }
      }
      const packets = await this.notes(path, { ...options, report: undefined })
      const index = indexOfPackets(packets)
      if (index) return { ...header, frames: index.pts.length, isEstimated: false }
      if (packets.length * header.height * header.width > countedPixels)
        return { ...header, frames: Math.max(1, packets.length), isEstimated: true }
      const decoded = await this.stamps(path, 1, { ...options, report: undefined })
      return { ...header, frames: decoded.length, isEstimated: false }
    } finally {
      decoder.close()
    }
  }

  async open(path: string, options: OpenVideoOptions = {}): Promise<VideoFile> {
    const decoder = NodeAvDecoder.open(this.av, path, 1)
    try {
      const header = readHeader(this.av, decoder)
      const index = await this.index(path, header, decoder, options)
      if (index.pts.length === 0) throw videoError('video/no-frames', path, 'holds no picture that can be decoded')
      const tick = secondsPerTick(decoder.stream)
      const first = index.pts[0] ?? 0
      const seconds = index.pts.map((pts) => (pts - first) * tick)
      const last = seconds.at(-1) ?? 0
      const step = seconds.length > 1 ? last / (seconds.length - 1) : 1 / (header.frameRate ?? 25)
      // With several threads, what a decoder makes of missing or damaged parts depends on chance.
      const threads = index.isSeekable ? availableParallelism() : 1
      const reopen = (): NodeAvDecoder => NodeAvDecoder.open(this.av, path, threads)
      return new NodeAvVideo(this.av, { path, header, index, seconds, durationSeconds: last + step, reopen })
    } finally {
      decoder.close()
    }
  }

  private async index(
    path: string,
    header: VideoHeader,
    decoder: NodeAvDecoder,
    options: OpenVideoOptions,
  ): Promise<FrameIndex> {
    const packets = await this.notes(path, options)
    const expected = indexOfPackets(packets)
    const pixels = packets.length * header.height * header.width
    const isChecked =
      pixels > checkedPixels && expected?.isSeekable === true && (await this.fits(path, expected, options))
    if (expected && isChecked) return expected
    const step = 1 / (header.frameRate ?? 25) / secondsPerTick(decoder.stream)
    if (expected) {
      const stamps = await this.stamps(path, availableParallelism(), options, packets.length)
      if (isSame(stamps, expected.pts)) return expected
    }
    return indexOfDecoded(await this.stamps(path, 1, options, packets.length), step)
  }

  /** Reads through the file without decoding: 30 minutes take about half a second. */
  private async notes(path: string, { signal, report = ignoreProgress }: OpenVideoOptions): Promise<PacketNote[]> {
    const decoder = NodeAvDecoder.open(this.av, path, 1)
    const slices = new WorkSlices(signal)
    const notes: PacketNote[] = []
    try {
      for (let note = decoder.nextPacket(); note; note = decoder.nextPacket()) {
        notes.push(note)
        if (notes.length > mostPackets) throw videoError('video/too-large', path, `has more than ${mostPackets} frames`)
        if (!slices.isDue) continue
        report({ stage: 'Finding frames', done: notes.length, total: 0 })
        await slices.pause()
      }
      return notes
    } finally {
      decoder.close()
    }
  }

  /** Time stamps of all frames, by decoding the file. */
  private async stamps(
    path: string,
    threads: number,
    { signal, report = ignoreProgress }: OpenVideoOptions,
    total = 0,
  ): Promise<(number | null)[]> {
    const decoder = NodeAvDecoder.open(this.av, path, threads)
    const slices = new WorkSlices(signal)
    const stamps: (number | null)[] = []
    try {
      for (let frame = decoder.next(); frame; frame = decoder.next()) {
        stamps.push(decoder.stampOf(frame))
        if (!slices.isDue) continue
        report({ stage: 'Checking frames', done: stamps.length, total: Math.max(total, stamps.length) })
        await slices.pause()
      }
      return stamps
    } finally {
      decoder.close()
    }
  }

  /** Whether the first frames, and those after the last key frame, are what the packets promised. */
  private async fits(path: string, index: FrameIndex, { signal }: OpenVideoOptions): Promise<boolean> {
    const decoder = NodeAvDecoder.open(this.av, path, availableParallelism())
    const slices = new WorkSlices(signal)
    const take = async (most: number): Promise<(number | null)[]> => {
      const stamps: (number | null)[] = []
      for (let frame = decoder.next(); frame; frame = decoder.next()) {
        stamps.push(decoder.stampOf(frame))
        if (stamps.length === most) break
        if (slices.isDue) await slices.pause()
      }
      return stamps
    }
    try {
      const { pts, keys } = index
      const head = await take(checkedFrames)
      if (!head.every((stamp, i) => stamp === pts[i])) return false
      const lastKey = keys.lastIndexOf(1)
      if (!decoder.seek(pts[lastKey] ?? 0)) return false
      const tail = await take(Infinity)
      // Decoding may have begun at an earlier key frame than the one meant.
      return isSame(tail.slice(tail.indexOf(pts[lastKey] ?? 0)), pts, lastKey)
    } finally {
      decoder.close()
    }
  }
}
