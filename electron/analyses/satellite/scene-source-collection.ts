import { AppError } from '../../../shared/base/app-error.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import { isSceneReader, type SceneReader } from '../../formats/scene-collection.ts'
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
  /** For each frame, its index among the collection's scenes and the bands that lie on this grid. */
  readonly scenes: { readonly index: number; readonly bands: Set<string> }[]
}

/** Scenes whose assets share a grid are read together. */
function stacksOf(reader: SceneReader): SceneStack[] {
  const drafts = new Map<string, StackDraft>()
  reader.collection.scenes.forEach((scene, index) => {
    for (const asset of scene.assets) {
      const { grid } = asset
      if (grid.crs === null && (grid.projection ?? null) === null)
        throw new AppError(
          'satellite/not-georeferenced',
          `"${asset.path}" does not say which ground its pixels cover, so it cannot be put on another grid.`,
          { path: asset.path },
        )
      const key = JSON.stringify([grid.crs, grid.projection ?? null, grid.width, grid.height, grid.geoTransform])
      const draft = drafts.get(key) ?? { grid, frames: [], scenes: [] }
      drafts.set(key, draft)
      if (draft.scenes.at(-1)?.index !== index) {
        draft.frames.push({ scene: scene.id, time: scene.date })
        draft.scenes.push({ index, bands: new Set() })
      }
      draft.scenes.at(-1)?.bands.add(asset.band)
    }
  })
  return [...drafts.values()].map((draft) => ({
    grid: draft.grid,
    frames: draft.frames,
    reader: stackReader(reader, draft),
  }))
}

function stackReader(owner: SceneReader, draft: StackDraft): SequenceReader {
  const bands = owner.collection.bands.filter((band) => draft.scenes.some((scene) => scene.bands.has(band)))
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
    read: (request, signal) => readScenes(owner, draft, bands, request, signal),
    // the files belong to the owner, which is closed as a whole
    close: () => Promise.resolve(),
  }
}

/**
 * Reads the scenes that have the same bands on this grid together, since a file may store several dates or bands.
 * A band that a scene has on another grid, or not at all, stays NaN.
 */
async function readScenes(
  owner: SceneReader,
  draft: StackDraft,
  bands: readonly string[],
  request: FrameRequest,
  signal: AbortSignal | undefined,
): Promise<FrameBlock> {
  const result = emptyBlock(request)
  const groups = new Map<string, { readonly bandPlaces: number[]; readonly framePlaces: number[] }>()
  request.frames.forEach((frame, place) => {
    const present = draft.scenes[frame]?.bands
    const bandPlaces = request.bands.flatMap((band, i) => (present?.has(bands[band] as string) === true ? [i] : []))
    if (bandPlaces.length === 0) return
    const key = bandPlaces.join(',')
    const group = groups.get(key) ?? { bandPlaces, framePlaces: [] }
    groups.set(key, group)
    group.framePlaces.push(place)
  })
  for (const { bandPlaces, framePlaces } of groups.values()) {
    const block = await owner.read(
      {
        frames: framePlaces.map((place) => (draft.scenes[request.frames[place] as number] as { index: number }).index),
        bands: bandPlaces.map((place) =>
          owner.collection.bands.indexOf(bands[request.bands[place] as number] as string),
        ),
        window: request.window,
      },
      signal,
    )
    framePlaces.forEach((framePlace, frame) => {
      bandPlaces.forEach((bandPlace, band) => {
        blockPlane(result, framePlace, bandPlace).set(blockPlane(block, frame, band))
      })
    })
  }
  return result
}
