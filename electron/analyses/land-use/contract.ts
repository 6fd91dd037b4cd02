import { AppError } from '../../../shared/base/app-error.ts'
import { assert } from '../../../shared/base/assert.ts'
import type { LabelledSample } from '../../../shared/domain/labels.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import { frameDays, medianStep, parseDay } from './calendar.ts'
import { enumerateSeasons } from './seasons.ts'

/** The part of a temporal contract that says how a sample is read; normalisation is learned later. */
export type SampleShape = Omit<TemporalContract, 'normalisation'>

/** What the user may fix; the rest is inferred. */
export interface ShapeOptions {
  /** Band names, in the order of the model's input; null takes every band with physical values. */
  readonly bands?: readonly string[] | null
  readonly frames?: number | null
  readonly stepDays?: number | null
}

/** Bands that describe an observation rather than the ground. */
const auxiliaryBand =
  /^(doy|day_?of_?year|composite_day.*|qa.*|.*_qa|.*_?qa_?.*|bqa|quality.*|scl|clm|clp|cloud.*|mask|.*_mask|fmask|.*reliability.*|.*angle.*|.*zenith.*|.*azimuth.*)$/i

/**
 * Infers what a model for these labels needs: frames as far apart as the sequence's typical step, as many as cover the
 * typical interval of the labels, starting in the year where most labels start. Bands that hold a day of year, a
 * quality flag, a mask or an angle are left out unless they are asked for.
 * @throws `contract/bands` when a band asked for is missing or none is left; `contract/frames` when the sequence has a
 *   single date; `land-use/no-dates`
 */
export function inferShape(
  info: SequenceInfo,
  samples: readonly LabelledSample[],
  options: ShapeOptions = {},
): SampleShape {
  const bands = options.bands ? [...options.bands] : info.bands.filter((band) => !auxiliaryBand.test(band))
  bandIndices(bands, info)
  const stepDays = options.stepDays ?? medianStep(frameDays(info))
  if (stepDays === null || !(stepDays > 0))
    throw new AppError(
      'contract/frames',
      `"${info.name}" has a single date; a time series of at least two is needed to learn from.`,
      { frames: info.frames },
    )
  const lengths = samples.map(({ from, to }) => (parseDay(to) ?? NaN) - (parseDay(from) ?? NaN)).sort((a, b) => a - b)
  const length = lengths[Math.floor(lengths.length / 2)] ?? NaN
  assert(length > 0, 'samples are checked to end after they start')
  return {
    frames: options.frames ?? Math.max(1, Math.round(length / stepDays)),
    step: { value: stepDays, unit: 'day' },
    seasonStart: commonStart(samples),
    bands,
    size: [1, 1],
    spacingMm: null,
  }
}

/** The month and day on which at least nine of ten samples start; null when they start at different times of the year. */
function commonStart(samples: readonly LabelledSample[]): string | null {
  const counts = new Map<string, number>()
  for (const { from } of samples) counts.set(from.slice(5), (counts.get(from.slice(5)) ?? 0) + 1)
  const [start, count] = [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), ['', 0] as const)
  return count >= 0.9 * samples.length && start !== '' ? start : null
}

/** Days between the frames of a sample. @throws `contract/step` when the contract is not in days */
export function stepDaysOf(shape: Pick<TemporalContract, 'step'>): number {
  if (shape.step?.unit === 'day') return shape.step.value
  throw new AppError(
    'contract/step',
    `The model counts its steps in ${shape.step?.unit ?? 'nothing'}s; land use needs a step in days.`,
    { term: 'step', found: shape.step },
  )
}

/** Where the bands lie in the sequence; names match without regard to case. @throws `contract/bands` */
export function bandIndices(bands: readonly string[], info: SequenceInfo): number[] {
  const names = info.bands.map((name) => name.toLowerCase())
  const indices = bands.map((band) => names.indexOf(band.toLowerCase()))
  const missing = bands.filter((_, i) => indices[i] === -1)
  if (missing.length > 0 || bands.length === 0)
    throw new AppError(
      'contract/bands',
      bands.length === 0
        ? `"${info.name}" has no band to learn from (${info.bands.join(', ')}); name the bands to use.`
        : `"${info.name}" has no band ${missing.map((band) => `"${band}"`).join(', ')}; the model needs ${bands.join(', ')}, the data have ${info.bands.join(', ')}.`,
      { term: 'bands', expected: [...bands], found: info.bands, missing },
    )
  return indices
}

/** One term of a contract that a sequence does not meet. */
export interface ContractViolation {
  readonly code: 'contract/bands' | 'contract/dates' | 'contract/frames' | 'contract/step' | 'contract/time-span'
  readonly message: string
  readonly expected: unknown
  readonly found: unknown
}

/**
 * Every term of a model's temporal contract that a sequence breaks; empty when the model can be used.
 * `dates`: the frames have no dates · `bands`: one is missing · `frames`: a single date · `step`: frames are more than
 * 1.5 contract steps apart (median), so that most inputs would be invented by interpolation · `time-span`: not one whole
 * season of the model is covered.
 */
export function contractViolations(contract: SampleShape, info: SequenceInfo): ContractViolation[] {
  const violations: ContractViolation[] = []
  const add = (term: string, message: string, expected: unknown, found: unknown): void => {
    violations.push({ code: `contract/${term}` as ContractViolation['code'], message, expected, found })
  }
  const missing = contract.bands.filter((band) => !info.bands.some((name) => name.toLowerCase() === band.toLowerCase()))
  if (missing.length > 0)
    add('bands', `the model needs the bands ${contract.bands.join(', ')}, of which ${missing.join(', ')} are missing`, contract.bands, info.bands) // prettier-ignore
  if (contract.step?.unit !== 'day') {
    add('step', `the model counts time in ${contract.step?.unit ?? 'frame'}s, land use in days`, 'day', contract.step?.unit ?? null) // prettier-ignore
    return violations
  }
  if (info.times === null) {
    add('dates', 'the frames have no dates', 'a date for every frame', null)
    return violations
  }
  const days = frameDays(info)
  const found = medianStep(days)
  const expected = contract.step.value
  if (found === null) {
    add('frames', `the model needs a series of ${contract.frames} frames, the data have one date`, contract.frames, info.frames) // prettier-ignore
    return violations
  }
  if (found > 1.5 * expected)
    add('step', `the model needs a frame about every ${expected} days, the data have one every ${found}`, expected, found) // prettier-ignore
  if (enumerateSeasons(contract, days).length === 0)
    add(
      'time-span',
      `the model needs ${contract.frames} frames, ${expected} days apart${contract.seasonStart ? ` from ${contract.seasonStart} on` : ''}, and the data reach only from ${info.times[0]} to ${info.times.at(-1)}`,
      { frames: contract.frames, stepDays: expected, seasonStart: contract.seasonStart },
      { from: info.times[0], to: info.times.at(-1) },
    )
  return violations
}

/**
 * Fails when a model cannot be used on a sequence; the code names the first broken term, the message all of them.
 * @throws `contract/bands`, `contract/dates`, `contract/frames`, `contract/step`, `contract/time-span`
 */
export function checkContract(contract: SampleShape, info: SequenceInfo): void {
  const violations = contractViolations(contract, info)
  const [first] = violations
  if (!first) return
  throw new AppError(
    first.code,
    `The model cannot be used on "${info.name}": ${violations.map(({ message }) => message).join('; ')}.`,
    { term: first.code.slice('contract/'.length), violations },
  )
}
