/**
 * A moment of a clip as `0:07`, `12:30` or `1:02:05`, with thousandths where asked for.
 * @param seconds  from the first frame; not negative
 */
export function timecode(seconds: number, hasMilliseconds = false): string {
  const thousandths = Math.round(seconds * 1000)
  const whole = hasMilliseconds ? Math.floor(thousandths / 1000) : Math.round(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (part: number): string => String(part).padStart(2, '0')
  const text = hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
  return hasMilliseconds ? `${text}.${String(thousandths % 1000).padStart(3, '0')}` : text
}
