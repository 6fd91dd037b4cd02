import { AppError } from '../../../shared/base/app-error.ts'
import type { FrameBlock, SequenceReader } from '../../formats/sequence-reader.ts'
import type { Sensor } from '../../../shared/imaging/band-roles.ts'
import type { MaskOptions } from '../../../shared/imaging/mask-rule.ts'
import { maskSequence } from './mask-stage.ts'
import { regularise } from './regularise.ts'
import { regulariseOptionsSchema } from './regularise-options.ts'
import type { SceneSource, SceneStack } from './scene-source.ts'
import { blockPlane, emptyBlock } from './sequence-stage.ts'

/**
 * Masks scenes on their own grids, before they are resampled, so that clouds do not bleed into their neighbourhood.
 * Where a band has another grid than the quality layer of its scene, each of its pixels takes the nearest quality value.
 * @throws `satellite/no-quality-band` when some scene has no quality layer, and as `maskSequence`
 */
export function maskScenes(source: SceneSource, options: MaskOptions, sensor?: Sensor | null): SceneSource {
  // a rule over several bands can only be checked where these bands lie together
  const quality = options.kind === 'formula' ? null : options.band.toLowerCase()
  const holds = (stack: SceneStack): boolean =>
    quality !== null && stack.reader.info.bands.some((band) => band.toLowerCase() === quality)
  const sources = source.stacks.filter(holds)
  const stacks = source.stacks.flatMap((stack): SceneStack[] => {
    const isOnlyQuality = holds(stack) && stack.reader.info.bands.length === 1
    if (isOnlyQuality && options.kind !== 'formula' && !options.keepQuality) return []
    if (isOnlyQuality) return [stack]
    const reader = quality === null || holds(stack) ? stack.reader : withQuality(stack, sources, quality, source)
    const masked = maskSequence(reader, options, sensor)
    return [{ ...stack, reader: quality === null || holds(stack) ? masked : withoutBand(masked, quality) }]
  })
  const bands = new Set(stacks.flatMap((stack) => stack.reader.info.bands))
  const info = { ...source.info, bands: source.info.bands.filter((band) => bands.has(band)) }
  return { info, stacks, close: () => source.close() }
}

/** The stack with the quality band of its scenes appended, picked from another grid. */
function withQuality(
  stack: SceneStack,
  sources: readonly SceneStack[],
  quality: string,
  source: SceneSource,
): SequenceReader {
  const known = new Set(sources.flatMap((item) => item.frames.map((frame) => frame.scene)))
  const missing = stack.frames.find((frame) => !known.has(frame.scene))
  if (missing !== undefined)
    throw new AppError(
      'satellite/no-quality-band',
      `The scene "${missing.scene}" of "${source.info.name}" has no quality band "${quality}", so it cannot be masked; its bands here are ${stack.reader.info.bands.join(', ')}.`,
      { scene: missing.scene, band: quality },
    )
  const scenes = new Set(stack.frames.map((frame) => frame.scene))
  const only = sources
    .map((item) => keepFrames(item, (scene) => scenes.has(scene)))
    .filter((item) => item.frames.length > 0)
  const name =
    sources.flatMap((item) => item.reader.info.bands).find((band) => band.toLowerCase() === quality) ?? quality
  const options = regulariseOptionsSchema.parse({ bands: [name], method: 'nearest', sameDay: 'keep' })
  const layer = regularise({ info: source.info, stacks: only, close: () => Promise.resolve() }, options, stack.grid)
  // frames of the layer come in order of time; those of the stack keep their own order
  const frameOf = stack.frames.map((frame) => layer.scenes.findIndex((scenes) => scenes[0] === frame.scene))
  const qualityBand = stack.reader.info.bands.length
  return {
    info: { ...stack.reader.info, bands: [...stack.reader.info.bands, name] },
    read: async (request, signal) => {
      const result = emptyBlock(request)
      const own = request.bands.flatMap((band, place) => (band < qualityBand ? [place] : []))
      const other = request.bands.flatMap((band, place) => (band < qualityBand ? [] : [place]))
      if (own.length > 0) {
        const bands = own.map((place) => request.bands[place] as number)
        copyBands(await stack.reader.read({ ...request, bands }, signal), own, result)
      }
      if (other.length > 0) {
        const frames = request.frames.map((frame) => frameOf[frame] as number)
        copyBands(await layer.read({ ...request, frames, bands: other.map(() => 0) }, signal), other, result)
      }
      return result
    },
    close: () => Promise.resolve(),
  }
}

function keepFrames(stack: SceneStack, keeps: (scene: string) => boolean): SceneStack {
  const kept = stack.frames.flatMap((frame, index) => (keeps(frame.scene) ? [index] : []))
  const { reader } = stack
  return {
    grid: stack.grid,
    frames: kept.map((index) => stack.frames[index] as (typeof stack.frames)[number]),
    reader: {
      info: { ...reader.info, frames: kept.length },
      read: (request, signal) =>
        reader.read({ ...request, frames: request.frames.map((frame) => kept[frame] as number) }, signal),
      close: () => Promise.resolve(),
    },
  }
}

function withoutBand(reader: SequenceReader, name: string): SequenceReader {
  const kept = reader.info.bands.flatMap((band, index) => (band.toLowerCase() === name ? [] : [index]))
  return {
    info: { ...reader.info, bands: kept.map((band) => reader.info.bands[band] as string) },
    read: (request, signal) =>
      reader.read({ ...request, bands: request.bands.map((band) => kept[band] as number) }, signal),
    close: () => reader.close(),
  }
}

function copyBands(from: FrameBlock, places: readonly number[], to: FrameBlock): void {
  for (let frame = 0; frame < from.frames; frame++)
    places.forEach((place, band) => blockPlane(to, frame, place).set(blockPlane(from, frame, band)))
}
