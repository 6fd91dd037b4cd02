import { z } from 'zod'
import { correctionLogSchema } from './lesion-corrections.ts'
import { landmarkFileSchema } from './landmarks.ts'
import {
  foundLesionSchema,
  lesionLinkSchema,
  lesionResponseSchema,
  lesionTrackSchema,
  studyRegistrationSchema,
} from './lesion-tracking.ts'

/** How the places of the studies are brought together. */
export const registrationChoiceSchema = z.enum(['rigid', 'affine', 'none'])
/** How the places of the studies are brought together. */
export type RegistrationChoice = z.infer<typeof registrationChoiceSchema>

/** Asks to follow lesions from a baseline through later studies of one patient. */
export const trackRequestSchema = z.object({
  /** Folder or file of the first study. */
  baseline: z.string(),
  followUps: z.array(z.string()).min(1),
  /** Folder to write to. */
  out: z.string(),
  /** Folder of a model for `lesion-segmentation`, which marks studies without masks. */
  model: z.string().optional(),
  device: z.string().optional(),
  /** Masks of the studies, in the order of the studies; without them those found beside the images. */
  masks: z.array(z.string()).default([]),
  /** Part of the id or the description of the series to follow. */
  series: z.string().optional(),
  registration: registrationChoiceSchema.default('rigid'),
  /** Landmarks of the reader; studies that have them are laid over the baseline by them and not by their images. */
  landmarks: landmarkFileSchema.optional(),
  /** Find bright spots by this value; `auto` for one made from the images. */
  threshold: z.union([z.number(), z.literal('auto')]).optional(),
  /** Smaller lesions are left out, in mm3. */
  minimumMm3: z.number().nonnegative().default(0),
  /** All lesions lie in this organ (at most two of it are targets). */
  organ: z.string().optional(),
  /** All lesions are lymph nodes, measured by their short axis. */
  nodes: z.boolean().default(false),
  /** Also look for what became brighter or darker since the study before, whatever the masks say. */
  changes: z.boolean().default(false),
  /** Corrections of links and roles, as the page keeps them; lesions are named as in `tracking.json` of the same studies. */
  corrections: correctionLogSchema.optional(),
  /** Also write segmentations (SEG) and reports (SR), which name the patient as the images do. */
  dicom: z.boolean().default(false),
})
/** Asks to follow lesions. */
export type TrackRequest = z.infer<typeof trackRequestSchema>

/** One study as it was followed; nothing in it tells who the patient is. */
export const trackedStudySchema = z.object({
  /** By date; 0 is the baseline. */
  study: z.number().int().nonnegative(),
  /** Which one of the request it is, from 0: studies are put in the order of their dates. */
  given: z.number().int().nonnegative().default(0),
  path: z.string(),
  /** Id of the series. */
  series: z.string(),
  /** ISO date; null where not stated. */
  date: z.string().nullable(),
  modality: z.string(),
  slices: z.number().int(),
  rows: z.number().int(),
  columns: z.number().int(),
  spacingMm: z.tuple([z.number(), z.number(), z.number()]),
  /** Where its lesions come from. */
  masksFrom: z.string(),
  /** Its lesions are bright spots, since nothing was marked. */
  isByBrightness: z.boolean().default(false),
  registration: studyRegistrationSchema,
  /** What was found from the images, where the reader's landmarks have taken its place. */
  registrationByImages: studyRegistrationSchema.optional(),
})
/** One study as it was followed. */
export type TrackedStudy = z.infer<typeof trackedStudySchema>

/** A lesion found, with the track it belongs to and how it changed. */
export const trackedMeasurementSchema = foundLesionSchema.extend({
  track: z.number().int().positive(),
  /** Against the same track at the baseline; null where it was not there. */
  volumeChangePercent: z.number().nullable(),
  longAxisChangePercent: z.number().nullable(),
  /** From the study before in which it was seen; see `doublingTimeDays`. Null without dates, or where it was not there. */
  volumeDoublingDays: z.number().nullable(),
})
/** A lesion found, with the track it belongs to and how it changed. */
export type TrackedMeasurement = z.infer<typeof trackedMeasurementSchema>

/** A spot that became brighter or darker since the study before. */
export const changedSpotSchema = z.object({
  /** Study in which it is seen. */
  study: z.number().int().positive(),
  kind: z.enum(['brighter', 'darker']),
  volumeMl: z.number(),
  /** Its middle in that study, in mm (LPS). */
  centre: z.tuple([z.number(), z.number(), z.number()]),
})
/** A spot that became brighter or darker. */
export type ChangedSpot = z.infer<typeof changedSpotSchema>

/** The network that marked lesions, and how well it did on the studies it was tested on. */
export const lesionModelSchema = z.object({
  name: z.string(),
  /** Fingerprint of its weights. */
  sha256: z.string(),
  /** How it was tested: which studies were kept apart. */
  split: z.string(),
  testStudies: z.number().int(),
  /** Means over the studies tested; null where not defined. */
  dice: z.number().nullable(),
  lesionSensitivity: z.number().nullable(),
  falsePositivesPerScan: z.number().nullable(),
})
/** The network that marked lesions. */
export type LesionModel = z.infer<typeof lesionModelSchema>

/** What following lesions found. */
export const trackReportSchema = z.object({
  studies: z.array(trackedStudySchema),
  /** One lesion through all studies, per entry. */
  lesions: z.array(lesionTrackSchema),
  links: z.array(lesionLinkSchema),
  measurements: z.array(trackedMeasurementSchema),
  /** By lesion: whether the place of its middle was imaged in each study. */
  imaged: z.record(z.string(), z.array(z.boolean())).default({}),
  response: lesionResponseSchema,
  /** Where a network marked lesions. */
  model: lesionModelSchema.optional(),
  /** Largest first; empty where it was not asked for. */
  changes: z.array(changedSpotSchema),
  warnings: z.array(z.string()),
  files: z.array(z.object({ role: z.string(), path: z.string() })),
  seconds: z.number(),
})
/** What following lesions found. */
export type TrackReport = z.infer<typeof trackReportSchema>
