import { z } from 'zod'

const vector3Schema = z.tuple([z.number(), z.number(), z.number()])

/** A window to look through, as the file or a preset names it; DICOM PS3.3 C.11.2.1.2 (LINEAR). */
export const displayWindowSchema = z.object({ name: z.string(), centre: z.number(), width: z.number().positive() })
/** A window to look through. */
export type DisplayWindow = z.infer<typeof displayWindowSchema>

/**
 * How the frames of a series lie in the patient, in millimetres of DICOM's patient system (x to the left, y to the back,
 * z to the head; LPS). DICOM PS3.3 C.7.6.2.
 */
export const frameGeometrySchema = z.object({
  /** Direction of a row (along increasing columns) and of a column (along increasing rows), unit vectors; of every frame. */
  orientation: z.tuple([vector3Schema, vector3Schema]),
  /** Middle of the first pixel of each frame. */
  positions: z.array(vector3Schema),
  /** Distance of neighbouring rows, and of neighbouring columns. */
  pixelSpacing: z.tuple([z.number().positive(), z.number().positive()]),
  /** Whether the frames are parallel, evenly spaced and stacked along their normal, so that any plane can be cut. */
  isVolume: z.boolean(),
  /** Distance of neighbouring frames along the normal; null for a single frame or uneven ones. */
  frameSpacing: z.number().positive().nullable(),
  /** Series that share it lie in one coordinate system; an opaque id that names nobody. Null when not stated. */
  frameOfReference: z.string().nullable(),
})
/** How the frames of a series lie in the patient. */
export type FrameGeometry = z.infer<typeof frameGeometrySchema>

/**
 * What a medical viewer needs to know of a series beside `SequenceInfo`. It holds patient data: it is for the screen only,
 * and never goes into logs, titles, file names or what `inspect` prints.
 */
export const medicalImageSchema = z.object({
  /** `CT`, `MR`, `US` and so on; empty when not stated. */
  modality: z.string(),
  /** Unit of the values after the modality transform: `HU`, `SUV`, `Gy`; null when they are plain stored numbers. */
  units: z.string().nullable(),
  windows: z.array(displayWindowSchema),
  /** MONOCHROME1: the lowest value is white. */
  isInverted: z.boolean(),
  /** Null when the frames have no place in the patient (most ultrasound, secondary captures). */
  geometry: frameGeometrySchema.nullable(),
  /** Distance of rows and of columns in mm where only that is known (calibrated ultrasound, projection imaging at the detector). */
  pixelSpacing: z.tuple([z.number().positive(), z.number().positive()]).nullable(),
  patient: z.object({
    name: z.string(),
    id: z.string(),
    birthDate: z.string().nullable(),
    sex: z.string().nullable(),
  }),
  study: z.object({ date: z.string().nullable(), description: z.string() }),
  series: z.object({ number: z.number().nullable(), description: z.string() }),
  /** Whether overlays (groups 60xx) lie in its files; absent when there are none. */
  hasOverlayPlanes: z.literal(true).optional(),
})
/** What a medical viewer needs to know of a series. */
export type MedicalImage = z.infer<typeof medicalImageSchema>
