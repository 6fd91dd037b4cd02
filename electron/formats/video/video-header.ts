import type { Stream } from 'node-av/lib'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import type { NodeAvDecoder } from './node-av-decoder.ts'
import type { NodeAv } from './node-av-library.ts'
import { pixelFormatName } from './pixel-format.ts'
import type { VideoHeader } from './video-backend.ts'
import { checkSize, videoError } from './video-errors.ts'

/**
 * The header of an opened file, from its first frame (containers may state another size than what is decoded). Moves the
 * decoder on by one frame.
 * @throws `video/no-frames`, `video/too-large`
 */
export function readHeader(av: NodeAv, decoder: NodeAvDecoder): VideoHeader {
  const { stream, path } = decoder
  const { codecpar } = stream
  const codec = av.avGetCodecName(codecpar.codecId) ?? 'unknown'
  // Before any frame is decoded: the size decides how much memory that takes.
  if (codecpar.width > 0 && codecpar.height > 0) checkSize(path, codecpar.height, codecpar.width)
  const frame = decoder.next()
  if (!frame)
    throw videoError(
      'video/no-frames',
      path,
      `holds no picture that can be decoded (${codec}); it is probably damaged`,
      {
        codec,
      },
    )
  checkSize(path, frame.height, frame.width)
  const rotation = rotationOf(av, stream)
  const isTurned = rotation === 90 || rotation === 270
  const format = pixelFormatName(av, frame)
  const seconds = secondsPerTick(stream)
  const duration = stream.duration === av.AV_NOPTS_VALUE ? null : Number(stream.duration) * seconds
  return {
    codec,
    height: isTurned ? frame.width : frame.height,
    width: isTurned ? frame.height : frame.width,
    rotation,
    isGrey: /^(gray|ya\d|mono)/.test(format),
    dtype: /(9|1\d)(le|be)$|48|64/.test(format) ? 'uint16' : 'uint8',
    frameRate: rateOf(stream.avgFrameRate) ?? rateOf(stream.rFrameRate),
    durationSeconds: duration !== null && duration > 0 ? duration : null,
    ...pixelShape(frame.sampleAspectRatio, isTurned),
  }
}

/** The shape of upright pixels, and a remark where they are not square. */
export function pixelShape(
  { num, den }: { readonly num: number; readonly den: number },
  isTurned: boolean,
): Pick<VideoHeader, 'pixelAspect' | 'warnings'> {
  if (!(num > 0 && den > 0) || num === den) return { pixelAspect: 1, warnings: [] }
  const [width, height] = isTurned ? [den, num] : [num, den]
  return { pixelAspect: width / height, warnings: [readerNote('video/not-square', { width, height })] }
}

/** Seconds per unit of a track's time stamps. */
export function secondsPerTick({ timeBase }: Stream): number {
  return timeBase.num / timeBase.den
}

function rateOf({ num, den }: { readonly num: number; readonly den: number }): number | null {
  const rate = num / den
  // Containers without a rate state the clock of their time stamps (1000, 90000) instead.
  return Number.isFinite(rate) && rate > 0 && rate <= 480 ? rate : null
}

/** Clockwise turn of the display matrix, to the next quarter. Source: libavutil/display.h, av_display_rotation_get. */
function rotationOf(av: NodeAv, { codecpar }: Stream): VideoHeader['rotation'] {
  const matrix = codecpar.getCodedSideData(av.AV_PKT_DATA_DISPLAYMATRIX)
  if (!matrix || matrix.length < 36) return 0
  const at = (index: number): number => matrix.readInt32LE(index * 4) / 65536
  const [a, b, c, d] = [at(0), at(1), at(3), at(4)]
  const scale = [Math.hypot(a, c), Math.hypot(b, d)] as const
  if (scale[0] === 0 || scale[1] === 0) return 0
  const degrees = (Math.atan2(b / scale[1], a / scale[0]) * 180) / Math.PI
  const quarter = ((Math.round(degrees / 90) % 4) + 4) % 4
  return ([0, 90, 180, 270] as const)[quarter] ?? 0
}
