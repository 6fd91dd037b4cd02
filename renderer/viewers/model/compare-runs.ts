import type { RunDetails } from '../../../shared/contracts/training.ts'

/** Settings of one run, by name, as text; what it was started with, and the defaults that were taken. */
export function effectiveSettings(details: RunDetails): Map<string, string> {
  const steps = (details.provenance?.pipeline ?? []).filter(({ step }) => step !== 'satellite')
  const options = Object.fromEntries(steps.flatMap((step) => Object.entries(step.options)))
  const { request, report, summary } = details
  const all: Record<string, unknown> = {
    model: summary.model,
    ...options,
    ...request.set,
    seed: request.seed,
    data: summary.data,
    device: report?.device,
    samples: report?.samples.train,
  }
  // A copy of the labels is made for each run, so its name says nothing.
  delete all['labels']
  return new Map(
    Object.entries(all)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([key, value]) => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value).replaceAll(/[[\]"]/g, ''),
      ]),
  )
}

/** One setting in which runs differ; null for a run that does not have it. */
export interface Difference {
  readonly key: string
  readonly values: readonly (string | null)[]
}

/** Settings in which runs differ, in the order in which they first occur. */
export function differences(runs: readonly RunDetails[]): Difference[] {
  const settings = runs.map(effectiveSettings)
  const keys = new Set(settings.flatMap((map) => [...map.keys()]))
  return [...keys]
    .map((key) => ({ key, values: settings.map((map) => map.get(key) ?? null) }))
    .filter(({ values }) => new Set(values).size > 1)
}

/** Whether runs were tested on the same samples: known from what each wrote down; `unknown` where one did not. */
export function sameTestSet(runs: readonly RunDetails[]): 'same' | 'different' | 'unknown' {
  const sets = runs.map(({ report }) => report?.extra['testSet'])
  if (sets.some((set) => typeof set !== 'string')) return 'unknown'
  return new Set(sets).size === 1 ? 'same' : 'different'
}

/** Runs that differ by their seed only. */
export interface SeedGroup {
  readonly runs: readonly RunDetails[]
  readonly metrics: readonly {
    readonly name: 'overallAccuracy' | 'macroF1' | 'kappa'
    readonly mean: number
    readonly low: number
    readonly high: number
  }[]
}

/** What the seed decides by itself beside the first numbers: which samples are learned from, and how many. */
const seeded = new Set(['seed', 'samples'])

/** Groups of at least two runs whose settings differ by the seed only, with the mean and range of their scores. */
export function seedGroups(runs: readonly RunDetails[]): SeedGroup[] {
  const groups = new Map<string, RunDetails[]>()
  for (const run of runs) {
    const settings = [...effectiveSettings(run)]
      .filter(([name]) => !seeded.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const key = JSON.stringify(settings)
    groups.set(key, [...(groups.get(key) ?? []), run])
  }
  return [...groups.values()]
    .filter((members) => new Set(members.map(({ request }) => request.seed)).size > 1)
    .map((members) => ({ runs: members, metrics: metricsOf(members) }))
}

function metricsOf(runs: readonly RunDetails[]): SeedGroup['metrics'] {
  return (['overallAccuracy', 'macroF1', 'kappa'] as const).flatMap((name) => {
    const values = runs.map(({ report }) => report?.metrics[name]).filter((value) => typeof value === 'number')
    if (values.length < runs.length) return []
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return [{ name, mean, low: Math.min(...values), high: Math.max(...values) }]
  })
}
