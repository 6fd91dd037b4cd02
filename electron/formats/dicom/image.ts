import type { DisplayWindow } from '../../../shared/domain/medical-image.ts'
import type { SuvRule } from './body-weight-suv.ts'
import type { LookupTable } from './lookup-table.ts'
import type { PixelElement } from './read-header.ts'
import type { TransferSyntax } from './transfer-syntax.ts'

/** Three numbers: a place or a direction in the patient, in mm (LPS). */
export type Vector3 = readonly [number, number, number]

/** What may tell frames at the same place apart; null where the file does not say. */
export interface FrameKeys {
  readonly temporalPosition: number | null
  readonly triggerTime: number | null
  readonly bValue: number | null
  readonly echoTime: number | null
  readonly acquisitionNumber: number | null
}

/** One frame of a file. */
export interface DicomFrame {
  /** Index in the file, from 0. */
  readonly index: number
  readonly position: Vector3 | null
  /** Directions of a row and of a column, unit vectors. */
  readonly orientation: readonly [Vector3, Vector3] | null
  /** Distance of rows and of columns in the patient. */
  readonly pixelSpacing: readonly [number, number] | null
  readonly sliceThickness: number | null
  /** Stored value × slope + intercept is the physical one. */
  readonly slope: number
  readonly intercept: number
  /** ISO date-time of the acquisition. */
  readonly time: string | null
  /** Image or frame type, joined with `\`. */
  readonly type: string
  readonly keys: FrameKeys
}

/** How the numbers of a file's pixels are stored. */
export interface PixelFormat {
  readonly rows: number
  readonly columns: number
  readonly samples: number
  readonly photometric: string
  readonly isPlanar: boolean
  readonly bitsAllocated: number
  readonly bitsStored: number
  readonly highBit: number
  readonly isSigned: boolean
  readonly isFloat: boolean
}

/** Who and what a file is of. Only the screen may show the patient. */
export interface DicomSubject {
  readonly patientName: string
  readonly patientId: string
  readonly birthDate: string | null
  readonly sex: string | null
  readonly studyUid: string
  readonly studyDate: string | null
  readonly studyDescription: string
  readonly seriesUid: string
  readonly seriesNumber: number | null
  readonly seriesDescription: string
  readonly modality: string
  readonly frameOfReference: string | null
}

/** One image file: all that is needed to sort it into a series and to read its frames. */
export interface DicomImage {
  readonly path: string
  readonly relative: string
  /** Of the file when it was looked at; null where that is not known. */
  readonly stamp: { readonly size: number; readonly modifiedMs: number } | null
  readonly sopClass: string
  readonly sopUid: string
  readonly syntax: TransferSyntax
  readonly pixels: PixelElement
  readonly format: PixelFormat
  readonly frames: readonly DicomFrame[]
  readonly isMultiFrame: boolean
  readonly instanceNumber: number | null
  readonly subject: DicomSubject
  readonly windows: readonly DisplayWindow[]
  /** Of the values after the modality transform; null when plain stored numbers. */
  readonly units: string | null
  /** Replaces slope and intercept. */
  readonly modalityTable: LookupTable | null
  /** Red, green and blue by stored value. */
  readonly palette: readonly [LookupTable, LookupTable, LookupTable] | null
  /** Stored values from the first to the second mean "no measurement". */
  readonly padding: readonly [number, number] | null
  readonly frameRate: number | null
  /** Times of the frames from the first one in seconds, where they are uneven. */
  readonly frameSeconds: readonly number[] | null
  /** Distance of rows and columns that is no place in the patient (ultrasound, at the detector). */
  readonly planeSpacing: readonly [number, number] | null
  readonly spacingBetweenSlices: number | null
  /** How PET in Bq/ml becomes SUV, or why not; null for everything else. Not applied to the frames yet. */
  readonly suv: SuvRule | null
  /** Whether overlays (groups 60xx) lie in the file. */
  readonly hasOverlayPlanes: boolean
  readonly warnings: readonly string[]
}
