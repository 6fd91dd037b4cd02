import { throwIfAborted } from '../../../shared/base/abort.ts'
import { type GeoGrid, isSameGrid } from '../../../shared/domain/geo-grid.ts'
import { mapGrid, type SourcePlaces } from '../../../shared/imaging/resample-mapping.ts'
import { neededSourceWindow, resamplePatch, type ResampleMethod } from '../../../shared/imaging/resample.ts'
import type { PixelWindow, SequenceReader } from '../../formats/sequence-reader.ts'
import { isCategoricalBand } from '../../../shared/imaging/band-roles.ts'
import { blockPlane } from './sequence-stage.ts'

/** What to read of one stack for a part of the target grid. */
export interface WarpRequest {
  readonly frames: readonly number[]
  readonly bands: readonly number[]
  /** On the target grid. */
  readonly window: PixelWindow
}

/** Reads a stack as if its pixels lay on another grid. */
export interface StackWarp {
  /** Source pixels per target pixel along the axis where there are more. */
  readonly sourcePerTarget: number
  /**
   * Hands over the values of each frame and band on the target window ([height · width], valid during the call), in no
   * particular order; what the stack does not cover is not handed over at all.
   */
  read(
    request: WarpRequest,
    receive: (framePlace: number, bandPlace: number, values: Float32Array) => void,
    signal: AbortSignal | undefined,
  ): Promise<void>
}

/** Target pixels that are mapped at once, along each side. */
const largestTile = 512
/** Source pixels under a tile along each side (16 MiB per band as float32); a coarse target gets smaller tiles. */
const largestSourceTile = 2048
/** Source values that are read at once (64 MiB as float32). */
const sourceValues = 16 * 1024 * 1024

/**
 * Relates a stack to a target grid. Pixels pass through unchanged where the grids are the same.
 * @param methodOf the method asked for a band; `auto` decides by the band's name and the scale between the grids
 */
export function warpStack(
  reader: SequenceReader,
  grid: GeoGrid,
  target: GeoGrid,
  methodOf: (band: string) => ResampleMethod | 'auto',
  tolerance: number,
): StackWarp {
  if (isSameGrid(grid, target, 1e-6))
    return { sourcePerTarget: 1, read: (request, receive, signal) => passThrough(reader, request, receive, signal) }
  const mapping = mapGrid(target, grid, tolerance)
  const scale = mapping.sourcePerTarget
  const methods = reader.info.bands.map((band) => resolveMethod(methodOf(band), band, Math.max(scale.x, scale.y)))
  return {
    sourcePerTarget: Math.max(scale.x, scale.y),
    read: async (request, receive, signal) => {
      const { window } = request
      for (const method of ['nearest', 'bilinear', 'average'] as const) {
        const places = request.bands.flatMap((band, place) => (methods[band] === method ? [place] : []))
        if (places.length === 0) continue
        const corners = method === 'average' ? 1 : 0
        const sources: SourcePlaces = mapping.places(
          { ...window, height: window.height + corners, width: window.width + corners },
          method === 'average' ? 0 : 0.5,
        )
        const needed = neededSourceWindow(sources, method, scale, grid)
        if (needed === null) continue
        const bands = places.map((place) => request.bands[place] as number)
        const framesAtOnce = Math.max(1, Math.floor(sourceValues / (bands.length * needed.height * needed.width)))
        for (let from = 0; from < request.frames.length; from += framesAtOnce) {
          throwIfAborted(signal)
          const frames = request.frames.slice(from, from + framesAtOnce)
          const block = await reader.read({ frames, bands, window: needed }, signal)
          for (let frame = 0; frame < block.frames; frame++)
            places.forEach((place, band) => {
              const patch = {
                ...needed,
                values: blockPlane(block, frame, band),
                rasterHeight: grid.height,
                rasterWidth: grid.width,
              }
              receive(from + frame, place, resamplePatch(patch, sources, method, scale))
            })
        }
      }
    },
  }
}

/**
 * Cuts a window into tiles, so that the ground under a tile stays small whatever the window and the scale.
 * @param sourcePerTarget the largest of the warps that will read the tiles
 */
export function windowTiles(window: PixelWindow, sourcePerTarget: number): PixelWindow[] {
  const tileSize = Math.max(1, Math.min(largestTile, Math.floor(largestSourceTile / sourcePerTarget)))
  const tiles: PixelWindow[] = []
  for (let row = 0; row < window.height; row += tileSize)
    for (let column = 0; column < window.width; column += tileSize)
      tiles.push({
        row: window.row + row,
        column: window.column + column,
        height: Math.min(tileSize, window.height - row),
        width: Math.min(tileSize, window.width - column),
      })
  return tiles
}

function resolveMethod(asked: ResampleMethod | 'auto', band: string, sourcePerTarget: number): ResampleMethod {
  if (asked !== 'auto') return asked
  if (isCategoricalBand(band)) return 'nearest'
  return sourcePerTarget > 1.05 ? 'average' : 'bilinear'
}

async function passThrough(
  reader: SequenceReader,
  request: WarpRequest,
  receive: (framePlace: number, bandPlace: number, values: Float32Array) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const block = await reader.read(request, signal)
  for (let frame = 0; frame < block.frames; frame++)
    for (let band = 0; band < block.bands; band++) receive(frame, band, blockPlane(block, frame, band))
}
