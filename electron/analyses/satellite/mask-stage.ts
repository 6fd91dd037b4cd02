import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { FrameBlock, FrameRequest, PixelWindow, SequenceReader } from '../../formats/sequence-reader.ts'
import { detectSensor, type Sensor } from '../../../shared/imaging/band-roles.ts'
import { evaluateFormula } from '../../../shared/imaging/formula-evaluation.ts'
import { parseFormula } from '../../../shared/imaging/formula-parser.ts'
import { resolveFormulaBands } from './index-stage.ts'
import { maskRule, type MaskOptions } from '../../../shared/imaging/mask-rule.ts'
import { blockPlane, emptyBlock, readInStrips, requireBand, stageReader } from './sequence-stage.ts'

/** Decides which pixels of one frame are rejected. */
interface FrameTest {
  /** The source bands it looks at. */
  readonly bands: readonly number[]
  /** Of each pixel: 1 where rejected. `planes` are in the order of `bands`. */
  reject(planes: readonly Float32Array[]): Uint8Array
}

/**
 * Turns pixels that a quality layer rejects into NaN, in all bands but the quality layer itself, when they are read.
 * The quality band is dropped from the sequence unless the options keep it; then it stays unmasked.
 * @param sensor whose band names these are, for rules over roles; found from the sequence's names when left out
 * @throws `satellite/unknown-band` without the quality band, `satellite/flag-unknown`, `formula/...`
 */
export function maskSequence(
  inner: SequenceReader,
  options: MaskOptions,
  sensor: Sensor | null = detectSensor(inner.info.bands, [inner.info.name, inner.info.id]),
): SequenceReader {
  const test =
    options.kind === 'formula' ? formulaTest(inner.info, options.reject, sensor) : bandTest(inner.info, options)
  const qualityBand = options.kind === 'formula' ? null : (test.bands[0] as number)
  const isDropped = options.kind !== 'formula' && !options.keepQuality
  const outputs = inner.info.bands.map((_, band) => band).filter((band) => !(isDropped && band === qualityBand))
  const info: SequenceInfo = { ...inner.info, bands: outputs.map((band) => inner.info.bands[band] as string) }
  return stageReader(inner, info, (request, signal) => {
    const wanted = request.bands.map((band) => outputs[band] as number)
    const sourceBands = [...new Set([...wanted, ...test.bands])].sort((a, b) => a - b)
    const valuesPerPixel = request.frames.length * (sourceBands.length + wanted.length)
    return readInStrips(request, valuesPerPixel, signal, async (strip) => {
      const grown = growWindow(strip.window, options.grow, inner.info)
      const source = await inner.read({ frames: strip.frames, bands: sourceBands, window: grown }, signal)
      const result = emptyBlock(strip)
      for (let frame = 0; frame < result.frames; frame++) {
        const planes = test.bands.map((band) => blockPlane(source, frame, sourceBands.indexOf(band)))
        const rejected = growRejected(test.reject(planes), source.width, source.height, options.grow)
        wanted.forEach((band, place) => {
          const from = blockPlane(source, frame, sourceBands.indexOf(band))
          copyMasked(
            from,
            band === qualityBand ? null : rejected,
            source,
            grown,
            strip,
            blockPlane(result, frame, place),
          )
        })
      }
      return result
    })
  })
}

function bandTest(info: SequenceInfo, options: Exclude<MaskOptions, { readonly kind: 'formula' }>): FrameTest {
  const rule = maskRule(options)
  const band = requireBand(info, options.band, `The mask "${options.kind}"`)
  return {
    bands: [band],
    reject: ([values = new Float32Array()]) => {
      const rejected = new Uint8Array(values.length)
      for (let i = 0; i < values.length; i++) rejected[i] = rule(values[i] as number) ? 1 : 0
      return rejected
    },
  }
}

function formulaTest(info: SequenceInfo, text: string, sensor: Sensor | null): FrameTest {
  const formula = parseFormula(text)
  const inputs = resolveFormulaBands(formula, info, sensor, text)
  const names = [...inputs.keys()]
  return {
    bands: [...inputs.values()],
    reject: (planes) => {
      const bands = new Map(names.map((name, i) => [name, planes[i] as Float32Array]))
      const values = evaluateFormula(formula, bands, planes[0]?.length ?? 0)
      // NaN !== 0 is true, so an unknown quality rejects
      return Uint8Array.from(values, (value) => (value !== 0 ? 1 : 0))
    },
  }
}

/** The window with a margin, as far as the raster reaches. */
function growWindow(window: PixelWindow, margin: number, info: SequenceInfo): PixelWindow {
  const row = Math.max(0, window.row - margin)
  const column = Math.max(0, window.column - margin)
  return {
    row,
    column,
    height: Math.min(info.height, window.row + window.height + margin) - row,
    width: Math.min(info.width, window.column + window.width + margin) - column,
  }
}

/** Rejects everything within `radius` pixels (a disc, centre to centre) of a rejected pixel. */
function growRejected(rejected: Uint8Array, width: number, height: number, radius: number): Uint8Array {
  if (radius === 0) return rejected
  const grown = new Uint8Array(rejected)
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      if (rejected[row * width + column] !== 1) continue
      for (let r = Math.max(0, row - radius); r <= Math.min(height - 1, row + radius); r++) {
        const reach = Math.floor(Math.sqrt(radius * radius - (r - row) ** 2))
        const from = Math.max(0, column - reach)
        grown.fill(1, r * width + from, r * width + Math.min(width, column + reach + 1))
      }
    }
  return grown
}

function copyMasked(
  from: Float32Array,
  rejected: Uint8Array | null,
  source: FrameBlock,
  sourceWindow: PixelWindow,
  request: FrameRequest,
  to: Float32Array,
): void {
  const { window } = request
  for (let row = 0; row < window.height; row++) {
    const start = (window.row - sourceWindow.row + row) * source.width + window.column - sourceWindow.column
    for (let column = 0; column < window.width; column++)
      to[row * window.width + column] = rejected?.[start + column] === 1 ? NaN : (from[start + column] as number)
  }
}
