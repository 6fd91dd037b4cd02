import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import { isSceneReader, type SceneAsset, type SceneReader } from '../../formats/scene-collection.ts'
import type { FrameBlock, FrameRequest, SequenceReader } from '../../formats/sequence-reader.ts'
import { sceneSourceOfReader, type SceneSource, type SceneStack, type StackFrame } from './scene-source.ts'
import { blockPlane, emptyBlock } from './sequence-stage.ts'

/**
 * An opened sequence as scenes on their own grids. The source owns the reader.
 * @throws `satellite/not-georeferenced` when the reader says nothing about the ground
 */
export function sceneSourceOf(reader: SequenceReader): SceneSource {
  if (!isSceneReader(reader)) return sceneSourceOfReader(reader)
  return { info: reader.info, stacks: stacksOf(reader), close: () => reader.close() }
}

/** Whether all frames and bands of a reader already lie on one grid, so that they can be read together. */
export function isOnOneGrid(reader: SequenceReader): boolean {
  return !isSceneReader(reader) || reader.grid !== null
}

interface StackDraft {
  readonly grid: GeoGrid
  readonly frames: StackFrame[]
  /** For each frame, its assets by band. */
  readonly assets: Map<string, SceneAsset>[]
}

/** Scenes whose assets share a grid are read together. */
function stacksOf(reader: SceneReader): SceneStack[] {
  const drafts = new Map<string, StackDraft>()
  for (const scene of reader.collection.scenes)
    for (const asset of scene.assets) {
      const { grid } = asset
      if (grid.crs === null && (grid.projection ?? null) === null)
        throw new AppError(
          'satellite/not-georeferenced',
          `"${asset.path}" does not say which ground its pixels cover, so it cannot be put on another grid.`,
          { path: asset.path },
        )
      const key = JSON.stringify([grid.crs, grid.projection ?? null, grid.width, grid.height, grid.geoTransform])
      const draft = drafts.get(key) ?? { grid, frames: [], assets: [] }
      drafts.set(key, draft)
      if (draft.frames.at(-1)?.scene !== scene.id) {
        draft.frames.push({ scene: scene.id, time: scene.date })
        draft.assets.push(new Map())
      }
      defined(draft.assets.at(-1), 'a frame was just added').set(asset.band, asset)
    }
  return [...drafts.values()].map((draft) => ({
    grid: draft.grid,
    frames: draft.frames,
    reader: stackReader(reader, draft),
  }))
}

function stackReader(owner: SceneReader, draft: StackDraft): SequenceReader {
  const present = new Set(draft.assets.flatMap((assets) => [...assets.keys()]))
  const bands = owner.collection.bands.filter((band) => present.has(band))
  const { grid } = draft
  const info: SequenceInfo = {
    ...owner.info,
    frames: draft.frames.length,
    height: grid.height,
    width: grid.width,
    bands,
    times: draft.frames.every((frame) => frame.time !== null)
      ? draft.frames.map((frame) => frame.time as string)
      : null,
    crs: grid.crs,
    geoTransform: [...grid.geoTransform],
  }
  return {
    info,
    read: (request, signal) => readAssets(owner, draft, bands, request, signal),
    // the rasters belong to the owner, which is closed as a whole
    close: () => Promise.resolve(),
  }
}

/** Reads all wanted bands of one file at once, since a file may store the bands (or dates) of a pixel together. */
async function readAssets(
  owner: SceneReader,
  draft: StackDraft,
  bands: readonly string[],
  request: FrameRequest,
  signal: AbortSignal | undefined,
): Promise<FrameBlock> {
  const result = emptyBlock(request)
  const files = new Map<string, { readonly bandIndex: number; readonly frame: number; readonly band: number }[]>()
  request.frames.forEach((stackFrame, frame) => {
    request.bands.forEach((stackBand, band) => {
      const asset = draft.assets[stackFrame]?.get(bands[stackBand] as string)
      if (!asset) return
      const wanted = files.get(asset.path) ?? []
      files.set(asset.path, wanted)
      wanted.push({ bandIndex: asset.bandIndex, frame, band })
    })
  })
  const size = request.window.height * request.window.width
  for (const [path, wanted] of files) {
    const raster = await owner.openRaster(path)
    const values = await raster.readBands(
      wanted.map((item) => item.bandIndex),
      request.window,
      { signal },
    )
    wanted.forEach((item, i) => {
      blockPlane(result, item.frame, item.band).set(values.subarray(i * size, (i + 1) * size))
    })
  }
  return result
}
