import { basename, dirname } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import { isSameGrid } from '../../../shared/domain/geo-grid.ts'
import type { Problem } from '../../../shared/domain/sequence.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { findNameDate, type NameDate } from '../dates/name-date.ts'
import { parseDate } from '../dates/parse-date.ts'
import { problemOf } from '../found-sequence.ts'
import type { Scene, SceneAsset } from '../scene-collection.ts'
import { bandNames, fileBandNames } from './band-names.ts'
import { asset } from './group-stacks.ts'
import { folderOf, rootOf, type RasterFile } from './raster-file.ts'
import { byTime, naturally, type SequenceDraft } from './sequence-draft.ts'

/** A file with the date that its name, its folder or its tags give. */
interface DatedFile {
  readonly file: RasterFile
  readonly found: NameDate
  /** Files of one key belong to one sequence. */
  readonly key: string
  /** Relative folder that the sequence is named after. */
  readonly place: string
}

/**
 * Groups files that hold one time each: one file per date, one per date and band, or scene folders;
 * what carries no date is grouped by number in the name, else stands alone.
 */
export function groupScenes(files: readonly RasterFile[]): { drafts: SequenceDraft[]; problems: Problem[] } {
  const problems: Problem[] = []
  const groups = new Map<string, DatedFile[]>()
  const undated: RasterFile[] = []
  for (const file of files) {
    const dated = dateOf(file)
    if (dated === null) undated.push(file)
    else if ('bad' in dated) problems.push(badDate(file, dated.bad))
    else groups.set(dated.key, [...(groups.get(dated.key) ?? []), dated])
  }
  const drafts = [...groups.values()].map((group) => datedDraft(group, problems))
  return { drafts: [...drafts, ...undatedDrafts(undated)], problems }
}

function badDate(file: RasterFile, text: string): Problem {
  return problemOf(
    file.path,
    new AppError(
      'sequence/bad-date',
      `"${text}" in the name of "${file.path}" is not a date; write it like 2007-09-14.`,
      {
        text,
      },
    ),
  )
}

function dateOf(file: RasterFile): DatedFile | { readonly bad: string } | null {
  const segments = folderOf(file.relative).split('/')
  const own = findNameDate(file.stem)
  if (own && 'bad' in own) return own
  // The folders' own dates change from scene to scene, so they do not count in the key.
  let scheme: NameDate | null = null
  let lastPlain = segments.length
  const pattern = segments.map((segment, i) => {
    const found = findNameDate(segment)
    if (!found || 'bad' in found || found.family === 'year') return segment
    scheme = found
    lastPlain = Math.min(lastPlain, i)
    return '*'
  })
  const fromFolder = scheme as NameDate | null
  const found: NameDate | null =
    own ??
    (fromFolder && {
      ...fromFolder,
      scheme: fromFolder.scheme.replace('in the names', 'in the folder names'),
      band: file.bands.length === 1 ? file.stem : null,
      rest: file.stem,
    })
  if (!found) return null
  const folder = pattern.join('/')
  // Scene folders given one by one are named after the folder they lie in.
  const place = segments.slice(0, lastPlain).join('/') || basename(rootOf(file))
  return { file, found, key: `${rootOf(file)}|${found.family}|${folder}`, place }
}

function datedDraft(group: readonly DatedFile[], problems: Problem[]): SequenceDraft {
  const names = bandNames(group.map(({ file, found }) => ({ count: file.bands.length, date: found.date, found })))
  const scenes = new Map<string, { date: string; assets: SceneAsset[] }>()
  const ordered = group
    .map((dated, i) => ({ ...dated, name: names[i] ?? null }))
    .sort((a, b) => naturally(a.file.relative, b.file.relative))
  for (const { file, found, name } of ordered) {
    const id = found.scene ?? found.date
    const scene = scenes.get(id) ?? { date: found.date, assets: [] }
    const assets = fileBandNames(file.bands, name).map((band, i) => asset(file, i, band))
    const repeated = assets.find(({ band }) => scene.assets.some((existing) => existing.band === band))
    if (repeated) problems.push(duplicate(file, found.date, repeated.band))
    else scene.assets.push(...assets)
    scenes.set(id, scene)
  }
  const first = group[0]
  return {
    place: first?.place ?? '',
    label: first?.found.family === 'day' ? '' : (first?.found.family ?? ''),
    bands: bandsOf([...scenes.values()]),
    scenes: byTime([...scenes].map(([id, scene]): Scene => ({ id, ...scene }))),
    orderedBy: readerNote('order/scheme', { scheme: first?.found.scheme ?? '' }),
    warnings: [],
  }
}

function duplicate(file: RasterFile, date: string, band: string): Problem {
  return problemOf(
    file.path,
    new AppError(
      'sequence/duplicate-date',
      `"${file.path}" gives band "${band}" of ${date} a second time; only the first file is used. Remove one of them.`,
      { date, band },
    ),
  )
}

function bandsOf(scenes: readonly { readonly assets: readonly SceneAsset[] }[]): string[] {
  return [...new Set(scenes.flatMap(({ assets }) => assets.map(({ band }) => band)))].sort(naturally)
}

function undatedDrafts(files: readonly RasterFile[]): SequenceDraft[] {
  const series = new Map<string, RasterFile[]>()
  for (const file of files) {
    const key = `${dirname(file.path)}|${file.stem.replace(/\d+/g, '#')}|${file.bands.length}|${file.bands[0]?.dtype}`
    const [first] = series.get(key) ?? []
    // Files that only share a pattern of names but not a grid have nothing to do with each other.
    const own = first && !isSameGrid(first.grid, file.grid) ? `${key}|${file.relative}` : key
    series.set(own, [...(series.get(own) ?? []), file])
  }
  return [...series.values()].flatMap((group) => taggedDraft(group) ?? numberedDraft(group))
}

/** Files that only their own tags date. */
function taggedDraft(group: readonly RasterFile[]): SequenceDraft | null {
  const dates = group.map(({ acquired }) => (acquired === null ? null : parseDate(acquired)))
  const valid = dates.filter((date) => date !== null)
  if (group.length < 2 || new Set(valid).size !== group.length) return null
  const scenes = group.map((file, i) => wholeFile(file, dates[i] ?? null))
  return {
    place: folderOf(group[0]?.relative ?? ''),
    label: '',
    bands: bandsOf(scenes),
    scenes: byTime(scenes),
    orderedBy: readerNote('order/tags'),
    warnings: [],
  }
}

function numberedDraft(group: readonly RasterFile[]): SequenceDraft[] {
  const files = [...group].sort((a, b) => naturally(a.stem, b.stem))
  if (files.length < 2) {
    return files.map((file) => single(file))
  }
  const scenes = files.map((file) => wholeFile(file, null))
  return [
    {
      place: folderOf(files[0]?.relative ?? ''),
      label: (files[0]?.stem ?? '').replace(/\d+/g, '').replace(/^[-_. ]+|[-_. ]+$/g, ''),
      bands: bandsOf(scenes),
      scenes,
      orderedBy: readerNote('order/numbers-undated'),
      warnings: [],
    },
  ]
}

function single(file: RasterFile): SequenceDraft {
  const scene = wholeFile(file, file.acquired === null ? null : parseDate(file.acquired))
  return {
    place: file.relative,
    label: '',
    bands: scene.assets.map(({ band }) => band),
    scenes: [scene],
    orderedBy: readerNote('order/single-image'),
    warnings: [],
  }
}

function wholeFile(file: RasterFile, date: string | null): Scene {
  return { id: file.stem, date, assets: fileBandNames(file.bands, null).map((band, i) => asset(file, i, band)) }
}
