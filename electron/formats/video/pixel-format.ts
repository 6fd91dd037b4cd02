import type { Frame } from 'node-av/lib'
import type { NodeAv } from './node-av-library.ts'

/** How a decoded picture is stored, in FFmpeg's words (`yuv420p`, `gray10le`); empty when it is none that is known. */
export function pixelFormatName(av: NodeAv, frame: Frame): string {
  const { format } = frame
  return isPixelFormat(format, frame) ? (av.avGetPixFmtName(format) ?? '') : ''
}

/** The type of a frame's format also allows sample formats of sound. */
function isPixelFormat(_format: Frame['format'], frame: Frame): _format is Parameters<NodeAv['avGetPixFmtName']>[0] {
  return frame.isVideo()
}
