import { dirname, extname } from 'node:path'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { defined } from '../../../shared/base/assert.ts'
import { ignoreProgress, type ReportProgress } from '../../../shared/base/progress.ts'
import type { Problem, SequenceInfo } from '../../../shared/domain/sequence.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { readDateList, type DateList } from '../dates/date-list.ts'
import type { FileHead } from '../file-head.ts'
import { problemOf, type FindResult, type FoundSequence } from '../found-sequence.ts'
import type { SceneCollection } from '../scene-collection.ts'
import { commonGrid, commonSampleType, createSceneReader } from '../scene-sequence-reader.ts'
import { openGeoTiff } from './geotiff-raster.ts'
import { groupScenes } from './group-scenes.ts'
import { groupStacks } from './group-stacks.ts'
import { describeRasterFile, type RasterFile } from './raster-file.ts'
import { uniqueName, type SequenceDraft } from './sequence-draft.ts'
import { foundTiffStack, isTiffStack } from './tiff-pages.ts'

/** A file among those found, with its path below what the user opened. */
export interface ListedFile {
  readonly path: string
  readonly relative: string
}

/** How to look for sequences. */
export interface FindOptions {
  readonly signal?: AbortSignal | undefined
  readonly report?: ReportProgress | undefined
  /** Told before a file is opened, so that a guard knows which one to blame. */
  readonly onFile?: ((path: string) => void) | undefined
  /** How files begin, where that was read already. */
  readonly heads?: ReadonlyMap<string, FileHead> | undefined
}

const filesAtOnce = 8
const listExtensions = new Set(['', '.txt', '.csv', '.json', '.dat', '.lst'])

/**
 * Groups TIFF files into sequences. Files that cannot be read become problems, and the others are still grouped.
 * @param tiffs  files that begin like a TIFF
 * @param others the other files of the same folders; lists of dates are looked for among them
 */
export async function findGeoTiffSequences(
  tiffs: readonly ListedFile[],
  others: readonly ListedFile[],
  options: FindOptions = {},
): Promise<FindResult> {
  const problems: Problem[] = []
  const described = await describeAll(tiffs, problems, options)
  const slices = described.filter(isTiffStack)
  const files = described.filter((file) => !isTiffStack(file))
  const { lists, broken, listed } = await findLists(files, others, problems)
  const stacks = groupStacks(
    files.filter((file) => !(file.bands.length > 1 && broken.has(dirname(file.path)))),
    lists,
  )
  const scenes = groupScenes(stacks.rest)
  problems.push(...stacks.problems, ...scenes.problems)
  const warningsOf = new Map(files.map((file) => [file.path, file.warnings]))
  const ids = new Set<string>()
  const drafts = [...stacks.drafts, ...scenes.drafts].filter((draft) => draft.scenes.length > 0)
  const sequences = drafts.map((draft) => {
    const isAlone = drafts.every((other) => other === draft || other.place !== draft.place)
    return foundSequence(isAlone ? { ...draft, label: '' } : draft, ids, warningsOf)
  })
  for (const file of slices) {
    const id = uniqueName(file.relative, ids)
    ids.add(id)
    sequences.push(foundTiffStack(file, id))
  }
  return { sequences, problems, used: [...stacks.used, ...listed] }
}

async function describeAll(
  tiffs: readonly ListedFile[],
  problems: Problem[],
  { signal, report = ignoreProgress, onFile }: FindOptions,
): Promise<RasterFile[]> {
  const files: (RasterFile | null)[] = tiffs.map(() => null)
  const failures: (Problem | null)[] = tiffs.map(() => null)
  let next = 0
  let done = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < tiffs.length; i = next++) {
      throwIfAborted(signal)
      const { path, relative } = defined(tiffs[i], 'the index is below the length')
      onFile?.(path)
      try {
        files[i] = await describeRasterFile(path, relative)
      } catch (error) {
        failures[i] = problemOf(path, error)
      }
      if (++done % 16 === 0) report({ stage: 'Reading image headers', done, total: tiffs.length })
    }
  }
  // Opening a file is mostly waiting; a guard, though, must know which single file is being read.
  await Promise.all(Array.from({ length: onFile ? 1 : filesAtOnce }, work))
  problems.push(...failures.filter((problem) => problem !== null))
  return files.filter((file) => file !== null)
}

/** Lists of dates in the folders that hold a file with several bands. */
async function findLists(
  files: readonly RasterFile[],
  others: readonly ListedFile[],
  problems: Problem[],
): Promise<{ lists: Map<string, DateList[]>; broken: Set<string>; listed: string[] }> {
  const folders = new Set(files.filter(({ bands }) => bands.length > 1).map(({ path }) => dirname(path)))
  const lists = new Map<string, DateList[]>()
  const broken = new Set<string>()
  const listed: string[] = []
  for (const { path } of others) {
    const folder = dirname(path)
    if (!folders.has(folder) || !listExtensions.has(extname(path).toLowerCase())) continue
    try {
      const list = await readDateList(path)
      if (list) lists.set(folder, [...(lists.get(folder) ?? []), list])
    } catch (error) {
      // Frames without trustworthy dates would be worse than none.
      problems.push(problemOf(path, error))
      broken.add(folder)
      listed.push(path)
    }
  }
  return { lists, broken, listed }
}

function foundSequence(
  draft: SequenceDraft,
  ids: Set<string>,
  warningsOf: ReadonlyMap<string, readonly string[]>,
): FoundSequence {
  const collection: SceneCollection = { bands: draft.bands, scenes: draft.scenes }
  const wanted = draft.label === '' ? draft.place : `${draft.place}#${draft.label}`
  const id = uniqueName(wanted === '' ? (draft.scenes[0]?.id ?? 'image') : wanted, ids)
  ids.add(id)
  const info = describe(id, draft, collection, warningsOf)
  return {
    info,
    open: () => Promise.resolve(createSceneReader(info, collection, (path, cache) => openGeoTiff(path, { cache }))),
  }
}

function describe(
  id: string,
  draft: SequenceDraft,
  collection: SceneCollection,
  warningsOf: ReadonlyMap<string, readonly string[]>,
): SequenceInfo {
  const assets = draft.scenes.flatMap((scene) => scene.assets)
  const grid = commonGrid(collection)
  const first = grid ?? assets[0]?.grid
  const systems = new Set(assets.map((asset) => asset.grid.crs))
  const dates = draft.scenes.map(({ date }) => date)
  const hasPlace = grid !== null && (grid.crs !== null || grid.geoTransform[5] !== 1)
  const warnings = new Set(draft.warnings)
  for (const { path } of assets) for (const warning of warningsOf.get(path) ?? []) warnings.add(warning)
  if (grid === null) warnings.add(differingGrids(draft))
  if (systems.size > 1) warnings.add(readerNote('geotiff/several-systems', { systems: systems.size }))
  for (const warning of missingBands(draft)) warnings.add(warning)
  return {
    id,
    kind: 'geotiff',
    name: id.split('/').at(-1) ?? id,
    group: null,
    frames: draft.scenes.length,
    height: first?.height ?? 0,
    width: first?.width ?? 0,
    bands: [...draft.bands],
    dtype: commonSampleType(assets.map(({ dtype }) => dtype)),
    times: dates.every((date) => date !== null) ? dates : null,
    frameRate: null,
    durationSeconds: null,
    spacingMm: null,
    timePoints: null,
    crs: systems.size === 1 ? (first?.crs ?? null) : null,
    geoTransform: hasPlace ? [...grid.geoTransform] : null,
    orderedBy: draft.orderedBy,
    warnings: [...warnings],
  }
}

function differingGrids(draft: SequenceDraft): string {
  const sizes = new Set(
    draft.scenes.flatMap(({ assets }) => assets.map(({ grid }) => `${grid.width} × ${grid.height}`)),
  )
  return readerNote('geotiff/several-grids', { sizes: [...sizes].slice(0, 6).join(', ') })
}

function missingBands(draft: SequenceDraft): string[] {
  return draft.bands.flatMap((band) => {
    const present = draft.scenes.filter(({ assets }) => assets.some((asset) => asset.band === band)).length
    const missing = draft.scenes.length - present
    return missing === 0 ? [] : [readerNote('geotiff/band-missing', { band, missing, frames: draft.scenes.length })]
  })
}
