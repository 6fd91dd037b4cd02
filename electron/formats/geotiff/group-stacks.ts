import { dirname } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import { isSameGrid } from '../../../shared/domain/geo-grid.ts'
import type { Problem } from '../../../shared/domain/sequence.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import type { DateList } from '../dates/date-list.ts'
import { isDateListName } from '../dates/date-list.ts'
import { findNameDate } from '../dates/name-date.ts'
import { problemOf } from '../found-sequence.ts'
import type { Scene, SceneAsset } from '../scene-collection.ts'
import { folderOf, type RasterFile } from './raster-file.ts'
import { byTime, naturally, type SequenceDraft } from './sequence-draft.ts'

/** What was recognised, and what is left for other rules. */
export interface StackResult {
  readonly drafts: readonly SequenceDraft[]
  readonly rest: readonly RasterFile[]
  readonly used: readonly string[]
  readonly problems: readonly Problem[]
}

/**
 * Recognises stacks, files with one band per date: by a list of dates beside them, or by dates in their bands' descriptions.
 * Stacks of one folder with the same grid and dates become one sequence, with a band per file.
 * @param lists lists of dates by folder (absolute)
 */
export function groupStacks(
  files: readonly RasterFile[],
  lists: ReadonlyMap<string, readonly DateList[]>,
): StackResult {
  const rest: RasterFile[] = []
  const used = new Set<string>()
  const problems: Problem[] = []
  const stacks: DatedStack[] = []
  for (const file of files) {
    const candidates = lists.get(dirname(file.path)) ?? []
    if (file.bands.length < 2) {
      rest.push(file)
      continue
    }
    const list = candidates.find(({ dates }) => dates.length === file.bands.length)
    const described = list ? null : describedDates(file)
    const telling = candidates.find(({ path }) => isDateListName(path))
    if (list) {
      used.add(list.path)
      stacks.push({ file, source: list.path, dates: list.dates, bands: null })
    } else if (described) stacks.push({ file, source: '', ...described })
    else if (telling && findNameDate(file.stem) === null) problems.push(countProblem(file, telling))
    else rest.push(file)
  }
  if (problems.length > 0 && stacks.length === 0)
    for (const list of [...lists.values()].flat()) if (isDateListName(list.path)) used.add(list.path)
  return { drafts: together(stacks).map(draftOf), rest, used: [...used], problems }
}

interface DatedStack {
  readonly file: RasterFile
  /** Path of the list, or empty when the band descriptions are the dates. */
  readonly source: string
  /** One per band of the file. */
  readonly dates: readonly string[]
  /** Band name by band of the file where descriptions carry both date and band; else null. */
  readonly bands: readonly string[] | null
}

function countProblem(file: RasterFile, list: DateList): Problem {
  return problemOf(
    file.path,
    new AppError(
      'sequence/date-count',
      `"${list.path}" lists ${list.dates.length} dates, but "${file.path}" has ${file.bands.length} bands; give one date per band.`,
      { dates: list.dates.length, bands: file.bands.length },
    ),
  )
}

function describedDates(file: RasterFile): { dates: string[]; bands: string[] | null } | null {
  const dates: string[] = []
  const bands: string[] = []
  for (const { description } of file.bands) {
    const found = description === null ? null : findNameDate(description)
    if (!found || 'bad' in found || found.family === 'year') return null
    dates.push(found.date)
    bands.push((found.band ?? found.rest).replace(/^[-_. ]+|[-_. ]+$/g, ''))
  }
  const isNamed = bands.every((band) => band !== '') && new Set(bands).size > 1
  if (!isNamed && new Set(dates).size < 2) return null
  return { dates, bands: isNamed ? bands : null }
}

function together(stacks: readonly DatedStack[]): DatedStack[][] {
  const groups: DatedStack[][] = []
  for (const stack of stacks) {
    const fitting = groups.find(([first]) => first !== undefined && first.bands === null && fits(first, stack))
    if (fitting) fitting.push(stack)
    else groups.push([stack])
  }
  return groups
}

function fits(a: DatedStack, b: DatedStack): boolean {
  return (
    b.bands === null &&
    dirname(a.file.path) === dirname(b.file.path) &&
    a.dates.length === b.dates.length &&
    a.dates.every((date, i) => date === b.dates[i]) &&
    isSameGrid(a.file.grid, b.file.grid)
  )
}

function draftOf(group: readonly DatedStack[]): SequenceDraft {
  const stacks = [...group].sort((a, b) => naturally(a.file.stem, b.file.stem))
  const [first] = stacks
  const dates = first?.dates ?? []
  const bands = first?.bands ? [...new Set(first.bands)] : stacks.map(({ file }) => file.stem)
  const scenes = first?.bands ? scenesByDescription(first) : scenesByFile(stacks, dates)
  const warnings: string[] = []
  const ordered = byTime(scenes)
  if (ordered.some((scene, i) => scene !== scenes[i])) warnings.push(readerNote('geotiff/date-order'))
  const repeated = ordered.find((scene, i) => i > 0 && scene.date === ordered[i - 1]?.date)
  if (repeated) warnings.push(readerNote('geotiff/date-repeated', { date: repeated.date ?? '' }))
  const relative = first?.file.relative ?? ''
  return {
    place: stacks.length > 1 ? folderOf(relative) : relative,
    label: '',
    bands,
    scenes: ordered,
    orderedBy:
      first?.source === ''
        ? readerNote('order/band-dates')
        : readerNote('order/date-list', { file: (first?.source ?? '').split(/[\\/]/).at(-1) ?? '' }),
    warnings,
  }
}

function scenesByFile(stacks: readonly DatedStack[], dates: readonly string[]): Scene[] {
  const seen = new Map<string, number>()
  return dates.map((date, bandIndex) => {
    const times = (seen.get(date) ?? 0) + 1
    seen.set(date, times)
    const assets = stacks.map(({ file }) => asset(file, bandIndex, file.stem))
    return { id: times === 1 ? date : `${date}-${times}`, date, assets }
  })
}

function scenesByDescription(stack: DatedStack): Scene[] {
  const scenes: { id: string; date: string; assets: SceneAsset[] }[] = []
  stack.dates.forEach((date, bandIndex) => {
    const band = stack.bands?.[bandIndex] ?? ''
    const sameDay = scenes.filter((scene) => scene.date === date)
    // A band that comes again on the same date belongs to another acquisition of that day.
    let scene = sameDay.find(({ assets }) => !assets.some((existing) => existing.band === band))
    if (!scene) {
      scene = { id: sameDay.length === 0 ? date : `${date}-${sameDay.length + 1}`, date, assets: [] }
      scenes.push(scene)
    }
    scene.assets.push(asset(stack.file, bandIndex, band))
  })
  return scenes
}

/** The asset of one band of a file. */
export function asset(file: RasterFile, bandIndex: number, band: string): SceneAsset {
  return { band, path: file.path, bandIndex, grid: file.grid, dtype: file.bands[bandIndex]?.dtype ?? 'uint8' }
}
