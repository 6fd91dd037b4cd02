import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { LabelFeature } from '../../../shared/domain/label-collection.ts'
import { type CocoMark, readCoco } from '../../formats/labels/coco.ts'
import { isClipTable, type LabelledClip, readCsvClips } from '../../formats/labels/csv-clips.ts'
import { readCsvPlaces } from '../../formats/labels/csv-places.ts'
import { csvCell } from '../../formats/labels/csv-rows.ts'
import { readGeoJsonPlaces } from '../../formats/labels/geojson-places.ts'
import type { LabelledPlace } from '../../formats/labels/place.ts'
import { toReadError } from '../../store/store-error.ts'

const maximumBytes = 256 * 1024 * 1024

/** What a label file holds: places on the Earth, classes of clips, or marks on frames. */
export interface LabelFile {
  readonly places: readonly LabelledPlace[]
  readonly clips: readonly LabelledClip[]
  readonly marks: readonly CocoMark[]
}

/**
 * Reads a CSV, GeoJSON or COCO label file.
 * @throws `labels/unknown-format`, `labels/too-large`, `store/*`, as `readCsvPlaces`, `readCsvClips`, `readGeoJsonPlaces`, `readCoco`
 */
export async function readLabelFile(path: string): Promise<LabelFile> {
  const source = basename(path)
  const suffix = extname(path).toLowerCase()
  const none: LabelFile = { places: [], clips: [], marks: [] }
  if (['.csv', '.tsv', '.txt'].includes(suffix)) {
    const text = await readText(path)
    if (isClipTable(text)) return { ...none, clips: readCsvClips(text, source) }
    return { ...none, places: readCsvPlaces(text, source, await crsBeside(path)) }
  }
  if (['.geojson', '.json'].includes(suffix)) {
    const text = await readText(path)
    if (/"images"\s*:/.test(text) && /"categories"\s*:/.test(text)) return { ...none, marks: readCoco(text, source) }
    return { ...none, places: readGeoJsonPlaces(text, source) }
  }
  throw new AppError(
    'labels/unknown-format',
    `"${source}" is no label file; a CSV table (.csv), GeoJSON (.geojson) or COCO (.json) is expected.`,
    { source },
  )
}

/** Label files in the folders of data, the most likely first. `isNamed`: its name says that it holds labels. */
export async function findLabelFiles(paths: readonly string[]): Promise<{ path: string; isNamed: boolean }[]> {
  const found: { path: string; isNamed: boolean }[] = []
  for (const path of new Set(await Promise.all(paths.map(folderOf))))
    for (const name of (await readdir(path).catch(() => [])).sort())
      if (!name.startsWith('.') && (/\.(csv|geojson)$/i.test(name) || isCocoName(name)))
        found.push({
          path: join(path, name),
          isNamed: /^(samples|labels|training|ground_?truth)\.(csv|geojson)$/i.test(name),
        })
  return [...found.filter(({ isNamed }) => isNamed), ...found.filter(({ isNamed }) => !isNamed)]
}

/** Labels of places as a CSV table of points. @throws `labels/polygons-in-csv` */
export function placesToCsv(features: readonly LabelFeature[]): string {
  const lines = features.map(({ geometry, properties: { label, from, to } }) => {
    if (geometry.type !== 'Point')
      throw new AppError('labels/polygons-in-csv', 'A CSV table holds points only; export areas as GeoJSON.')
    return [...geometry.coordinates, from ?? '', to ?? '', csvCell(label)].join(',')
  })
  return ['longitude,latitude,from,to,label', ...lines, ''].join('\n')
}

/** Of the many JSON files that lie with data only those whose name says that they hold annotations. */
function isCocoName(name: string): boolean {
  return /^(.*[._-])?(coco|instances|annotations)([._-].*)?\.json$/i.test(name)
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > maximumBytes)
      throw new AppError('labels/too-large', `"${basename(path)}" has ${size} bytes, too many for a label file.`, {
        size,
      })
    return await readFile(path, 'utf8')
  } catch (error) {
    throw toReadError(error, path)
  }
}

async function folderOf(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  return isFolder ? path : dirname(path)
}

/** The projection in `samples_projection` or `samples.prj` beside `samples.csv`; null where neither is. */
async function crsBeside(path: string): Promise<string | null> {
  const stem = join(dirname(path), basename(path, extname(path)))
  for (const candidate of [`${stem}_projection`, `${stem}.prj`]) {
    const text = await readFile(candidate, 'utf8').catch(() => null)
    const crs = text?.trim().replaceAll(/^"|"$/g, '').trim()
    if (crs) return crs
  }
  return null
}
