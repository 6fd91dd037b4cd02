import { type Clip, secondsOf } from '../../../shared/domain/clip.ts'

/** Time of a frame from the first one as `00:01:07.320`. */
export function fullTimecode(clip: Clip, frame: number): string {
  const thousandths = Math.round(secondsOf(clip, frame) * 1000)
  const seconds = Math.floor(thousandths / 1000)
  const two = (part: number): string => String(part).padStart(2, '0')
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':')
  return `${clock}.${String(thousandths % 1000).padStart(3, '0')}`
}
