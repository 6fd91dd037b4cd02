import { randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import type { LabelImport, ProjectLabels } from '../../../shared/contracts/labels.ts'
import { type GeoGrid, gridProjector, mapToPixel, type Projector } from '../../../shared/domain/geo-grid.ts'
import {
  type LabelClass,
  labelClassSchema,
  labelCollectionSchema,
  type LabelFeature,
} from '../../../shared/domain/label-collection.ts'
import { classColours, type Rgb } from '../../../shared/imaging/class-colours.ts'
import { firstPosition, mapPositions } from '../../formats/labels/map-positions.ts'
import { writeFileAtomic } from '../../store/atomic-write.ts'
import { toReadError, toWriteError } from '../../store/store-error.ts'
import { findLabelFiles, labelsToCsv, readLabelFile } from './label-files.ts'
import type { OpenProject } from './open-project.ts'
import { openData } from './project-data.ts'
import type { Workbench } from './workbench.ts'

/** Labels as they are stored: GeoJSON in longitude and latitude, which any GIS opens, and two members of our own. */
const storedSchema = labelCollectionSchema.extend({
  chronolens: z.object({ revision: z.number().int(), classes: z.array(labelClassSchema) }),
})
type StoredLabels = z.infer<typeof storedSchema>

/** A set of labels on its own: `data-1`, or `data-1.run-3` for the copy that a run learned from. */
export function labelsFile(project: OpenProject, name: string): string {
  return project.path('labels', `${name}.geojson`)
}

/** `#rrggbb`. */
export function hexColour(rgb: Rgb): string {
  return `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

/**
 * The labels of data, in its map units. The first time, the label file that lies with the data is taken over, if its name
 * says that it is one.
 * @throws `labels/*`, `projects/*`, `geo/*`, `store/*`
 */
export async function loadLabels(workbench: Workbench, project: OpenProject, data: string): Promise<ProjectLabels> {
  const grid = await dataGrid(workbench, project, data)
  const stored = (await readStored(project, data)) ?? (await takeOver(project, data, grid))
  return toMapUnits(stored, gridProjector(grid))
}

/** Replaces all labels. @throws `labels/changed-elsewhere`, `labels/unknown-class`, `projects/read-only`, `store/*` */
export async function saveLabels(
  workbench: Workbench,
  project: OpenProject,
  data: string,
  labels: ProjectLabels,
): Promise<number> {
  project.requireWritable()
  const known = new Set(labels.classes.map(({ name }) => name))
  const unknown = labels.collection.features.find(({ properties }) => !known.has(properties.label))
  if (unknown)
    throw new AppError('labels/unknown-class', `There is no class "${unknown.properties.label}"; add it first.`, {
      label: unknown.properties.label,
    })
  const projector = gridProjector(await dataGrid(workbench, project, data))
  const features = labels.collection.features.map((feature) => ({
    ...feature,
    geometry: mapPositions(feature.geometry, (x, y) => projector.toLonLat(x, y)),
  }))
  return project.alone(async () => {
    const present = (await readStored(project, data))?.chronolens.revision ?? 0
    if (present !== labels.revision)
      throw new AppError(
        'labels/changed-elsewhere',
        'The labels were changed in another window since they were loaded here. Load them again.',
        { present, given: labels.revision },
      )
    const revision = present + 1
    await writeStored(project, data, {
      type: 'FeatureCollection',
      features,
      chronolens: { revision, classes: labels.classes },
    })
    return revision
  })
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
  path: string,
  replace: boolean,
): Promise<LabelImport> {
  project.requireWritable()
  const grid = await dataGrid(workbench, project, data)
  const before = replace ? null : await readStored(project, data)
  const revision = (await readStored(project, data))?.chronolens.revision ?? 0
  const { stored, added, skipped } = await merge(before, path, grid, revision)
  if (added === 0 && skipped > 0)
    throw new AppError(
      'labels/nothing-added',
      `None of the ${skipped} labels in "${basename(path)}" is new and lies on the images; check that the file belongs to them.`,
      { skipped },
    )
  await project.alone(() => writeStored(project, data, stored))
  const warnings = skipped > 0 ? [`${skipped} labels lie outside the images or repeat others, and were left out.`] : []
  return { labels: toMapUnits(stored, gridProjector(grid)), added, skipped, warnings }
}

/** The labels as a text file. @throws `labels/polygons-in-csv`, `labels/*`, `store/*` */
export async function exportLabels(
  workbench: Workbench,
  project: OpenProject,
  data: string,
  format: 'csv' | 'geojson',
): Promise<{ fileName: string; mediaType: string; text: string }> {
  await loadLabels(workbench, project, data)
  const { features } = (await readStored(project, data)) ?? emptyLabels
  const collection = { type: 'FeatureCollection' as const, features }
  const fileName = `labels-${project.data(data).name.replaceAll(/[^\p{L}\p{N}_-]+/gu, '-')}.${format}`
  if (format === 'csv') return { fileName, mediaType: 'text/csv', text: labelsToCsv(collection) }
  return { fileName, mediaType: 'application/geo+json', text: `${JSON.stringify(collection)}\n` }
}

/** The stored labels as a file's text, for a run to learn from. @throws `labels/none`, and as `loadLabels` */
export async function requireLabels(workbench: Workbench, project: OpenProject, data: string): Promise<string> {
  await loadLabels(workbench, project, data)
  const stored = await readStored(project, data)
  if (!stored || stored.features.length === 0)
    throw new AppError('labels/none', 'There are no labels to learn from; draw some, or import a label file.', { data })
  const { type, features } = stored
  return JSON.stringify({ type, features })
}

/** Colours of the classes of data, by name; empty where it has no labels. */
export async function projectClassColours(project: OpenProject, data: string): Promise<Map<string, string>> {
  const stored = await readStored(project, data).catch(() => null)
  return new Map(stored?.chronolens.classes.map(({ name, colour }) => [name, colour]) ?? [])
}

const emptyLabels: StoredLabels = {
  type: 'FeatureCollection',
  features: [],
  chronolens: { revision: 0, classes: [] },
}

async function takeOver(project: OpenProject, data: string, grid: GeoGrid): Promise<StoredLabels> {
  const [first] = await findLabelFiles(project.data(data).paths)
  if (!first?.isNamed || project.isReadOnly) return emptyLabels
  const { stored } = await merge(null, first.path, grid, 0)
  if (stored.features.length > 0) await project.alone(() => writeStored(project, data, stored))
  return stored.features.length > 0 ? stored : emptyLabels
}

async function merge(
  before: StoredLabels | null,
  path: string,
  grid: GeoGrid,
  revision: number,
): Promise<{ stored: StoredLabels; added: number; skipped: number }> {
  const places = await readLabelFile(path)
  const projector = gridProjector(grid)
  const kept = before?.features ?? []
  const seen = new Set(kept.map(keyOf))
  const added: LabelFeature[] = []
  for (const place of places) {
    const feature: LabelFeature = { type: 'Feature', id: randomUUID(), ...place }
    const key = keyOf(feature)
    if (seen.has(key) || !touchesGrid(feature, projector, grid)) continue
    seen.add(key)
    added.push(feature)
  }
  const features = [...kept, ...added]
  const classes = withColours(before?.chronolens.classes ?? [], features)
  return {
    stored: { type: 'FeatureCollection', features, chronolens: { revision: revision + 1, classes } },
    added: added.length,
    skipped: places.length - added.length,
  }
}

function keyOf({ geometry, properties }: LabelFeature): string {
  return JSON.stringify([geometry, properties.label, properties.from, properties.to])
}

/** Whether a label can be seen on the images: a point by its pixel, an area by any of its corners, or by enclosing them. */
function touchesGrid(feature: LabelFeature, projector: Projector, grid: GeoGrid): boolean {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  mapPositions(feature.geometry, (longitude, latitude) => {
    const [column, row] = mapToPixel(grid.geoTransform, ...projector.toMap(longitude, latitude))
    left = Math.min(left, column)
    right = Math.max(right, column)
    top = Math.min(top, row)
    bottom = Math.max(bottom, row)
    return [longitude, latitude]
  })
  return right >= 0 && left < grid.width && bottom >= 0 && top < grid.height
}

/** Classes known so far keep their colours; new ones, by name, get those that are left. */
function withColours(known: readonly LabelClass[], features: readonly LabelFeature[]): LabelClass[] {
  const names = new Set(known.map(({ name }) => name))
  const fresh = [...new Set(features.map(({ properties }) => properties.label))]
    .filter((name) => !names.has(name))
    .sort()
  const used = new Set(known.map(({ colour }) => colour))
  const free = classColours(known.length + fresh.length)
    .map(hexColour)
    .filter((colour) => !used.has(colour))
  return [...known, ...fresh.map((name, index) => ({ name, colour: free[index] ?? '#888888' }))]
}

function toMapUnits(stored: StoredLabels, projector: Projector): ProjectLabels {
  const features = stored.features.map((feature) => ({
    ...feature,
    geometry: mapPositions(feature.geometry, (longitude, latitude) => projector.toMap(longitude, latitude)),
  }))
  const shown = features.filter(({ geometry }) => firstPosition(geometry).every(Number.isFinite))
  return {
    revision: stored.chronolens.revision,
    classes: stored.chronolens.classes,
    collection: { type: 'FeatureCollection', features: shown },
  }
}

/** The pixel grid that labels of data are drawn on. @throws `labels/not-georeferenced`, `projects/*` */
export async function dataGrid(workbench: Workbench, project: OpenProject, data: string): Promise<GeoGrid> {
  const reader = await openData(workbench, project, data)
  try {
    const { grid } = reader
    if (grid) return grid
    throw new AppError(
      'labels/not-georeferenced',
      `"${reader.info.name}" has no map projection, so labels cannot be placed on it; give GeoTIFF files with a projection.`,
      { sequence: reader.info.id },
    )
  } finally {
    await reader.close()
  }
}

async function readStored(project: OpenProject, data: string): Promise<StoredLabels | null> {
  const path = labelsFile(project, project.data(data).id)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw toReadError(error, path)
  }
  try {
    return storedSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError('labels/damaged', `"${path}" is damaged. Restore it from a copy, or delete it.`, {}, { cause })
  }
}

async function writeStored(project: OpenProject, data: string, labels: StoredLabels): Promise<void> {
  const path = labelsFile(project, data)
  try {
    await mkdir(project.path('labels'), { recursive: true })
  } catch (error) {
    throw toWriteError(error, path)
  }
  await writeFileAtomic(path, `${JSON.stringify(labels)}\n`)
}
