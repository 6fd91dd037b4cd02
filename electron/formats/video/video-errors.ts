import { basename } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'

/** Codes of what can be wrong with a video. */
export type VideoErrorCode =
  | 'video/unreadable'
  | 'video/no-video-stream'
  | 'video/no-frames'
  | 'video/unknown-codec'
  | 'video/encrypted'
  | 'video/too-large'
  | 'video/damaged'
  | 'video/no-decoder'

/** An error about a video file, as a sentence that begins with its name. */
export function videoError(
  code: VideoErrorCode,
  path: string,
  what: string,
  details: Readonly<Record<string, unknown>> = {},
): AppError {
  return new AppError(code, `"${basename(path)}" ${what}.`, details)
}

/** Longest edge and most pixels of a picture that is decoded. */
const maximumEdge = 16384
const maximumPixels = 64 * 1024 * 1024

/** Refuses sizes that no memory should be given to. @throws `video/no-frames`, `video/too-large` */
export function checkSize(path: string, height: number, width: number): void {
  if (height < 1 || width < 1)
    throw videoError(
      'video/no-frames',
      path,
      'states no picture size, so nothing can be decoded; it is probably cut off',
    )
  if (Math.max(height, width) > maximumEdge || height * width > maximumPixels)
    throw videoError(
      'video/too-large',
      path,
      `has pictures of ${width} x ${height} pixels; at most ${maximumEdge} on an edge and ${maximumPixels} in all can be read`,
      { height, width },
    )
}
