import { AppError } from '../../../shared/base/app-error.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { SequenceReader } from '../../formats/sequence-reader.ts'

/** Frames of one or more scenes that lie on one grid. */
export interface SceneStack {
  readonly grid: GeoGrid
  /** Its `info.bands` are the bands of this stack; a band that a frame lacks reads as NaN. */
  readonly reader: SequenceReader
  /** For each frame of the reader, the scene it belongs to. */
  readonly frames: readonly StackFrame[]
}

/** Which scene a frame of a stack shows. */
export interface StackFrame {
  readonly scene: string
  /** ISO date or date-time; null when the scene has none. */
  readonly time: string | null
}

/**
 * Scenes of one sequence on whatever grids they came: the same scene may appear in several stacks (10 m and 20 m bands).
 * Closing it closes all readers.
 */
export interface SceneSource {
  /** Describes the sequence; height, width, crs and geoTransform are those of a common grid where there is one. */
  readonly info: SequenceInfo
  readonly stacks: readonly SceneStack[]
  close(): Promise<void>
}

/** The grid that a reader's pixels lie on. @throws `satellite/not-georeferenced` when it says none */
export function gridOfReader(reader: SequenceReader): GeoGrid {
  const { info } = reader
  if (info.geoTransform === null)
    throw new AppError(
      'satellite/not-georeferenced',
      `"${info.name}" does not say which ground its pixels cover, so it cannot be put on another grid.`,
      { sequence: info.id },
    )
  const projection = 'grid' in reader ? (reader.grid as GeoGrid | null)?.projection : undefined
  return {
    width: info.width,
    height: info.height,
    geoTransform: info.geoTransform,
    crs: info.crs,
    projection: projection ?? null,
  }
}

/** A sequence on one grid, seen as scenes: each frame is a scene of its own. @throws `satellite/not-georeferenced` */
export function sceneSourceOfReader(reader: SequenceReader): SceneSource {
  const { info } = reader
  const frames = Array.from({ length: info.frames }, (_, frame) => {
    const time = info.times?.[frame] ?? null
    return { scene: `${time ?? ''}#${String(frame).padStart(6, '0')}`, time }
  })
  return { info, stacks: [{ grid: gridOfReader(reader), reader, frames }], close: () => reader.close() }
}
