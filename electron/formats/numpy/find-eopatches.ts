import { dirname } from 'node:path'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { Problem, SequenceInfo } from '../../../shared/domain/sequence.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { problemOf, type FindResult, type FoundSequence } from '../found-sequence.ts'
import type { FindOptions, ListedFile } from '../geotiff/find-geotiff-sequences.ts'
import type { FormatInput } from '../registry.ts'
import type { Scene, SceneAsset, SceneCollection } from '../scene-collection.ts'
import { commonSampleType, createSceneReader } from '../scene-sequence-reader.ts'
import { describeEoPatch, type EoArray, type EoPatch } from './eopatch.ts'
import { openNpyRaster } from './npy-raster.ts'

/** Finds EOPatch folders: a `timestamps.json` with .npy files in folders beside it. Everything below belongs to the patch. */
export async function findEoPatches({ files, all }: FormatInput, options: FindOptions): Promise<FindResult> {
  const sequences: FoundSequence[] = []
  const problems: Problem[] = []
  const used: string[] = []
  const patches = all.filter(({ relative }) => relative.endsWith('/timestamps.json') || relative === 'timestamps.json')
  for (const { path, relative } of patches) {
    throwIfAborted(options.signal)
    const folder = dirname(path)
    const inside = (file: ListedFile): boolean => file.path !== path && dirname(dirname(file.path)) === folder
    const arrays = files.filter(inside).map((file) => file.path)
    if (arrays.length === 0) continue
    used.push(path, ...all.filter((file) => inside(file) || dirname(file.path) === folder).map((file) => file.path))
    options.onFile?.(path)
    try {
      const patch = await describeEoPatch(folder, arrays)
      sequences.push(foundPatch(patch, dirname(relative)))
    } catch (error) {
      problems.push(problemOf(folder, error))
    }
  }
  const claimed = new Set(used)
  for (const { path } of files)
    if (!claimed.has(path))
      problems.push(
        problemOf(
          path,
          new AppError(
            'npy/no-patch',
            `"${path}" is a NumPy array without dates and place; put it into an EOPatch folder (timestamps.json, bbox.geojson).`,
            { path },
          ),
        ),
      )
  return { sequences, problems, used }
}

function foundPatch(patch: EoPatch, place: string): FoundSequence {
  const timed = patch.arrays.filter((array) => (array.group === 'data' || array.group === 'mask') && fits(array, patch))
  const collection = collectionOf(patch, timed)
  const { grid } = patch
  const info: SequenceInfo = {
    id: place,
    kind: 'geotiff',
    name: place.split('/').at(-1) ?? place,
    group: null,
    frames: patch.times.length,
    height: grid.height,
    width: grid.width,
    bands: [...collection.bands],
    dtype: commonSampleType(timed.map(({ header }) => header.dtype)),
    times: collection.scenes.map(({ date }) => date ?? ''),
    frameRate: null,
    durationSeconds: null,
    spacingMm: null,
    timePoints: null,
    crs: grid.crs,
    geoTransform: [...grid.geoTransform],
    orderedBy: readerNote('order/eopatch'),
    warnings: misfits(patch),
  }
  return {
    info,
    open: () => Promise.resolve(createSceneReader(info, collection, (path) => openNpyRaster(path, grid))),
  }
}

function fits({ header }: EoArray, patch: EoPatch): boolean {
  const [times, rows, columns] = header.shape
  return (
    header.shape.length === 4 &&
    times === patch.times.length &&
    rows === patch.grid.height &&
    columns === patch.grid.width
  )
}

function misfits(patch: EoPatch): string[] {
  return patch.arrays
    .filter((array) => (array.group === 'data' || array.group === 'mask') && !fits(array, patch))
    .map(({ group, name, header }) =>
      readerNote('numpy/left-out', { array: `${group}/${name}`, shape: header.shape.join(' × ') }),
    )
}

function collectionOf(patch: EoPatch, arrays: readonly EoArray[]): SceneCollection {
  const named = arrays.flatMap((array) => {
    const channels = array.header.shape.at(-1) ?? 1
    return Array.from({ length: channels }, (_, channel) => ({
      array,
      channels,
      channel,
      band: channels === 1 ? array.name : `${array.name}_${channel + 1}`,
    }))
  })
  const scenes = patch.times.map((date, time): Scene => {
    const assets = named.map(({ array, channels, channel, band }): SceneAsset => ({
      band,
      path: array.path,
      bandIndex: time * channels + channel,
      grid: patch.grid,
      dtype: array.header.dtype,
    }))
    return { id: `${date}#${time + 1}`, date, assets }
  })
  scenes.sort((a, b) => ((a.date ?? '') < (b.date ?? '') ? -1 : (a.date ?? '') > (b.date ?? '') ? 1 : 0))
  return { bands: named.map(({ band }) => band), scenes }
}
