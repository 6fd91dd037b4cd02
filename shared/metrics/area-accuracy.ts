import { AppError } from '../base/app-error.ts'
import type { Confusion } from './classification.ts'

/** 97.5 % point of the normal distribution, as used in the paper for 95 % intervals. */
const z95 = 1.96

/** A figure with its standard error; null where the samples do not allow one. */
export interface Estimate {
  readonly value: number | null
  readonly standardError: number | null
  /** Bounds of the 95 % interval (value ± 1.96 standard errors), not clipped to the possible range. */
  readonly interval95: readonly [number, number] | null
}

/** Area and accuracy of one class; areas are in the unit of the mapped areas. */
export interface ClassAreaAccuracy {
  /** Area counted on the map; biased by the map's errors. */
  readonly mappedArea: number
  /** Area after correction for the errors that the samples show. */
  readonly adjustedArea: Estimate
  /**
   * 95 % interval of the adjusted area that keeps a width where the samples of a mapped class show no error, as 0 of 12
   * errors do not prove that there are none. Not symmetric; within [0, estimated area]. Added to what Olofsson et al. give.
   */
  readonly areaInterval95: readonly [number, number]
  /** Of what is mapped as the class, the share that truly is. */
  readonly usersAccuracy: Estimate
  /** 95 % score interval of the user's accuracy; null without samples. */
  readonly usersInterval95: readonly [number, number] | null
  /** Of what truly is the class, the share that is mapped so, weighted by area. */
  readonly producersAccuracy: Estimate
  /** Samples that the map assigns to the class. */
  readonly samples: number
}

/** Accuracy of a map, weighted by area; not to be mixed with the share of samples that were right. */
export interface AreaAccuracy {
  /** Share of the mapped area that is right. */
  readonly mapAccuracy: Estimate
  /** 95 % interval of the map's accuracy with a width also where no error was seen. */
  readonly mapInterval95: readonly [number, number]
  /** Plain share of samples that are right, for comparison; depends on how samples were spread over classes. */
  readonly sampleAccuracy: number
  readonly perClass: Readonly<Record<string, ClassAreaAccuracy>>
  /** Area of the classes that the estimate speaks for: mapped and sampled. */
  readonly estimatedArea: number
  /** Classes that are mapped but hold no sample: their area is left out of every estimate. */
  readonly withoutSamples: readonly string[]
}

/** One mapped class: its share of the estimated area and the samples found in it. */
interface Stratum {
  readonly weight: number
  readonly samples: number
  /** Samples by true class. */
  readonly counts: readonly number[]
}

/**
 * Estimates area and accuracy of each class from samples within the mapped classes (a stratified estimate).
 * It is unbiased when the samples of each mapped class are a random sample of that class's area; labels gathered by
 * convenience make it an approximation, and the report should say so.
 *
 * A mapped class without samples cannot be estimated: it is named in `withoutSamples` and its area is left out. A
 * mapped class with one sample has no variance: every standard error it takes part in is null. A class with no mapped
 * area keeps its user's accuracy, and its true area comes from the samples found in other mapped classes.
 * @param confusion    rows: truth; columns: map
 * @param mappedAreas  area of each class on the map, in the order of `confusion.labels`, in any one unit
 * @throws `metrics/no-samples` when no mapped class holds a sample
 * Source: Olofsson et al. 2014, Remote Sensing of Environment 148, equations 1-3, 5-7 (accuracy) and 9-13 (area). The
 * intervals beside them: Wilson 1927 (JASA 22) within each mapped class, combined as Zou, Huang & Zhang 2009
 * (Computational Statistics & Data Analysis 53) do for sums of proportions.
 */
export function areaAccuracy(confusion: Confusion, mappedAreas: readonly number[]): AreaAccuracy {
  const { labels, matrix } = confusion
  const counts = labels.map((_, mapped) => labels.map((_, truth) => matrix[truth]?.[mapped] ?? 0))
  const samples = counts.map((row) => row.reduce((sum, count) => sum + count, 0))
  const sampled = mappedAreas.map((area, i) => ((samples[i] ?? 0) > 0 ? area : 0))
  const estimatedArea = sampled.reduce((sum, area) => sum + area, 0)
  if (!(estimatedArea > 0))
    throw new AppError(
      'metrics/no-samples',
      'No class of the map holds a test sample, so areas cannot be estimated; add samples or map a larger area.',
    )

  const strata = labels.map((_, i) => ({
    weight: (sampled[i] ?? 0) / estimatedArea,
    samples: samples[i] ?? 0,
    counts: counts[i] ?? [],
  }))
  const hits = labels.reduce((sum, _, i) => sum + (matrix[i]?.[i] ?? 0), 0)
  return {
    mapAccuracy: mapAccuracyOf(strata),
    mapInterval95: weightedScoreInterval(strata, (i) => i),
    sampleAccuracy: hits / samples.reduce((sum, count) => sum + count, 0),
    perClass: Object.fromEntries(
      labels.map((label, i) => [
        label,
        {
          mappedArea: mappedAreas[i] ?? 0,
          adjustedArea: scale(areaShareOf(strata, i), estimatedArea),
          areaInterval95: scaleBounds(
            weightedScoreInterval(strata, () => i),
            estimatedArea,
          ),
          usersAccuracy: usersAccuracyOf(strata[i] as Stratum, i),
          usersInterval95: usersIntervalOf(strata[i] as Stratum, i),
          producersAccuracy: producersAccuracyOf(strata, i),
          samples: samples[i] ?? 0,
        },
      ]),
    ),
    estimatedArea,
    withoutSamples: labels.filter((_, i) => (mappedAreas[i] ?? 0) > 0 && samples[i] === 0),
  }
}

/** Of the samples in a mapped class, the share that truly is class `k`; 0 where there is none. */
function shareOf(stratum: Stratum, k: number): number {
  return stratum.samples === 0 ? 0 : (stratum.counts[k] ?? 0) / stratum.samples
}

/** Variance of `shareOf`; NaN with fewer than two samples. */
function shareVariance(stratum: Stratum, k: number): number {
  const share = shareOf(stratum, k)
  return stratum.samples < 2 ? NaN : (share * (1 - share)) / (stratum.samples - 1)
}

/** Equations 1 and 5. */
function mapAccuracyOf(strata: readonly Stratum[]): Estimate {
  const used = [...strata.entries()].filter(([, stratum]) => stratum.weight > 0)
  const value = used.reduce((sum, [i, stratum]) => sum + stratum.weight * shareOf(stratum, i), 0)
  const variance = used.reduce((sum, [i, stratum]) => sum + stratum.weight ** 2 * shareVariance(stratum, i), 0)
  return estimate(value, variance)
}

/** Equations 2 and 6. */
function usersAccuracyOf(stratum: Stratum, k: number): Estimate {
  return stratum.samples === 0 ? estimate(NaN, NaN) : estimate(shareOf(stratum, k), shareVariance(stratum, k))
}

/** Equations 9 and 10: share of the area that truly is class `k`. */
function areaShareOf(strata: readonly Stratum[], k: number): Estimate {
  const used = strata.filter((stratum) => stratum.weight > 0)
  const value = used.reduce((sum, stratum) => sum + stratum.weight * shareOf(stratum, k), 0)
  const variance = used.reduce((sum, stratum) => sum + stratum.weight ** 2 * shareVariance(stratum, k), 0)
  return estimate(value, variance)
}

/** Equations 3 and 7. */
function producersAccuracyOf(strata: readonly Stratum[], k: number): Estimate {
  const used = [...strata.entries()].filter(([, stratum]) => stratum.weight > 0)
  const trueShare = used.reduce((sum, [, stratum]) => sum + stratum.weight * shareOf(stratum, k), 0)
  if (trueShare === 0) return estimate(NaN, NaN)
  const own = strata[k] as Stratum
  const value = (own.weight * shareOf(own, k)) / trueShare
  const ownTerm = own.weight === 0 ? 0 : own.weight ** 2 * (1 - value) ** 2 * shareVariance(own, k)
  const others = used.reduce((sum, [i, s]) => (i === k ? sum : sum + s.weight ** 2 * shareVariance(s, k)), 0)
  return estimate(value, (ownTerm + value ** 2 * others) / trueShare ** 2)
}

/**
 * Score interval of a proportion `hits / count`, which has a width also at 0 and 1.
 * Source: Wilson 1927, Journal of the American Statistical Association 22, 209-212.
 */
export function wilsonInterval(hits: number, count: number): [number, number] {
  const share = hits / count
  const spread = z95 ** 2 / count
  const centre = (share + spread / 2) / (1 + spread)
  const half = (z95 * Math.sqrt((share * (1 - share)) / count + spread / (4 * count))) / (1 + spread)
  // At the ends the bound is exactly 0 or 1, which rounding misses.
  return [hits === 0 ? 0 : centre - half, hits === count ? 1 : centre + half]
}

/** 95 % interval of a weighted sum of shares, one of each mapped class: `classOf` says which. Method of variance estimates recovery. */
function weightedScoreInterval(strata: readonly Stratum[], classOf: (stratum: number) => number): [number, number] {
  let [value, below, above] = [0, 0, 0]
  for (const [i, stratum] of strata.entries()) {
    if (stratum.weight === 0) continue
    const share = shareOf(stratum, classOf(i))
    const [low, high] = wilsonInterval(stratum.counts[classOf(i)] ?? 0, stratum.samples)
    value += stratum.weight * share
    below += (stratum.weight * (share - low)) ** 2
    above += (stratum.weight * (high - share)) ** 2
  }
  return [Math.max(0, value - Math.sqrt(below)), Math.min(1, value + Math.sqrt(above))]
}

function usersIntervalOf(stratum: Stratum, k: number): [number, number] | null {
  return stratum.samples === 0 ? null : wilsonInterval(stratum.counts[k] ?? 0, stratum.samples)
}

function scaleBounds([low, high]: readonly [number, number], area: number): [number, number] {
  return [low * area, high * area]
}

function estimate(value: number, variance: number): Estimate {
  if (Number.isNaN(value)) return { value: null, standardError: null, interval95: null }
  if (Number.isNaN(variance)) return { value, standardError: null, interval95: null }
  const standardError = Math.sqrt(variance)
  return { value, standardError, interval95: [value - z95 * standardError, value + z95 * standardError] }
}

function scale(share: Estimate, area: number): Estimate {
  return {
    value: share.value === null ? null : share.value * area,
    standardError: share.standardError === null ? null : share.standardError * area,
    interval95: share.interval95 === null ? null : [share.interval95[0] * area, share.interval95[1] * area],
  }
}
