import type { Subset } from '../../../shared/domain/labels.ts'

/** A label as its file gives it, placed on the pixel grid but not yet checked against raster and time span. */
export interface LabelCandidate {
  readonly id: string
  /** Where in the file: a line of a CSV file, a feature of a GeoJSON file; null for pixels of a class raster. */
  readonly place: string | null
  /** Pixel indices; outside the raster when negative or too large. */
  readonly column: number
  readonly row: number
  /** Day numbers; null where the file gives no date. */
  readonly from: number | null
  readonly to: number | null
  readonly label: string
  readonly group: string | null
  readonly subset: Subset | null
}
