import { throwIfAborted } from '../../../shared/base/abort.ts'
import { hasFfmpegPrograms, probeLines } from './ffmpeg-program.ts'
import { indexOfDecoded } from './frame-index.ts'
import { ProgramVideo } from './program-video.ts'
import type { OpenVideoOptions, VideoBackend, VideoDescription, VideoFile, VideoHeader } from './video-backend.ts'
import { checkSize, videoError } from './video-errors.ts'
import { pixelShape } from './video-header.ts'

/** Decodes with the programs ffmpeg and ffprobe: for systems that the library has no binary for. Slower, and as exact. */
export class ProgramBackend implements VideoBackend {
  readonly name = 'ffmpeg program'

  /** Null where the programs cannot be started. */
  static async find(): Promise<ProgramBackend | null> {
    return (await hasFfmpegPrograms()) ? new ProgramBackend() : null
  }

  async describe(path: string, options: OpenVideoOptions = {}): Promise<VideoDescription> {
    const { header, frames } = await readHead(path, options.signal)
    if (frames !== null) return { ...header, frames, isEstimated: false }
    const guessed = Math.round((header.durationSeconds ?? 0) * (header.frameRate ?? 25))
    return { ...header, frames: Math.max(1, guessed), isEstimated: true }
  }

  async open(path: string, { signal, report }: OpenVideoOptions = {}): Promise<VideoFile> {
    const { header, isExact } = await readHead(path, signal)
    const stamps: (number | null)[] = []
    const entries = ['-select_streams', 'v:0', '-show_entries', 'frame=best_effort_timestamp_time', '-of', 'csv=p=0']
    for await (const line of probeLines(path, entries, signal)) {
      const [text = ''] = line.trim().split(',')
      if (text === '') continue
      const stamp = Number(text)
      stamps.push(Number.isFinite(stamp) ? stamp : null)
      if (stamps.length % 500 === 0) report?.({ stage: 'Finding frames', done: stamps.length, total: 0 })
    }
    throwIfAborted(signal)
    if (stamps.length === 0)
      throw videoError('video/no-frames', path, `holds no picture that can be decoded (${header.codec})`)
    const { pts } = indexOfDecoded(stamps, 1 / (header.frameRate ?? 25))
    const isSeekable = isExact && stamps.every((stamp, i) => stamp === pts[i])
    return new ProgramVideo(path, header, pts, isSeekable)
  }
}

async function readHead(
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly header: VideoHeader; readonly frames: number | null; readonly isExact: boolean }> {
  const fields = 'codec_name,width,height,pix_fmt,avg_frame_rate,duration,nb_frames,sample_aspect_ratio'
  const entries = [
    '-select_streams',
    'v:0',
    '-show_entries',
    `stream=${fields}:stream_side_data=rotation:format=format_name`,
    '-of',
    'default=nk=0:nw=1',
  ]
  const found = new Map<string, string>()
  for await (const line of probeLines(path, entries, signal)) {
    const at = line.indexOf('=')
    if (at > 0) found.set(line.slice(0, at), line.slice(at + 1).trim())
  }
  if (!found.has('codec_name'))
    throw videoError(
      'video/no-video-stream',
      path,
      'holds no picture track that can be read; it may be damaged or hold sound only',
    )
  const number = (name: string): number | null => {
    const [over = NaN, under = 1] = (found.get(name) ?? '').split('/').map(Number)
    const value = over / under
    return Number.isFinite(value) && value > 0 ? value : null
  }
  const [height, width] = [number('height') ?? 0, number('width') ?? 0]
  checkSize(path, height, width)
  const turn = -Number(found.get('rotation') ?? 0)
  const rotation = ([0, 90, 180, 270] as const)[((Math.round(turn / 90) % 4) + 4) % 4] ?? 0
  const isTurned = rotation === 90 || rotation === 270
  const format = found.get('pix_fmt') ?? ''
  const numbers = (found.get('sample_aspect_ratio') ?? '').split(':').map(Number)
  const header: VideoHeader = {
    codec: found.get('codec_name') ?? 'unknown',
    height: isTurned ? width : height,
    width: isTurned ? height : width,
    rotation,
    isGrey: /^(gray|ya\d|mono)/.test(format),
    dtype: /(9|1\d)(le|be)$|48|64/.test(format) ? 'uint16' : 'uint8',
    frameRate: number('avg_frame_rate'),
    durationSeconds: number('duration'),
    ...pixelShape({ num: numbers[0] ?? 0, den: numbers[1] ?? 0 }, isTurned),
  }
  // AVI and MPEG program streams do not begin at the frame asked for; there, frames are counted from the beginning.
  const isExact = /^(mov|matroska|gif)/.test(found.get('format_name') ?? '')
  return { header, frames: number('nb_frames'), isExact }
}
