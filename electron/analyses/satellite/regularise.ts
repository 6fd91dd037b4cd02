import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { type GeoGrid, isSameGrid } from '../../../shared/domain/geo-grid.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import { hasSameProjection } from '../../../shared/imaging/resample-mapping.ts'
import type { FrameBlock, FrameRequest, SequenceReader } from '../../formats/sequence-reader.ts'
import { chooseGrid } from './choose-grid.ts'
import { dayNumber } from './calendar.ts'
import type { RegulariseOptions } from './regularise-options.ts'
import type { SceneSource, SceneStack } from './scene-source.ts'
import { blockPlane, checkRequest, emptyBlock } from './sequence-stage.ts'
import { type StackWarp, warpStack, windowTiles } from './warp-stack.ts'

/** A sequence on one grid. */
export interface RegularReader extends SequenceReader {
  readonly grid: GeoGrid
  /** For each frame, the scenes it is made of, in the order in which they are asked for a pixel. */
  readonly scenes: readonly (readonly string[])[]
}

/** One frame of the result: the scenes it is made of, in the order in which they are asked for a pixel. */
interface FramePlan {
  readonly time: string | null
  readonly scenes: readonly string[]
}

/**
 * Puts scenes on one grid; pixels are computed when they are read, tile by tile. It owns the source.
 * @param given the grid to use; otherwise one is chosen as the options say
 * @throws `satellite/no-grid`, `satellite/no-overlap`, `satellite/band-missing`, `satellite/no-dates`, `geo/...`
 */
export function regularise(source: SceneSource, options: RegulariseOptions, given?: GeoGrid): RegularReader {
  const bands = chosenBands(source, options.bands)
  const stacks = source.stacks.filter((stack) => stack.reader.info.bands.some((band) => bands.includes(band)))
  const grid =
    given ??
    chooseGrid(
      stacks.map((stack) => stack.grid),
      options,
    )
  const methodOf = (band: string) => options.bandMethods[band] ?? options.method
  const warps = stacks.map((stack) => warpStack(stack.reader, stack.grid, grid, methodOf, options.tolerance))
  const inputs = stacks.map((stack, i): TileInput => ({
    bands: stack.reader.info.bands,
    frameOf: new Map(stack.frames.map((frame, index) => [frame.scene, index])),
    warp: warps[i] as StackWarp,
  }))
  const coarsest = Math.max(1, ...warps.map((warp) => warp.sourcePerTarget))
  const plans = planFrames(source, stacks, options.sameDay)
  const info = regularInfo(source, stacks, plans, bands, grid)
  const read = async (request: FrameRequest, signal?: AbortSignal): Promise<FrameBlock> => {
    throwIfAborted(signal)
    checkRequest(info, request)
    const result = emptyBlock(request)
    for (const tile of windowTiles(request.window, coarsest)) {
      throwIfAborted(signal)
      const block = await readTile({ ...request, window: tile }, plans, bands, inputs, signal)
      copyTile(block, tile, result, request)
    }
    return result
  }
  return { info, grid, scenes: plans.map((plan) => plan.scenes), read, close: () => source.close() }
}

/** What reading a tile needs to know of one stack. */
interface TileInput {
  readonly bands: readonly string[]
  /** The frame that shows a scene. */
  readonly frameOf: ReadonlyMap<string, number>
  readonly warp: StackWarp
}

async function readTile(
  request: FrameRequest,
  plans: readonly FramePlan[],
  bands: readonly string[],
  inputs: readonly TileInput[],
  signal: AbortSignal | undefined,
): Promise<FrameBlock> {
  const result = emptyBlock(request)
  const deepest = Math.max(0, ...request.frames.map((frame) => (plans[frame] as FramePlan).scenes.length))
  // scene by scene in order of preference, so that a later one only fills what the earlier ones left
  for (let rank = 0; rank < deepest; rank++)
    for (const { bands: stackBands, frameOf, warp } of inputs) {
      const places = request.frames.flatMap((frame, place) => {
        const scene = (plans[frame] as FramePlan).scenes[rank]
        const stackFrame = scene === undefined ? undefined : frameOf.get(scene)
        return stackFrame === undefined ? [] : [{ place, stackFrame }]
      })
      const bandPlaces = request.bands.flatMap((band, place) => {
        const stackBand = stackBands.indexOf(bands[band] as string)
        return stackBand < 0 ? [] : [{ place, stackBand }]
      })
      if (places.length === 0 || bandPlaces.length === 0) continue
      await warp.read(
        {
          frames: places.map((item) => item.stackFrame),
          bands: bandPlaces.map((item) => item.stackBand),
          window: request.window,
        },
        (frame, band, values) => {
          const plane = blockPlane(
            result,
            (places[frame] as { place: number }).place,
            (bandPlaces[band] as { place: number }).place,
          )
          for (let i = 0; i < plane.length; i++) if (Number.isNaN(plane[i])) plane[i] = values[i] as number
        },
        signal,
      )
    }
  return result
}

function copyTile(block: FrameBlock, tile: FrameRequest['window'], result: FrameBlock, request: FrameRequest): void {
  const [top, left] = [tile.row - request.window.row, tile.column - request.window.column]
  for (let frame = 0; frame < block.frames; frame++)
    for (let band = 0; band < block.bands; band++) {
      const [from, to] = [blockPlane(block, frame, band), blockPlane(result, frame, band)]
      for (let row = 0; row < tile.height; row++)
        to.set(from.subarray(row * tile.width, (row + 1) * tile.width), (top + row) * result.width + left)
    }
}

function chosenBands(source: SceneSource, asked: readonly string[] | null): string[] {
  const all = [...new Set(source.stacks.flatMap((stack) => stack.reader.info.bands))]
  // the order of the sequence where it lists the bands, then whatever else the stacks have
  const ordered = [
    ...source.info.bands.filter((band) => all.includes(band)),
    ...all.filter((band) => !source.info.bands.includes(band)),
  ]
  if (asked === null) return ordered
  return asked.map((name) => {
    const found =
      ordered.find((band) => band === name) ?? ordered.find((band) => band.toLowerCase() === name.toLowerCase())
    if (found !== undefined) return found
    throw new AppError(
      'satellite/band-missing',
      `"${source.info.name}" has no band "${name}"; its bands are ${ordered.join(', ')}.`,
      { band: name, bands: ordered },
    )
  })
}

/** Frames in order of time, then of scene identifier. */
function planFrames(
  source: SceneSource,
  stacks: readonly SceneStack[],
  sameDay: RegulariseOptions['sameDay'],
): FramePlan[] {
  const times = new Map<string, string | null>()
  for (const stack of stacks) for (const frame of stack.frames) times.set(frame.scene, frame.time)
  const scenes = [...times.keys()].sort()
  const withoutTime = scenes.filter((scene) => times.get(scene) === null)
  if (withoutTime.length > 0 && withoutTime.length < scenes.length)
    throw new AppError(
      'satellite/no-dates',
      `${withoutTime.length} of ${scenes.length} scenes of "${source.info.name}" have no date (for example ${withoutTime[0]}), so they cannot be ordered.`,
      { scenes: withoutTime.slice(0, 20) },
    )
  if (withoutTime.length > 0) return scenes.map((scene) => ({ time: null, scenes: [scene] }))
  const timeOf = (scene: string): string => times.get(scene) as string
  const byTime = scenes.sort((a, b) => dayNumber(timeOf(a)) - dayNumber(timeOf(b)) || (a < b ? -1 : 1))
  if (sameDay === 'keep') return byTime.map((scene) => ({ time: timeOf(scene), scenes: [scene] }))
  const days = new Map<number, string[]>()
  for (const scene of byTime) {
    const day = Math.floor(dayNumber(timeOf(scene)))
    days.set(day, [...(days.get(day) ?? []), scene])
  }
  return [...days.values()].map((group) => ({ time: timeOf(group[0] as string), scenes: group.sort() }))
}

function regularInfo(
  source: SceneSource,
  stacks: readonly SceneStack[],
  plans: readonly FramePlan[],
  bands: readonly string[],
  grid: GeoGrid,
): SequenceInfo {
  const hasTimes = plans.length > 0 && plans.every((plan) => plan.time !== null)
  const mosaics = plans.filter((plan) => plan.scenes.length > 1).length
  const moved = stacks.filter((stack) => !isSameGrid(stack.grid, grid, 1e-6)).length
  const reprojected = stacks.filter((stack) => !hasSameProjection(stack.grid, grid)).length
  const warnings = [...source.info.warnings]
  if (moved > 0)
    warnings.push(
      `${moved} of ${stacks.length} rasters were resampled to the common grid of ${grid.width} x ${grid.height} pixels` +
        (reprojected > 0 ? `, ${reprojected} of them from another projection.` : '.'),
    )
  if (mosaics > 0)
    warnings.push(
      `${mosaics} frames are mosaics of several scenes of one day, which takes the first scene that shows a pixel.`,
    )
  return {
    ...source.info,
    frames: plans.length,
    height: grid.height,
    width: grid.width,
    bands: [...bands],
    dtype: moved > 0 ? 'float32' : source.info.dtype,
    times: hasTimes ? plans.map((plan) => plan.time as string) : null,
    crs: grid.crs,
    geoTransform: [...grid.geoTransform],
    orderedBy: hasTimes
      ? `date of the scenes (${source.info.orderedBy})`
      : `name of the scenes (${source.info.orderedBy})`,
    warnings,
  }
}
