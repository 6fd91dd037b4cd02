import { basename } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { LabelFileFormat, LabelImport, ProjectLabels, SavedLabels } from '../../../shared/contracts/labels.ts'
import { type GeoGrid, gridProjector } from '../../../shared/domain/geo-grid.ts'
import type { LabelChange } from '../../../shared/domain/label-changes.ts'
import type { LabelClass, LabelFeature } from '../../../shared/domain/label-collection.ts'
import type { FrameLabel } from '../../../shared/domain/label-frame.ts'
import type { PaintedMask, PaintedSeries } from '../../../shared/domain/medical/follow-request.ts'
import type { DataReference } from '../../../shared/domain/project.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import { type CocoMark, cocoText } from '../../formats/labels/coco.ts'
import { clipsToCsv } from '../../formats/labels/csv-clips.ts'
import { firstPosition, mapPositions } from '../../formats/labels/map-positions.ts'
import { fingerprintData } from '../../store/data-fingerprint.ts'
import { LabelBook } from './label-book.ts'
import { findLabelFiles, placesToCsv, readLabelFile } from './label-files.ts'
import { freshClips, type FreshLabels, freshMarks, freshPlaces, withColours } from './label-import.ts'
import type { OpenProject } from './open-project.ts'
import type { Workbench } from './workbench.ts'

/**
 * The labels of data, in its map units. The first time, the label file that lies with the data is taken over, if its name
 * says that it is one.
 * @throws `labels/*`, `projects/*`, `geo/*`, `store/*`
 */
export async function loadLabels(
  workbench: Workbench,
  project: OpenProject,
  data: string,
  sequence?: string,
): Promise<ProjectLabels> {
  const place: Place = { workbench, project, data: await dataPresent(project, data), sequence }
  const book = await LabelBook.of(project)
  await takeOver(place, book)
  return describe(place, book)
}

/**
 * Saves what was changed since a revision; what others changed meanwhile stays and is told.
 * @throws `labels/unknown-class`, `labels/changed-elsewhere`, `labels/not-georeferenced`, `projects/read-only`, `store/*`
 */
export async function saveLabels(
  workbench: Workbench,
  project: OpenProject,
  data: string,
  given: {
    readonly sequence?: string | undefined
    readonly revision: number
    readonly classes: readonly LabelClass[] | null
    readonly change: LabelChange
  },
): Promise<SavedLabels> {
  project.requireWritable()
  const place: Place = { workbench, project, data: project.data(data), sequence: given.sequence }
  const book = await LabelBook.of(project)
  const features = await fromMapUnits(place, given.change.features)
  const change = { ...given.change, features }
  const saved = await book.save(data, { base: given.revision, classes: given.classes, change })
  const theirs = { ...saved.theirs, features: await inMapUnits(place, saved.theirs.features) }
  return { ...saved, theirs }
}

/** Label files that lie with the data, the most likely first. @throws `projects/unknown-data` */
export async function labelCandidates(project: OpenProject, data: string): Promise<string[]> {
  return (await findLabelFiles(project.data(data).paths)).map(({ path }) => path)
}

/** Adds the labels of a file, or takes them instead. @throws `labels/*`, `geo/*`, `projects/*`, `store/*` */
export async function importLabels(
  workbench: Workbench,
  project: OpenProject,
  data: string,
  given: { readonly path: string; readonly replace: boolean; readonly sequence?: string | undefined },
): Promise<LabelImport> {
  project.requireWritable()
  const place: Place = { workbench, project, data: await dataPresent(project, data), sequence: given.sequence }
  const book = await LabelBook.of(project)
  const { change, added, skipped } = await freshLabels(place, given.path, book, given.replace)
  if (added === 0 && skipped > 0)
    throw new AppError(
      'labels/nothing-added',
      `None of the ${skipped} labels in "${basename(given.path)}" is new and lies on the images; check that the file belongs to them.`,
      { skipped },
    )
  await book.save(data, { base: book.revision, classes: withColours(book.classes, change), change })
  const warnings = skipped > 0 ? [`${skipped} labels lie outside the images or repeat others, and were left out.`] : []
  return { labels: await describe(place, book), added, skipped, warnings }
}

/** The labels as a text file. @throws `labels/polygons-in-csv`, `labels/*`, `store/*` */
export async function exportLabels(
  workbench: Workbench,
  project: OpenProject,
  data: string,
  format: LabelFileFormat,
): Promise<{ fileName: string; mediaType: string; text: string }> {
  await loadLabels(workbench, project, data)
  const book = await LabelBook.of(project)
  const { features, frames } = book.labels(data)
  const name = `labels-${project.data(data).name.replaceAll(/[^\p{L}\p{N}_-]+/gu, '-')}`
  if (format === 'geojson') {
    const text = `${JSON.stringify({ type: 'FeatureCollection', features })}\n`
    return { fileName: `${name}.geojson`, mediaType: 'application/geo+json', text }
  }
  if (format === 'csv' && features.length > 0)
    return { fileName: `${name}.csv`, mediaType: 'text/csv', text: placesToCsv(features) }
  const found = await sequencesOf(workbench, await dataPresent(project, data))
  const sequences = new Map(found.map((info) => [info.id, info]))
  if (format === 'coco') {
    const text = cocoText(frames, book.classes, (sequence) => sequences.get(sequence) ?? null)
    return { fileName: `${name}.coco.json`, mediaType: 'application/json', text }
  }
  return { fileName: `${name}.csv`, mediaType: 'text/csv', text: clipsToCsv(clipRows(frames, sequences)) }
}

/** The labels on the map as a file's text, for a run to learn from. @throws `labels/none`, and as `loadLabels` */
export async function requireLabels(workbench: Workbench, project: OpenProject, data: string): Promise<string> {
  const reference = await dataPresent(project, data)
  const book = await LabelBook.of(project)
  await takeOver({ workbench, project, data: reference, sequence: undefined }, book)
  const { features } = book.labels(data)
  if (features.length === 0)
    throw new AppError('labels/none', 'There are no labels to learn from; draw some, or import a label file.', { data })
  return JSON.stringify({ type: 'FeatureCollection', features })
}

/**
 * The classes of whole clips and the intervals as a table of clips; null where there are none. @throws as `loadLabels`
 */
export async function clipLabels(workbench: Workbench, project: OpenProject, data: string): Promise<string | null> {
  const reference = await dataPresent(project, data)
  const book = await LabelBook.of(project)
  await takeOver({ workbench, project, data: reference, sequence: undefined }, book)
  const { frames } = book.labels(data)
  if (!frames.some(({ kind }) => kind === 'sequence' || kind === 'interval')) return null
  const found = await sequencesOf(workbench, reference)
  return clipsToCsv(clipRows(frames, new Map(found.map((info) => [info.id, info]))))
}

/** What is painted on the series, for a task to learn from; null where nothing is. @throws as `loadLabels` */
export async function paintedLabels(_: Workbench, project: OpenProject, data: string): Promise<string | null> {
  const reference = await dataPresent(project, data)
  const { frames } = (await LabelBook.of(project)).labels(reference.id)
  const series: Record<string, PaintedMask[]> = {}
  for (const label of frames) {
    if (label.kind !== 'mask') continue
    const own = (series[label.sequence] ??= [])
    for (const { label: name, counts } of label.layers) {
      const known = own.find((one) => one.label === name)
      if (known) known.frames.push({ frame: label.frame, counts })
      else own.push({ label: name, frames: [{ frame: label.frame, counts }] })
    }
  }
  const painted: PaintedSeries = { format: 'chronolens-painted', series }
  return Object.keys(series).length > 0 ? JSON.stringify(painted) : null
}

/** Colours of the classes of a project, by name; empty where it has no labels. */
export async function projectClassColours(project: OpenProject): Promise<Map<string, string>> {
  const book = await LabelBook.of(project).catch(() => null)
  return new Map(book?.classes.map(({ name, colour }) => [name, colour]) ?? [])
}

/** The pixel grid that labels of data are drawn on. @throws `labels/not-georeferenced`, `projects/*` */
export async function dataGrid(workbench: Workbench, project: OpenProject, data: string): Promise<GeoGrid> {
  return gridOf({ workbench, project, data: project.data(data), sequence: undefined })
}

/** Data of a project, and the sequence of them whose map units are meant. */
interface Place {
  readonly workbench: Workbench
  readonly project: OpenProject
  readonly data: DataReference
  readonly sequence: string | undefined
}

// Two windows, or two parts of a page, may ask for the labels of new data at once; the file is taken over once.
const takingOver = new WeakMap<LabelBook, Map<string, Promise<void>>>()

/** Takes over the label file that lies with data nobody has labelled yet, if its name says that it is one. */
async function takeOver(place: Place, book: LabelBook): Promise<void> {
  const { id } = place.data
  if (book.has(id) || place.project.isReadOnly) return
  const running = takingOver.get(book) ?? new Map<string, Promise<void>>()
  takingOver.set(book, running)
  const known = running.get(id)
  if (known) return known
  const taking = takeOverFile(place, book).finally(() => running.delete(id))
  running.set(id, taking)
  return taking
}

async function takeOverFile(place: Place, book: LabelBook): Promise<void> {
  const [first] = await findLabelFiles(place.data.paths)
  if (!first?.isNamed) return
  const { change, added } = await freshLabels(place, first.path, book, false)
  const classes = withColours(book.classes, change)
  if (added > 0) await book.save(place.data.id, { base: book.revision, classes, change })
}

async function freshLabels(place: Place, path: string, book: LabelBook, replace: boolean): Promise<FreshLabels> {
  const present = book.labels(place.data.id)
  const before = replace ? { features: [], frames: [] } : present
  const remove = replace ? [...present.features, ...present.frames].map(({ id }) => id) : []
  const { places, clips, marks } = /\.(dcm|seg)$/i.test(path)
    ? { places: [], clips: [], marks: await dicomMarks(place, path) }
    : await readLabelFile(path)
  const sequences = clips.length + marks.length > 0 ? await sequencesOf(place.workbench, place.data) : []
  const parts: FreshLabels[] = []
  if (places.length > 0) {
    const { change, ...counts } = freshPlaces(places, before.features, await gridOf(place))
    parts.push({ ...counts, change: { ...change, features: change.features.map((one) => drawnOn(one, place)) } })
  }
  if (clips.length > 0) parts.push(freshClips(clips, before.frames, sequences))
  if (marks.length > 0) parts.push(freshMarks(marks, before.frames, sequences))
  return {
    change: {
      features: parts.flatMap(({ change }) => change.features),
      frames: parts.flatMap(({ change }) => change.frames),
      remove,
    },
    added: parts.reduce((sum, { added }) => sum + added, 0),
    skipped: parts.reduce((sum, { skipped }) => sum + skipped, 0),
  }
}

/** The masks of a DICOM segmentation or structure set on the sequence that is labelled. @throws `dicom/*`, `formats/*` */
async function dicomMarks({ workbench, data, sequence }: Place, path: string): Promise<CocoMark[]> {
  const reader = await workbench.opener.open(data.paths, sequence ?? data.sequence ?? undefined)
  try {
    const { frames, segments, height, width } = await reader.overlay(path)
    return frames.flatMap(({ frame, layers }) =>
      layers.map(({ segment, counts }): CocoMark => {
        const label = (segments[segment]?.label ?? '').slice(0, 200) || `Segment ${segment + 1}`
        return { label, sequence: reader.info.id, frame, height, width, shape: { kind: 'mask', counts } }
      }),
    )
  } finally {
    await reader.close()
  }
}

async function describe(place: Place, book: LabelBook): Promise<ProjectLabels> {
  const { features, frames } = book.labels(place.data.id)
  const { sequence } = place
  const isHere = ({ properties }: LabelFeature): boolean =>
    sequence === undefined || properties.sequence === undefined || properties.sequence === sequence
  const elsewhere = book.countsElsewhere(place.data.id)
  for (const { properties } of features.filter((feature) => !isHere(feature)))
    elsewhere[properties.label] = (elsewhere[properties.label] ?? 0) + 1
  return {
    revision: book.revision,
    classes: book.classes,
    collection: { type: 'FeatureCollection', features: await inMapUnits(place, features.filter(isHere)) },
    frames,
    elsewhere,
  }
}

function clipRows(frames: readonly FrameLabel[], sequences: ReadonlyMap<string, SequenceInfo>) {
  return frames.flatMap((label) => {
    if (label.kind !== 'sequence' && label.kind !== 'interval') return []
    const rate = sequences.get(label.sequence)?.frameRate ?? 1
    const span = label.kind === 'interval' ? { start: label.from / rate, end: label.to / rate } : null
    const { sequence: path, group = null, subset = null } = label
    return [{ path, label: label.label, group, subset, span }]
  })
}

/** Labels whose place the projection cannot show are left out. */
async function inMapUnits(place: Place, features: readonly LabelFeature[]): Promise<LabelFeature[]> {
  if (features.length === 0) return []
  const projector = gridProjector(await gridOf(place))
  return features
    .map((feature) => ({ ...feature, geometry: mapPositions(feature.geometry, (x, y) => projector.toMap(x, y)) }))
    .filter(({ geometry }) => firstPosition(geometry).every(Number.isFinite))
}

async function fromMapUnits(place: Place, features: readonly LabelFeature[]): Promise<LabelFeature[]> {
  if (features.length === 0) return []
  const projector = gridProjector(await gridOf(place))
  return features.map((feature) =>
    drawnOn({ ...feature, geometry: mapPositions(feature.geometry, (x, y) => projector.toLonLat(x, y)) }, place),
  )
}

/** The label with the sequence it was drawn on, where the data may hold several. */
function drawnOn(feature: LabelFeature, { data, sequence }: Place): LabelFeature {
  if (data.sequence !== null || sequence === undefined) return feature
  return { ...feature, properties: { sequence, ...feature.properties } }
}

/** @throws `projects/unknown-data`, `projects/data-missing` */
async function dataPresent(project: OpenProject, id: string): Promise<DataReference> {
  const data = project.data(id)
  if (await fingerprintData(data.paths)) return data
  throw new AppError(
    'projects/data-missing',
    `The data "${data.name}" are not where they were. Say where they are now, or connect the disk they are on.`,
    { name: data.name },
  )
}

async function sequencesOf(workbench: Workbench, data: DataReference): Promise<readonly SequenceInfo[]> {
  return (await workbench.opener.found(data.paths)).sequences
}

// A reference is a new object when its data are found elsewhere, so what is kept here belongs to the files.
const grids = new WeakMap<DataReference, Map<string, GeoGrid>>()

/** The grid of a sequence; opened once for each place the data were found at. @throws `labels/not-georeferenced`, `projects/*` */
async function gridOf({ workbench, project, data, sequence }: Place): Promise<GeoGrid> {
  const wanted = data.sequence ?? sequence
  const known = grids.get(data) ?? new Map<string, GeoGrid>()
  grids.set(data, known)
  const here = known.get(wanted ?? '')
  if (here) return here
  await dataPresent(project, data.id)
  const reader = await workbench.opener.open(data.paths, wanted)
  try {
    const { grid } = reader
    if (grid) {
      known.set(wanted ?? '', grid)
      return grid
    }
    throw new AppError(
      'labels/not-georeferenced',
      `"${reader.info.name}" has no map projection, so labels cannot be placed on it; give GeoTIFF files with a projection.`,
      { sequence: reader.info.id },
    )
  } finally {
    await reader.close()
  }
}
