import { z } from 'zod'
import { editLinks, type FoundLesion, type LesionLink, type LesionTrack, tracksOf } from './lesion-tracking.ts'

const lesionId = z.string().min(1).max(40)

/**
 * One correction of the reader. A lesion found in one study is named by its id (`s2-1`), a tracked lesion by any of those it is made
 * of: track numbers may change with the links, ids never do.
 */
export const correctionSchema = z.discriminatedUnion('kind', [
  /** The lesion is the one that `into` belongs to; its own later sights come along, what `into` had there goes its own way. */
  z.object({ kind: z.literal('move'), lesion: lesionId, into: lesionId }),
  /** From this study on it is a lesion of its own. */
  z.object({ kind: z.literal('separate'), lesion: lesionId }),
  /** It split off the lesion that `of` belongs to. */
  z.object({ kind: z.literal('part'), lesion: lesionId, of: lesionId }),
  /** These are no lesions. */
  z.object({ kind: z.literal('dismiss'), lesions: z.array(lesionId).min(1).max(1000) }),
  /** What the reader knows of a lesion; what is left out stays as it is, null goes back to what the program proposes. */
  z.object({
    kind: z.literal('describe'),
    lesion: lesionId,
    organ: z.string().trim().min(1).max(80).nullable().optional(),
    type: z.enum(['lesion', 'node']).nullable().optional(),
    role: z.enum(['target', 'non-target']).nullable().optional(),
  }),
  /** Whether the non-targets as a whole have unequivocally progressed in a study: a reader's judgement. */
  z.object({ kind: z.literal('progression'), study: z.number().int().positive(), isUnequivocal: z.boolean() }),
])
/** One correction of the reader. */
export type Correction = z.infer<typeof correctionSchema>

/** Most corrections that are kept of one tracking. */
export const maximumCorrections = 5000

/** All corrections in their order; those from `position` on are taken back and can be done again. */
export const correctionLogSchema = z
  .object({
    steps: z.array(correctionSchema).max(maximumCorrections),
    position: z.number().int().nonnegative(),
  })
  .refine(({ steps, position }) => position <= steps.length, 'The position lies after the last step.')
/** All corrections in their order. */
export type CorrectionLog = z.infer<typeof correctionLogSchema>

/** A log without corrections. */
export const noCorrections: CorrectionLog = { steps: [], position: 0 }

/** The corrections that hold. */
export function appliedSteps({ steps, position }: CorrectionLog): readonly Correction[] {
  return steps.slice(0, position)
}

/** The log with one more correction; those that were taken back are gone. */
export function withCorrection({ steps, position }: CorrectionLog, next: Correction): CorrectionLog {
  return { steps: [...steps.slice(0, position), next], position: position + 1 }
}

/** What a reader said of one tracked lesion. */
export interface LesionNote {
  readonly organ: string | null
  readonly type: 'lesion' | 'node' | null
  readonly role: 'target' | 'non-target' | null
}

/** Lesions and links as the reader has them. */
export interface CorrectedLinks {
  /** Without those that were dismissed. */
  readonly lesions: readonly FoundLesion[]
  readonly links: readonly LesionLink[]
  readonly tracks: readonly LesionTrack[]
  /** By track number. */
  readonly notes: ReadonlyMap<number, LesionNote>
  /** Studies in which non-targets progressed unequivocally. */
  readonly progression: ReadonlySet<number>
  /** Indices of the steps on links that change nothing: the lesions are linked so already, or not there. */
  readonly idle: readonly number[]
}

/**
 * Applies corrections in their order. Steps that name what is not there (any more) change nothing. A track keeps the number of the
 * one that began with the same lesion; new ones get numbers of their own, so that a correction renames nothing else.
 * @param found  all that were found
 * @param links  as the program made them
 */
export function correctedLinks(
  found: readonly FoundLesion[],
  links: readonly LesionLink[],
  studies: number,
  steps: readonly Correction[],
): CorrectedLinks {
  const originals = tracksOf(found, links, studies)
  let [lesions, now]: [readonly FoundLesion[], readonly LesionLink[]] = [found, links]
  const said = new Map<string, Partial<LesionNote>>()
  const progression = new Set<number>()
  const idle: number[] = []
  for (const [index, step] of steps.entries()) {
    const [lesionsBefore, linksBefore] = [lesions, now]
    switch (step.kind) {
      case 'dismiss': {
        const gone = new Set(step.lesions)
        now = bridged(lesions, now, studies, gone)
        lesions = lesions.filter(({ id }) => !gone.has(id))
        break
      }
      case 'describe': {
        const { kind: _, lesion, ...rest } = step
        said.set(lesion, { ...said.get(lesion), ...rest })
        break
      }
      case 'progression':
        if (step.isUnequivocal) progression.add(step.study)
        else progression.delete(step.study)
        break
      case 'separate':
        now = now.filter(({ to }) => to !== step.lesion)
        break
      case 'part':
        now = asPart(lesions, now, studies, step)
        break
      case 'move':
        now = movedInto(lesions, now, studies, step)
        break
    }
    const isAboutLinks = step.kind !== 'describe' && step.kind !== 'progression'
    if (isAboutLinks && lesions.length === lesionsBefore.length && sameLinks(now, linksBefore)) idle.push(index)
  }
  const tracks = renumbered(tracksOf(lesions, now, studies), originals)
  return { lesions, links: now, tracks, notes: notesOf(tracks, said), progression, idle }
}

function sameLinks(a: readonly LesionLink[], b: readonly LesionLink[]): boolean {
  if (a === b) return true
  const keys = new Set(b.map(({ from, to, isMain }) => `${from} ${to} ${isMain}`))
  return a.length === b.length && a.every(({ from, to, isMain }) => keys.has(`${from} ${to} ${isMain}`))
}

const first = ({ lesions }: LesionTrack): string => lesions.find((id) => id !== null) ?? ''

function renumbered(tracks: readonly LesionTrack[], originals: readonly LesionTrack[]): LesionTrack[] {
  const known = new Map(originals.map((track) => [first(track), track.number]))
  let free = originals.reduce((most, { number }) => Math.max(most, number), 0) + 1
  const numberOf = new Map(tracks.map((track) => [track.number, known.get(first(track)) ?? free++]))
  const changed = (number: number | null): number | null => (number === null ? null : (numberOf.get(number) ?? null))
  return tracks
    .map((track) => ({
      ...track,
      number: numberOf.get(track.number) ?? track.number,
      mergedInto: changed(track.mergedInto),
      splitFrom: changed(track.splitFrom),
    }))
    .sort((a, b) => a.number - b.number)
}

/** Of each field what was said of the earliest of a track's lesions. */
function notesOf(
  tracks: readonly LesionTrack[],
  said: ReadonlyMap<string, Partial<LesionNote>>,
): Map<number, LesionNote> {
  return new Map(
    tracks.map((track) => {
      const own = track.lesions.flatMap((id) => said.get(id ?? '') ?? [])
      const field = <Key extends keyof LesionNote>(key: Key): LesionNote[Key] | null =>
        own.find((note) => note[key] !== undefined)?.[key] ?? null
      return [track.number, { organ: field('organ'), type: field('type'), role: field('role') }]
    }),
  )
}

interface Rows {
  readonly studyOf: ReadonlyMap<string, number>
  /** The sights of the track that a lesion belongs to, by study. */
  readonly rowOf: (lesion: string) => readonly (string | null)[]
}

function rowsOf(lesions: readonly FoundLesion[], links: readonly LesionLink[], studies: number): Rows {
  const tracks = tracksOf(lesions, links, studies)
  return {
    studyOf: new Map(lesions.map(({ id, study }) => [id, study])),
    rowOf: (lesion) => tracks.find((track) => track.lesions.includes(lesion))?.lesions ?? [],
  }
}

const byReader = (from: string, to: string): LesionLink => ({
  from,
  to,
  by: 'reader',
  overlap: null,
  distanceMm: null,
  isMain: true,
})

function movedInto(
  lesions: readonly FoundLesion[],
  links: readonly LesionLink[],
  studies: number,
  { lesion, into }: { readonly lesion: string; readonly into: string },
): readonly LesionLink[] {
  const { studyOf, rowOf } = rowsOf(lesions, links, studies)
  const study = studyOf.get(lesion)
  const [own, row] = [rowOf(lesion), rowOf(into)]
  if (study === undefined || row.length === 0 || row.includes(lesion)) return links
  const before = row.slice(0, study).findLast((id) => id !== null) ?? null
  const here = row[study] ?? null
  const after = row.slice(study + 1).find((id) => id !== null) ?? null
  const laterOwn = own.slice(study + 1).find((id) => id !== null) ?? null
  let next = links
  const without = (from: string | null, to: string | null): void => {
    next = next.filter((link) => link.from !== from || link.to !== to)
  }
  if (before !== null) {
    // What continued the track here, or later, gives way; its own later sights stay with it.
    next = next.filter(({ to }) => to !== lesion)
    without(before, here ?? after)
    next = [...next, byReader(before, lesion)]
    // Nothing follows the lesion itself, so the track goes on where it did.
    if (here === null && after !== null && laterOwn === null) next = [...next, byReader(lesion, after)]
    return next
  }
  if (after === null) return links
  // The track begins here or later: the lesion becomes its beginning.
  const afterStudy = studyOf.get(after) ?? study + 1
  const tip = own.slice(study, afterStudy).findLast((id) => id !== null) ?? lesion
  if (here !== null) without(here, after)
  next = next.filter(({ from, to }) => to !== after && (from !== tip || (studyOf.get(to) ?? 0) < afterStudy))
  return [...next, byReader(tip, after)]
}

function asPart(
  lesions: readonly FoundLesion[],
  links: readonly LesionLink[],
  studies: number,
  { lesion, of }: { readonly lesion: string; readonly of: string },
): readonly LesionLink[] {
  const { studyOf, rowOf } = rowsOf(lesions, links, studies)
  const study = studyOf.get(lesion)
  const row = rowOf(of)
  if (study === undefined || row.includes(lesion)) return links
  const before = row.slice(0, study).findLast((id) => id !== null) ?? null
  if (before === null) return links
  const alone = links.filter(({ to }) => to !== lesion)
  return editLinks(alone, { kind: 'add', from: before, to: lesion }, lesions)
}

/** Links without some lesions; a track goes on from the sight before one to the sight after it. */
function bridged(
  lesions: readonly FoundLesion[],
  links: readonly LesionLink[],
  studies: number,
  gone: ReadonlySet<string>,
): readonly LesionLink[] {
  const { rowOf } = rowsOf(lesions, links, studies)
  const left = links.filter(({ from, to }) => !gone.has(from) && !gone.has(to))
  const bridges = new Map<string, LesionLink>()
  for (const id of gone) {
    const row = rowOf(id)
    const at = row.indexOf(id)
    const before = row.slice(0, at).findLast((one) => one !== null && !gone.has(one)) ?? null
    const after = row.slice(at + 1).find((one) => one !== null && !gone.has(one)) ?? null
    if (at >= 0 && before !== null && after !== null) bridges.set(`${before} ${after}`, byReader(before, after))
  }
  return [...left, ...bridges.values()]
}
