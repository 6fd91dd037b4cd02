import { mkdir, rm } from 'node:fs/promises'
import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import type { SavedLabels } from '../../../shared/contracts/labels.ts'
import { countClasses, type LabelChange, touchedIds } from '../../../shared/domain/label-changes.ts'
import {
  type LabelClass,
  labelClassSchema,
  labelCollectionSchema,
  type LabelFeature,
  labelFeatureSchema,
} from '../../../shared/domain/label-collection.ts'
import { classesOf, type FrameLabel, frameLabelSchema } from '../../../shared/domain/label-frame.ts'
import { writeFileAtomic } from '../../store/atomic-write.ts'
import { readIfThere } from '../../store/read-if-there.ts'
import { toWriteError } from '../../store/store-error.ts'
import type { OpenProject } from './open-project.ts'

/** `labels/labels.json` of a project. Map geometry is longitude and latitude, WGS 84. */
const storedVersion = 1
const storedSchema = z.object({
  format: z.literal('chronolens-labels'),
  version: z.literal(storedVersion),
  revision: z.number().int().nonnegative(),
  classes: z.array(labelClassSchema),
  data: z.record(z.string(), z.object({ features: z.array(labelFeatureSchema), frames: z.array(frameLabelSchema) })),
})

/** How labels were stored before: one GeoJSON file for each data set. */
const earlierSchema = labelCollectionSchema.extend({
  chronolens: z.object({ revision: z.number().int(), classes: z.array(labelClassSchema) }),
})

type Label = LabelFeature | FrameLabel
interface Kept {
  readonly label: Label
  /** The save that brought it. */
  readonly revision: number
}
interface Section {
  readonly labels: ReadonlyMap<string, Kept>
  /** Labels that are gone, and the save that removed them. */
  readonly removed: ReadonlyMap<string, number>
}
interface BookState {
  readonly revision: number
  readonly classes: readonly (LabelClass & { readonly revision: number })[]
  readonly sections: ReadonlyMap<string, Section>
}

const emptySection: Section = { labels: new Map(), removed: new Map() }
const books = new WeakMap<OpenProject, LabelBook>()

/**
 * The labels of a project: one file, written whole and atomically at every save. It remembers which save brought what, so that
 * two windows of one program can work on the same project: what one did not touch it takes over from the other.
 */
export class LabelBook {
  private readonly project: OpenProject
  private readonly firstRevision: number
  private readonly earlierFiles: readonly string[]
  private state: BookState

  private constructor(project: OpenProject, state: BookState, earlierFiles: readonly string[]) {
    this.project = project
    this.state = state
    this.firstRevision = state.revision
    this.earlierFiles = earlierFiles
  }

  /** The labels of an open project; a project that others may change is read each time. @throws `labels/damaged`, `store/*` */
  static async of(project: OpenProject): Promise<LabelBook> {
    if (project.isReadOnly) return LabelBook.read(project)
    return project.alone(async () => {
      const known = books.get(project) ?? (await LabelBook.read(project))
      books.set(project, known)
      return known
    })
  }

  get revision(): number {
    return this.state.revision
  }

  get classes(): LabelClass[] {
    return this.state.classes.map(({ name, colour }) => ({ name, colour }))
  }

  /** Whether anything was ever saved for data. */
  has(data: string): boolean {
    return this.state.sections.has(data)
  }

  /** The labels of data; map geometry in longitude and latitude. */
  labels(data: string): { features: LabelFeature[]; frames: FrameLabel[] } {
    const all = [...(this.state.sections.get(data) ?? emptySection).labels.values()].map(({ label }) => label)
    return { features: all.filter(isFeature), frames: all.filter((label): label is FrameLabel => !isFeature(label)) }
  }

  /** Labels of each class that other data of the project have. */
  countsElsewhere(data: string): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const other of this.state.sections.keys())
      if (other !== data)
        for (const [name, count] of countClasses(this.labels(other))) counts[name] = (counts[name] ?? 0) + count
    return counts
  }

  /**
   * Applies a change made on top of revision `base`, and writes the file.
   * @throws `labels/unknown-class`, `labels/changed-elsewhere`, `projects/read-only`, `store/*`; nothing is changed then
   */
  async save(
    data: string,
    given: { readonly base: number; readonly classes: readonly LabelClass[] | null; readonly change: LabelChange },
  ): Promise<SavedLabels> {
    this.project.requireWritable()
    return this.project.alone(async () => {
      const before = this.state
      if (given.base > before.revision)
        throw new AppError(
          'labels/changed-elsewhere',
          'The labels of this project were put back to an earlier state outside the program. Load them again.',
          { present: before.revision, given: given.base },
        )
      const revision = before.revision + 1
      const section = before.sections.get(data) ?? emptySection
      const touched = touchedIds(given.change)
      const theirs = changedSince(section, given.base, touched)
      const overwritten = [...touched].filter(
        (id) => (section.labels.get(id)?.revision ?? section.removed.get(id) ?? 0) > given.base,
      )
      const sections = new Map(before.sections).set(data, applied(section, given.change, revision))
      const classes = mergedClasses(before, given.classes ?? before.classes, given.base, revision, sections)
      refuseUnknownClass(given.change, classes)
      const next: BookState = { revision, classes, sections }
      await this.write(next)
      this.state = next
      const isStale = given.base < this.firstRevision
      return { revision, classes: this.classes, theirs, overwritten: isStale ? [] : overwritten, isStale }
    })
  }

  private async write(state: BookState): Promise<void> {
    const path = labelsPath(this.project)
    const stored: z.infer<typeof storedSchema> = {
      format: 'chronolens-labels',
      version: storedVersion,
      revision: state.revision,
      classes: state.classes.map(({ name, colour }) => ({ name, colour })),
      data: Object.fromEntries(
        [...state.sections].map(([data, { labels }]) => {
          const all = [...labels.values()].map(({ label }) => label)
          const frames = all.filter((label): label is FrameLabel => !isFeature(label))
          return [data, { features: all.filter(isFeature), frames }]
        }),
      ),
    }
    try {
      await mkdir(this.project.path('labels'), { recursive: true })
    } catch (error) {
      throw toWriteError(error, path)
    }
    await writeFileAtomic(path, `${JSON.stringify(stored)}\n`)
    // All they held is in the file now.
    await Promise.all(this.earlierFiles.map((file) => rm(file, { force: true }).catch(() => undefined)))
  }

  private static async read(project: OpenProject): Promise<LabelBook> {
    const stored = await readJson(labelsPath(project), storedSchema)
    if (stored) {
      const { revision } = stored
      const sections = Object.entries(stored.data).map(
        ([data, { features, frames }]) => [data, sectionOf([...features, ...frames], revision)] as const,
      )
      const classes = stored.classes.map((one) => ({ ...one, revision }))
      return new LabelBook(project, { revision, classes, sections: new Map(sections) }, [])
    }
    return LabelBook.readEarlier(project)
  }

  /** Takes over the files of an earlier version; they are removed with the first save. */
  private static async readEarlier(project: OpenProject): Promise<LabelBook> {
    const sections = new Map<string, Section>()
    const classes = new Map<string, LabelClass & { revision: number }>()
    const files: string[] = []
    let revision = 0
    for (const { id } of project.manifest.data) {
      const path = project.path('labels', `${id}.geojson`)
      const found = await readJson(path, earlierSchema)
      if (!found) continue
      files.push(path)
      revision = Math.max(revision, found.chronolens.revision)
      sections.set(id, sectionOf(found.features, found.chronolens.revision))
      for (const one of found.chronolens.classes)
        if (!classes.has(one.name)) classes.set(one.name, { ...one, revision: found.chronolens.revision })
    }
    return new LabelBook(project, { revision, classes: [...classes.values()], sections }, files)
  }
}

function labelsPath(project: OpenProject): string {
  return project.path('labels', 'labels.json')
}

function isFeature(label: Label): label is LabelFeature {
  return 'type' in label
}

function sectionOf(labels: readonly Label[], revision: number): Section {
  return { labels: new Map(labels.map((label) => [label.id, { label, revision }])), removed: new Map() }
}

function changedSince(section: Section, base: number, except: ReadonlySet<string>): LabelChange {
  const changed = [...section.labels.values()].filter(({ label, revision }) => revision > base && !except.has(label.id))
  const labels = changed.map(({ label }) => label)
  return {
    features: labels.filter(isFeature),
    frames: labels.filter((label): label is FrameLabel => !isFeature(label)),
    remove: [...section.removed].filter(([id, revision]) => revision > base && !except.has(id)).map(([id]) => id),
  }
}

function applied(section: Section, { features, frames, remove }: LabelChange, revision: number): Section {
  const [labels, removed] = [new Map(section.labels), new Map(section.removed)]
  for (const id of remove) if (labels.delete(id)) removed.set(id, revision)
  for (const label of [...features, ...frames]) {
    labels.set(label.id, { label, revision })
    removed.delete(label.id)
  }
  return { labels, removed }
}

/** The classes as given, and those that others have added meanwhile or that labels still have. */
function mergedClasses(
  before: BookState,
  given: readonly LabelClass[],
  base: number,
  revision: number,
  sections: ReadonlyMap<string, Section>,
): BookState['classes'] {
  const names = new Set(given.map(({ name }) => name))
  const used = new Set<string>()
  for (const { labels } of sections.values())
    for (const { label } of labels.values())
      for (const name of isFeature(label) ? [label.properties.label] : classesOf(label)) used.add(name)
  const known = new Map(before.classes.map((one) => [one.name, one]))
  const own = given.map((one) => {
    const earlier = known.get(one.name)
    return earlier?.colour === one.colour ? earlier : { name: one.name, colour: one.colour, revision }
  })
  const theirs = before.classes.filter((one) => !names.has(one.name) && (one.revision > base || used.has(one.name)))
  return [...own, ...theirs]
}

function refuseUnknownClass({ features, frames }: LabelChange, classes: readonly LabelClass[]): void {
  const known = new Set(classes.map(({ name }) => name))
  const names = [...features.map(({ properties }) => properties.label), ...frames.flatMap((label) => classesOf(label))]
  const unknown = names.find((name) => !known.has(name))
  if (unknown !== undefined)
    throw new AppError('labels/unknown-class', `There is no class "${unknown}"; add it first.`, { label: unknown })
}

async function readJson<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S> | null> {
  const text = await readIfThere(path)
  if (text === null) return null
  try {
    const json: unknown = JSON.parse(text)
    refuseNewer(json, path)
    return schema.parse(json)
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('labels/damaged', `"${path}" is damaged. Restore it from a copy, or delete it.`, {}, { cause })
  }
}

function refuseNewer(json: unknown, path: string): void {
  const { data } = z.object({ version: z.number() }).safeParse(json)
  if (data && data.version > storedVersion)
    throw new AppError(
      'labels/newer-version',
      `"${path}" was written by a newer version of the program (${data.version}, this one knows ${storedVersion}). Open the project with that one.`,
      { version: data.version },
    )
}
