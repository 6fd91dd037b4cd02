import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { FrameBlock, SequenceReader } from '../../formats/sequence-reader.ts'
import {
  type BandRole,
  bandRoles,
  detectSensor,
  findBandRole,
  isBandRole,
  type Sensor,
  sensorSchema,
} from '../../../shared/imaging/band-roles.ts'
import { evaluateFormula, formulaBands } from '../../../shared/imaging/formula-evaluation.ts'
import { type Formula, parseFormula } from '../../../shared/imaging/formula-parser.ts'
import { blockPlane, emptyBlock, readInStrips, stageReader } from './sequence-stage.ts'
import { isSpectralIndex, spectralIndices } from '../../../shared/imaging/spectral-indices.ts'

/** Bands to add that are computed from others. */
export const indexOptionsSchema = z
  .object({
    /** Names of known indices (`ndvi`), or own bands with their formula over band names and roles (`red`, `nir`). */
    indices: z
      .array(z.union([z.string().min(1), z.object({ name: z.string().min(1), formula: z.string().min(1) }).strict()]))
      .min(1),
    /** Whose band names these are; found from names where `auto`. */
    sensor: z.union([z.literal('auto'), sensorSchema]).default('auto'),
    /** Turns stored values into reflectance from 0 to 1 (value × scale + offset) before a known index is computed. */
    reflectance: z.object({ scale: z.number(), offset: z.number() }).strict().default({ scale: 1, offset: 0 }),
    /** Whether the bands that were there stay. */
    keepBands: z.boolean().default(true),
  })
  .strict()
/** Bands to add that are computed from others; see `indexOptionsSchema`. */
export type IndexOptions = z.infer<typeof indexOptionsSchema>

interface IndexPlan {
  readonly name: string
  readonly formula: Formula
  /** Which source band each name in the formula stands for. */
  readonly inputs: ReadonlyMap<string, number>
  readonly scale: number
  readonly offset: number
}

/**
 * Appends computed bands to a sequence; values are computed when they are read, and NaN where a band they need has none
 * or the formula is undefined. In own formulas a band's exact name goes before a role.
 * @param detected the sensor where the options say `auto`; found from the sequence's names when left out
 * @throws `satellite/unknown-index`, `satellite/sensor-unknown`, `satellite/band-missing`, `satellite/band-exists`, `formula/...`
 */
export function addIndices(
  inner: SequenceReader,
  options: IndexOptions,
  detected: Sensor | null = detectSensor(inner.info.bands, [inner.info.name, inner.info.id]),
): SequenceReader {
  const sensor = options.sensor === 'auto' ? detected : options.sensor
  const plans = planIndices(inner.info, options, sensor)
  const kept = options.keepBands ? inner.info.bands.map((_, band) => band) : []
  const needsReflectance = options.indices.some(
    (index) => typeof index === 'string' && isSpectralIndex(index) && spectralIndices[index].needsReflectance,
  )
  const isScaleStated = options.reflectance.scale !== 1 || options.reflectance.offset !== 0
  const isStoredInteger = /^u?int/.test(inner.info.dtype)
  const info: SequenceInfo = {
    ...inner.info,
    dtype: 'float32',
    bands: [...kept.map((band) => inner.info.bands[band] as string), ...plans.map((plan) => plan.name)],
    warnings: [
      ...inner.info.warnings,
      ...(needsReflectance && !isScaleStated && isStoredInteger
        ? [
            'EVI, EVI2 and SAVI assume reflectance from 0 to 1, but the values come from integers and no reflectance scale was given.',
          ]
        : []),
    ],
  }
  return stageReader(inner, info, async (request, signal) => {
    const wanted = new Set<number>()
    for (const band of request.bands)
      if (band < kept.length) wanted.add(kept[band] as number)
      else for (const input of (plans[band - kept.length] as IndexPlan).inputs.values()) wanted.add(input)
    const sourceBands = [...wanted].sort((a, b) => a - b)
    const valuesPerPixel = request.frames.length * (sourceBands.length + request.bands.length)
    return readInStrips(request, valuesPerPixel, signal, async (strip) => {
      const source = await inner.read({ ...strip, bands: sourceBands }, signal)
      const result = emptyBlock(strip)
      for (let frame = 0; frame < result.frames; frame++)
        strip.bands.forEach((band, place) => {
          const plan = plans[band - kept.length]
          const values = plan
            ? evaluatePlan(plan, source, frame, sourceBands)
            : blockPlane(source, frame, sourceBands.indexOf(kept[band] as number))
          blockPlane(result, frame, place).set(values)
        })
      return result
    })
  })
}

function evaluatePlan(
  plan: IndexPlan,
  source: FrameBlock,
  frame: number,
  sourceBands: readonly number[],
): Float32Array {
  const bands = new Map<string, Float32Array>()
  for (const [name, band] of plan.inputs) {
    const values = blockPlane(source, frame, sourceBands.indexOf(band))
    const isScaled = plan.scale !== 1 || plan.offset !== 0
    bands.set(name, isScaled ? values.map((value) => value * plan.scale + plan.offset) : values)
  }
  return evaluateFormula(plan.formula, bands, source.height * source.width)
}

function planIndices(info: SequenceInfo, options: IndexOptions, sensor: Sensor | null): IndexPlan[] {
  const plans: IndexPlan[] = []
  const names = new Set(options.keepBands ? info.bands.map((band) => band.toLowerCase()) : [])
  for (const index of options.indices) {
    const plan =
      typeof index === 'string' ? planKnownIndex(index, info, sensor, options) : planOwnIndex(index, info, sensor)
    if (names.has(plan.name.toLowerCase()))
      throw new AppError(
        'satellite/band-exists',
        `A band named "${plan.name}" exists already; leave this index out, or give it another name as name:(formula).`,
        { band: plan.name },
      )
    names.add(plan.name.toLowerCase())
    plans.push(plan)
  }
  return plans
}

function planKnownIndex(given: string, info: SequenceInfo, sensor: Sensor | null, options: IndexOptions): IndexPlan {
  const name = given.toLowerCase()
  if (!isSpectralIndex(name))
    throw new AppError(
      'satellite/unknown-index',
      `There is no index "${given}"; known are ${Object.keys(spectralIndices).join(', ')}, or give a formula as name:(formula).`,
      { index: given },
    )
  const formula = parseFormula(spectralIndices[name].formula)
  const inputs = new Map(formulaBands(formula).map((role) => [role, requireRole(info, role as BandRole, sensor, name)]))
  return { name, formula, inputs, ...options.reflectance }
}

function planOwnIndex(index: { name: string; formula: string }, info: SequenceInfo, sensor: Sensor | null): IndexPlan {
  const formula = parseFormula(index.formula)
  return {
    name: index.name,
    formula,
    inputs: resolveFormulaBands(formula, info, sensor, index.name),
    scale: 1,
    offset: 0,
  }
}

/**
 * Which band each name of a formula stands for: the band of that name, else the band with that role.
 * @throws `satellite/band-missing`, `satellite/sensor-unknown`
 */
export function resolveFormulaBands(
  formula: Formula,
  info: SequenceInfo,
  sensor: Sensor | null,
  purpose: string,
): Map<string, number> {
  const inputs = new Map<string, number>()
  for (const name of formulaBands(formula)) {
    const exact = info.bands.indexOf(name)
    const index = exact >= 0 ? exact : info.bands.findIndex((band) => band.toLowerCase() === name.toLowerCase())
    if (index >= 0) inputs.set(name, index)
    else if (isBandRole(name.toLowerCase()))
      inputs.set(name, requireRole(info, name.toLowerCase() as BandRole, sensor, purpose))
    else
      throw new AppError(
        'satellite/band-missing',
        `"${purpose}" uses the band "${name}", which "${info.name}" does not have; its bands are ${info.bands.join(', ')} and roles may be ${bandRoles.join(', ')}.`,
        { band: name, bands: info.bands },
      )
  }
  return inputs
}

function requireRole(info: SequenceInfo, role: BandRole, sensor: Sensor | null, purpose: string): number {
  const band = findBandRole(info.bands, role, sensor)
  if (band !== null) return band
  if (sensor === null)
    throw new AppError(
      'satellite/sensor-unknown',
      `"${purpose}" needs the ${role} band, but the sensor of "${info.name}" with the bands ${info.bands.join(', ')} cannot be told; say sensor=${sensorSchema.options.join(' or ')}.`,
      { role, bands: info.bands },
    )
  throw new AppError(
    'satellite/band-missing',
    `"${purpose}" needs the ${role} band, which "${info.name}" (${sensor}) does not have; its bands are ${info.bands.join(', ')}.`,
    { role, sensor, bands: info.bands },
  )
}
