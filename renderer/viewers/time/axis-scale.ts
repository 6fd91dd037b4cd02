import type { OpenSequence } from '../../../shared/contracts/sequences.ts'
import { secondsOf } from '../../../shared/domain/clip.ts'
import { dateTicks, frameMoments, partAt, type TimeTick } from './time-scale.ts'
import { timecode } from './timecode.ts'

/** What the frames of a sequence lie along: days, the seconds of a clip, slices through a body, or only their number. */
export type AxisMode = 'dates' | 'clip' | 'slices' | 'frames'

/** The axis that fits a sequence. */
export function axisMode({ info, clip, medical }: OpenSequence): AxisMode {
  if (clip || info.frameRate !== null) return 'clip'
  if (medical || info.kind === 'dicom' || info.kind === 'nifti') return 'slices'
  return info.times ? 'dates' : 'frames'
}

/** Places of the frames on the axis, ascending: milliseconds, seconds, or the index. */
export function axisMoments(sequence: OpenSequence, mode: AxisMode): number[] {
  const { info, clip } = sequence
  if (mode === 'dates') return frameMoments(info.times, info.frames)
  if (mode !== 'clip') return frameMoments(null, info.frames)
  const rate = info.frameRate ?? 1
  return Array.from({ length: info.frames }, (_, frame) => (clip ? secondsOf(clip, frame) : frame / rate))
}

/** Distance of a slice from the origin of the patient's coordinates along the normal, in mm; null where it has no place there. */
export function sliceMillimetres({ medical }: OpenSequence, frame: number): number | null {
  const geometry = medical?.geometry
  const position = geometry?.positions[frame]
  if (!geometry || !position) return null
  const [row, column] = geometry.orientation
  const normal = [
    row[1] * column[2] - row[2] * column[1],
    row[2] * column[0] - row[0] * column[2],
    row[0] * column[1] - row[1] * column[0],
  ] as const
  return normal[0] * position[0] + normal[1] * position[1] + normal[2] * position[2]
}

/** Whether dates alone do not tell the frames apart, so that the hour is said too. */
export function hasHours(times: readonly string[]): boolean {
  return times.some((time, i) => i > 0 && time.length > 10 && time.slice(0, 10) === times[i - 1]?.slice(0, 10))
}

/**
 * Short strokes, one for each frame, as the path of an SVG; at most one for each pixel, however many frames there are.
 * Empty where evenly spaced frames would only make a bar.
 */
export function framePath(moments: readonly number[], width: number, mode: AxisMode): string {
  if (mode !== 'dates' && moments.length > width / 3) return ''
  const strokes: string[] = []
  let last = -1
  for (const moment of moments) {
    const at = Math.round(partAt(moments, moment) * width)
    if (at !== last) strokes.push(`M${at} 0v7`)
    last = at
  }
  return strokes.join('')
}

/** How dates are written on the axis. */
export interface TickNames {
  readonly month: (moment: number) => string
  readonly day: (moment: number) => string
  readonly hour: (moment: number) => string
}

const minute = 60_000
const day = 24 * 60 * minute

/** Marks of an axis, never closer than there is room for their words. */
export function axisTicks(mode: AxisMode, moments: readonly number[], width: number, names: TickNames): TimeTick[] {
  const [first, last] = [moments[0], moments.at(-1)]
  if (first === undefined || last === undefined || last <= first) return []
  if (mode === 'dates') {
    if (last - first >= 92 * day) return dateTicks(moments, width, names.month)
    const steps = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((n) => n * minute)
    return evenTicks(moments, width, 62, [...steps, day, 2 * day, 7 * day, 14 * day], (moment) => {
      const isDay = moment % day === 0
      return { label: isDay ? names.day(moment) : names.hour(moment), isYear: isDay }
    })
  }
  if (mode === 'clip') {
    const fine = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
    const steps = [...fine, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200]
    return evenTicks(moments, width, 58, steps, (moment, step) => ({ label: clipLabel(moment, step), isYear: false }))
  }
  // Frames are counted from 1.
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000]
  return evenTicks(
    moments.map((moment) => moment + 1),
    width,
    44,
    steps,
    (moment) => ({ label: String(moment), isYear: false }),
  )
}

/** As many parts of a second as neighbouring marks need to differ. */
function clipLabel(seconds: number, step: number): string {
  if (step >= 1) return timecode(seconds)
  const digits = step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3
  return timecode(seconds, true).slice(0, digits - 3 || undefined)
}

function evenTicks(
  moments: readonly number[],
  width: number,
  minimumPixels: number,
  steps: readonly number[],
  name: (moment: number, step: number) => { label: string; isYear: boolean },
): TimeTick[] {
  const [first, last] = [moments[0] ?? 0, moments.at(-1) ?? 0]
  const perPixel = (last - first) / width
  const step = steps.find((one) => one / perPixel >= minimumPixels) ?? last - first
  const ticks: TimeTick[] = []
  // Counted, not added up: tenths of a second do not add up.
  for (let n = Math.ceil(first / step - 1e-9); n * step <= last + 1e-9; n++) {
    const moment = Number((n * step).toFixed(6))
    ticks.push({ at: partAt(moments, moment), ...name(moment, step) })
  }
  return ticks
}

/** Speeds that make sense along an axis: factors of the own rate for clips, else frames per second. */
export const axisSpeeds: Readonly<Record<AxisMode, readonly number[]>> = {
  dates: [1, 2, 4, 8, 15],
  clip: [0.1, 0.25, 0.5, 1, 1.5, 2, 4],
  slices: [2, 4, 10, 20, 30],
  frames: [1, 2, 4, 8, 15, 25],
}
