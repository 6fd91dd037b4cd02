import { z } from 'zod'
import { landmarkFitSchema } from './landmarks.ts'
import { patientTransformSchema } from './patient-transform.ts'

const place = z.tuple([z.number(), z.number(), z.number()])
const line = z.tuple([place, place])

/** What was measured of one lesion in one study; lengths in mm, places in mm of the patient (LPS). */
export const lesionMeasuresSchema = z.object({
  /** Longest diameter in a slice, and its longest line at right angles. */
  longAxisMm: z.number(),
  shortAxisMm: z.number(),
  longAxis: line,
  shortAxis: line,
  /** Slice of the diameters, from 0. */
  slice: z.number().int(),
  volumeMm3: z.number(),
  volumeMl: z.number(),
  voxels: z.number().int(),
  slices: z.number().int(),
  /** Middle of its volume. */
  centre: place,
  /** Of the values inside; null when none of them is a number. */
  intensity: z
    .object({ mean: z.number(), standardDeviation: z.number(), minimum: z.number(), maximum: z.number() })
    .nullable(),
})
/** What was measured of one lesion in one study. */
export type LesionMeasures = z.infer<typeof lesionMeasuresSchema>

/** A connected lesion as it was found in one study. */
export const foundLesionSchema = z.object({
  /** `s1-3`: third largest lesion of the first study. */
  id: z.string(),
  /** Index of the study, by date; 0 is the baseline. */
  study: z.number().int().nonnegative(),
  /** What the mask calls it; null where it has no name. */
  name: z.string().nullable(),
  measures: lesionMeasuresSchema,
})
/** A connected lesion as it was found in one study. */
export type FoundLesion = z.infer<typeof foundLesionSchema>

/** Says that two lesions of different studies are the same one. */
export const lesionLinkSchema = z.object({
  /** Lesion of the earlier study. */
  from: z.string(),
  /** Lesion of the later study. */
  to: z.string(),
  /** Who says so. */
  by: z.enum(['program', 'reader']),
  /** Share of the smaller one that lies in the other after registration, in [0, 1]; null for links of the reader. */
  overlap: z.number().nullable(),
  /** Distance of their middles after registration; null for links of the reader. */
  distanceMm: z.number().nullable(),
  /** The one to follow where several lesions merge or one splits. */
  isMain: z.boolean(),
})
/** Says that two lesions of different studies are the same one. */
export type LesionLink = z.infer<typeof lesionLinkSchema>

/** What became of a lesion at a study. */
export const trackEventSchema = z.enum([
  'baseline',
  'followed',
  'new',
  'gone',
  'merged',
  'split',
  'reappeared',
  'absent',
])
/** What became of a lesion at a study. */
export type TrackEvent = z.infer<typeof trackEventSchema>

/** One lesion through all studies. */
export const lesionTrackSchema = z.object({
  /** From 1, in the order of first appearance, the largest first. */
  number: z.number().int().positive(),
  /** Per study: the lesion there, or null. */
  lesions: z.array(z.string().nullable()),
  /**
   * Per study: `baseline` and `new` where it begins, `split` where it begins as a part of another, `followed`, `gone` at the
   * first study without it, `absent` after that and before it begins, `merged` where it becomes part of another,
   * `reappeared`.
   */
  events: z.array(trackEventSchema),
  /** Number of the track it became a part of; null when it did not. */
  mergedInto: z.number().int().nullable(),
  /** Number of the track it was a part of; null when it was none. */
  splitFrom: z.number().int().nullable(),
})
/** One lesion through all studies. */
export type LesionTrack = z.infer<typeof lesionTrackSchema>

/**
 * Follows links from study to study. A lesion with several links keeps the track of its main one: the other earlier ones end
 * as `merged`, the other later ones begin as `split`.
 * @param lesions  in any order
 * @param studies  how many there are
 */
export function tracksOf(
  lesions: readonly FoundLesion[],
  links: readonly LesionLink[],
  studies: number,
): LesionTrack[] {
  const byId = new Map(lesions.map((lesion) => [lesion.id, lesion]))
  const valid = links.filter(({ from, to }) => (byId.get(from)?.study ?? Infinity) < (byId.get(to)?.study ?? -1))
  const ordered = [...lesions].sort(
    (a, b) => a.study - b.study || b.measures.volumeMm3 - a.measures.volumeMm3 || (a.id < b.id ? -1 : 1),
  )
  const drafts: {
    lesions: (string | null)[]
    mergedAt: number | null
    mergedInto: number | null
    splitFrom: number | null
  }[] = []
  const trackOf = new Map<string, number>()
  const step = ({ from, to }: LesionLink): string => `${from} ${byId.get(to)?.study}`
  const mainInto = chosen(valid, ({ to }) => to)
  const mainFrom = chosen(valid, step)
  for (const lesion of ordered) {
    const main = mainInto.get(lesion.id)
    const earlier = main && trackOf.get(main.from)
    const isContinued = main !== undefined && mainFrom.get(step(main)) === main
    const draft = earlier === undefined ? undefined : drafts[earlier]
    if (draft && isContinued && draft.lesions[lesion.study] === null) {
      draft.lesions[lesion.study] = lesion.id
      trackOf.set(lesion.id, earlier ?? 0)
      continue
    }
    const fresh = {
      lesions: new Array<string | null>(studies).fill(null),
      mergedAt: null,
      mergedInto: null,
      splitFrom: earlier ?? null,
    }
    fresh.lesions[lesion.study] = lesion.id
    trackOf.set(lesion.id, drafts.push(fresh) - 1)
  }
  for (const link of valid) {
    const [from, to] = [trackOf.get(link.from), trackOf.get(link.to)]
    const draft = from === undefined ? undefined : drafts[from]
    const target = byId.get(link.to)
    if (!draft || from === to || to === undefined || !target) continue
    // The main link of the later lesion is not this one, so the earlier one went into it, unless it goes on by itself.
    const goesOn = draft.lesions.slice(target.study).some((id) => id !== null)
    if (mainInto.get(link.to) !== link && !goesOn) [draft.mergedAt, draft.mergedInto] = [target.study, to]
  }
  return drafts.map((draft, index): LesionTrack => ({
    number: index + 1,
    lesions: draft.lesions,
    events: eventsOf(draft),
    mergedInto: draft.mergedInto === null ? null : draft.mergedInto + 1,
    splitFrom: draft.splitFrom === null ? null : draft.splitFrom + 1,
  }))
}

/** For each key the link that counts: the main one, else the reader's, else the one of the largest overlap. */
function chosen(links: readonly LesionLink[], keyOf: (link: LesionLink) => string): Map<string, LesionLink> {
  const best = new Map<string, LesionLink>()
  const weight = ({ by, isMain, overlap }: LesionLink): number =>
    (isMain ? 4 : 0) + (by === 'reader' ? 2 : 0) + (overlap ?? 0)
  for (const link of links) {
    const other = best.get(keyOf(link))
    if (!other || weight(link) > weight(other)) best.set(keyOf(link), link)
  }
  return best
}

function eventsOf(draft: {
  readonly lesions: readonly (string | null)[]
  readonly mergedAt: number | null
  readonly splitFrom: number | null
}): TrackEvent[] {
  const { lesions, mergedAt, splitFrom } = draft
  const first = lesions.findIndex((id) => id !== null)
  return lesions.map((id, study): TrackEvent => {
    if (study < first) return 'absent'
    if (study === first) return splitFrom !== null ? 'split' : study === 0 ? 'baseline' : 'new'
    const before = lesions[study - 1] ?? null
    if (id !== null) return before === null ? 'reappeared' : 'followed'
    if (mergedAt !== null && study >= mergedAt) return study === mergedAt ? 'merged' : 'absent'
    return before === null ? 'absent' : 'gone'
  })
}

/** A correction of the links by the reader; each can be undone. */
export const linkEditSchema = z.discriminatedUnion('kind', [
  /** These two are the same lesion; links of the same two studies that contradict it go. */
  z.object({ kind: z.literal('link'), from: z.string(), to: z.string() }),
  /** As `link`, and the other links stay: the lesion is a part of the other, or the other of it. */
  z.object({ kind: z.literal('add'), from: z.string(), to: z.string() }),
  z.object({ kind: z.literal('unlink'), from: z.string(), to: z.string() }),
])
/** A correction of the links by the reader. */
export type LinkEdit = z.infer<typeof linkEditSchema>

/** The links after a correction; the old ones are not changed, so undoing is going back to them. */
export function editLinks(links: readonly LesionLink[], edit: LinkEdit, lesions: readonly FoundLesion[]): LesionLink[] {
  const studyOf = new Map(lesions.map(({ id, study }) => [id, study]))
  const [one, other] = [studyOf.get(edit.from), studyOf.get(edit.to)]
  const isBackwards = one !== undefined && other !== undefined && one > other
  const [from, to] = isBackwards ? [edit.to, edit.from] : [edit.from, edit.to]
  const without = links.filter((link) => link.from !== from || link.to !== to)
  if (edit.kind === 'unlink') return without
  if (one === undefined || other === undefined || one === other) return [...links]
  const link: LesionLink = { from, to, by: 'reader', overlap: null, distanceMm: null, isMain: edit.kind === 'link' }
  if (edit.kind === 'add') return [...without, link]
  const [fromStudy, toStudy] = [studyOf.get(from), studyOf.get(to)]
  const contradicts = ({ from: a, to: b }: LesionLink): boolean =>
    (a === from && studyOf.get(b) === toStudy) || (b === to && studyOf.get(a) === fromStudy)
  return [...without.filter((other) => !contradicts(other)), link]
}

/** How well one study was laid over the baseline. */
export const registrationQualitySchema = z.object({
  /** Normalised mutual information (1: unrelated, 2: one tells the other) with the headers' places, and after. */
  mutualInformationBefore: z.number(),
  mutualInformationAfter: z.number(),
  /** Correlation of the values, in [-1, 1]. */
  correlationBefore: z.number(),
  correlationAfter: z.number(),
  /** Share of the baseline's volume that the other study shows too. */
  overlap: z.number(),
  /** Largest way of a corner of the baseline's imaged part, beside the headers' places. */
  largestShiftMm: z.number(),
  rotationDegrees: z.number(),
})
/** How well one study was laid over the baseline. */
export type RegistrationQuality = z.infer<typeof registrationQualitySchema>

/** How places of the baseline become places of another study. */
export const studyRegistrationSchema = z.object({
  kind: z.enum(['none', 'rigid', 'affine', 'landmarks']),
  /** Places of the baseline to places of this study. */
  transform: patientTransformSchema,
  /** From the images; null for the baseline itself and where the reader's landmarks were taken. */
  quality: registrationQualitySchema.nullable(),
  /** The reader's landmarks, for `landmarks`. */
  landmarks: landmarkFitSchema.optional(),
  /** Why not to rely on it; null when nothing speaks against it. */
  remark: z.string().nullable(),
})
/** How places of the baseline become places of another study. */
export type StudyRegistration = z.infer<typeof studyRegistrationSchema>

/** Response by RECIST 1.1 with what it was made from. */
export const lesionResponseSchema = z.object({
  /** Of every lesion of the baseline. */
  roles: z.array(
    z.object({
      track: z.number().int(),
      role: z.enum(['target', 'non-target', 'normal']),
      kind: z.enum(['lesion', 'node']),
    }),
  ),
  /** Sum of the target diameters; null without targets. */
  baselineSumMm: z.number().nullable(),
  followUps: z.array(
    z.object({
      study: z.number().int().positive(),
      sumMm: z.number().nullable(),
      isComplete: z.boolean(),
      percentFromBaseline: z.number().nullable(),
      percentFromNadir: z.number().nullable(),
      mmFromNadir: z.number().nullable(),
      target: z.enum(['CR', 'PR', 'SD', 'PD', 'NE', 'NON-CR/NON-PD']).nullable(),
      nonTarget: z.enum(['CR', 'NON-CR/NON-PD', 'PD', 'NE']).nullable(),
      overall: z.enum(['CR', 'PR', 'SD', 'PD', 'NE', 'NON-CR/NON-PD']),
      /** Which rule decided; see `RecistRule`. */
      rule: z.string(),
      /** Tracks that began after the baseline and are there now. */
      newLesions: z.array(z.number().int()),
    }),
  ),
})
/** Response by RECIST 1.1 with what it was made from. */
export type LesionResponse = z.infer<typeof lesionResponseSchema>
