import type { FrameLabelOf } from '../../../shared/domain/label-frame.ts'
import type { LesionMeasurement } from '../../../shared/domain/medical/lesion-report.ts'
import type { SeriesOverlay } from '../../../shared/domain/medical/overlay.ts'
import { classColours } from '../../../shared/imaging/class-colours.ts'

/** What is drawn on one frame of one segment. */
export interface FrameMask {
  readonly segment: number
  /** Its only class is named by the segment's index. */
  readonly mask: FrameLabelOf<'mask'>
}

/** A line that a report measured, in the patient. */
export interface ReportLine {
  readonly line: NonNullable<LesionMeasurement['line']>
  readonly lesion: string
  readonly value: number
  readonly unit: string
}

/** An overlay sorted for drawing. */
export interface PreparedOverlay {
  readonly overlay: SeriesOverlay
  /** One for each segment, `#rrggbb`. */
  readonly colours: readonly string[]
  readonly frames: ReadonlyMap<number, readonly FrameMask[]>
  readonly lines: readonly ReportLine[]
}

/** Sorts an overlay by frames and gives colours to segments that have none of their own. */
export function preparedOverlay(overlay: SeriesOverlay): PreparedOverlay {
  const { height, width, segments, report } = overlay
  const free = classColours(segments.length).map(
    (rgb) => `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`,
  )
  const frames = new Map(
    overlay.frames.map(({ frame, layers }) => [
      frame,
      layers.map(({ segment, counts }): FrameMask => {
        const layer = { label: String(segment), counts }
        return {
          segment,
          mask: { kind: 'mask', id: `${frame}/${segment}`, sequence: '-', frame, height, width, layers: [layer] },
        }
      }),
    ]),
  )
  const lines = (report?.lesions ?? []).flatMap(({ trackingId, measurements }) =>
    measurements.flatMap(({ line, value, unit }) =>
      line ? [{ line, lesion: trackingId, value, unit: unit.value }] : [],
    ),
  )
  return { overlay, colours: segments.map(({ colour }, i) => colour ?? free[i] ?? '#ff9d2e'), frames, lines }
}
