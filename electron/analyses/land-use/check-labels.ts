import { AppError } from '../../../shared/base/app-error.ts'
import { SeededRandom } from '../../../shared/base/seeded-random.ts'
import type { LabelledSample } from '../../../shared/domain/labels.ts'
import { type Remark, remarkTexts } from '../../../shared/domain/remark.ts'
import { isoDay, medianStep } from './calendar.ts'
import { groupBy } from './group-by.ts'
import type { LabelCandidate } from './label-candidate.ts'

/** What labels are checked against. */
export interface LabelCheckOptions {
  readonly source: string
  readonly width: number
  readonly height: number
  /** Acquisition days of the sequence, ascending. */
  readonly days: Float64Array
  /** Interval for labels without dates, as day numbers; null means the whole time span of the sequence. */
  readonly defaultInterval: { readonly from: number; readonly to: number } | null
  /** What to do with labels of different classes for one pixel and overlapping intervals. */
  readonly onConflict: 'error' | 'drop'
  /** Keep at most this many samples of each class, drawn by `seed`; null keeps all. */
  readonly maxPerClass: number | null
  readonly seed: number
}

/** Labels that can be used, and what was found on the way. */
export interface CheckedLabels {
  readonly samples: readonly LabelledSample[]
  /** Class names, sorted: the order of the model's outputs. */
  readonly classes: readonly string[]
  /** Sentences for the user. */
  readonly warnings: readonly string[]
  /** The same with codes, for other languages. */
  readonly remarks: readonly Remark[]
}

interface Dated extends LabelCandidate {
  readonly from: number
  readonly to: number
}

/**
 * Turns candidates into samples: drops what lies outside the raster or its time span (with a warning; an error when
 * nothing is left), repeats of the same label, and labels that contradict each other.
 *
 * An interval may begin up to two typical acquisition steps before the first frame and end as much after the last.
 * @throws `labels/no-samples`, `labels/outside-raster`, `labels/outside-time`, `labels/duplicate-conflict`, `labels/one-class`
 */
export function checkLabels(candidates: readonly LabelCandidate[], options: LabelCheckOptions): CheckedLabels {
  const remarks: Remark[] = []
  const { source } = options
  if (candidates.length === 0) throw new AppError('labels/no-samples', `"${source}" holds no labels.`, { source })

  const placed = keepThoseInside(
    candidates,
    ({ column, row }) => column >= 0 && row >= 0 && column < options.width && row < options.height,
    'labels/outside-raster',
    `outside the raster of ${options.width} x ${options.height} pixels`,
    source,
    remarks,
  )
  const span = timeSpan(options.days)
  const dated = keepThoseInside(
    addIntervals(placed, options, span, remarks),
    ({ from, to }) => from >= span.first - 2 * span.step && to <= span.last + 2 * span.step,
    'labels/outside-time',
    `outside the time span of the sequence (${isoDay(span.first)} to ${isoDay(span.last)})`,
    source,
    remarks,
  )
  const unique = dropConflicts(dropRepeats(dated, source, remarks), options, remarks)
  const drawn = limitPerClass(unique, options, remarks)
  const classes = [...new Set(drawn.map((candidate) => candidate.label))].sort()
  if (classes.length < 2)
    throw new AppError(
      'labels/one-class',
      `All ${drawn.length} usable labels of "${source}" are of the class "${classes[0]}"; at least two classes are needed to learn from.`,
      { source, classes, samples: drawn.length },
    )
  const samples = drawn.map((candidate) => toSample(candidate, source))
  return { samples, classes, warnings: remarkTexts(remarks), remarks }
}

function timeSpan(days: Float64Array): { first: number; last: number; step: number } {
  return { first: days[0] ?? NaN, last: days.at(-1) ?? NaN, step: medianStep(days) ?? 1 }
}

/** Keeps the candidates that pass; none left is an error, some lost is a warning, both with the first few named. */
function keepThoseInside<T extends LabelCandidate>(
  candidates: readonly T[],
  isInside: (candidate: T) => boolean,
  code: 'labels/outside-raster' | 'labels/outside-time',
  where: string,
  source: string,
  remarks: Remark[],
): T[] {
  const kept = candidates.filter(isInside)
  const lost = candidates.filter((candidate) => !isInside(candidate))
  if (lost.length === 0) return kept
  const places = [...new Set(lost.map((candidate) => candidate.place ?? candidate.id))]
  const named = `${places.slice(0, 3).join(', ')}${places.length > 3 ? ', ...' : ''}`
  const all = kept.length === 0
  const sentence = `${all ? 'All' : String(lost.length)} of ${candidates.length} labels in "${source}" lie ${where} (${named})`
  if (all)
    throw new AppError(
      code,
      `${sentence}; check the projection, the dates and that the file belongs to this sequence.`,
      {
        source,
        count: lost.length,
        first: places.slice(0, 20),
      },
    )
  remarks.push({
    code: code === 'labels/outside-time' ? 'labels/some-outside-time' : 'labels/some-outside-raster',
    message: `${sentence}; they are left out.`,
    details: { source, count: lost.length, of: candidates.length, first: places.slice(0, 3) },
  })
  return kept
}

function addIntervals(
  candidates: readonly LabelCandidate[],
  options: LabelCheckOptions,
  span: { first: number; last: number; step: number },
  remarks: Remark[],
): Dated[] {
  const fallback = options.defaultInterval ?? { from: Math.floor(span.first), to: Math.ceil(span.last + span.step) }
  const undated = candidates.filter((candidate) => candidate.from === null).length
  if (undated > 0 && options.defaultInterval === null)
    remarks.push({
      code: 'labels/no-interval',
      message: `${undated} labels in "${options.source}" have no dates and stand for the whole time span, ${isoDay(fallback.from)} to ${isoDay(fallback.to)}.`,
      details: { source: options.source, count: undated, from: isoDay(fallback.from), to: isoDay(fallback.to) },
    })
  return candidates.map((candidate) => ({
    ...candidate,
    from: candidate.from ?? fallback.from,
    to: candidate.to ?? fallback.to,
  }))
}

/** Two points of one class in the same pixel and interval are one sample: keeping both would count it twice. */
function dropRepeats(candidates: readonly Dated[], source: string, remarks: Remark[]): Dated[] {
  const seen = new Set<string>()
  const unique = candidates.filter((candidate) => {
    const key = [candidate.column, candidate.row, candidate.from, candidate.to, candidate.label].join('|')
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
  const repeats = candidates.length - unique.length
  if (repeats > 0)
    remarks.push({
      code: 'labels/repeated',
      message: `${repeats} labels in "${source}" repeat the pixel, interval and class of another and are left out.`,
      details: { source, count: repeats },
    })
  return unique
}

function dropConflicts(candidates: readonly Dated[], options: LabelCheckOptions, remarks: Remark[]): Dated[] {
  const byPixel = groupBy(candidates, ({ column, row }) => row * options.width + column)
  const conflicting = new Set<Dated>()
  for (const sharing of byPixel.values())
    for (const [i, a] of sharing.entries())
      for (const b of sharing.slice(i + 1))
        if (a.label !== b.label && a.from < b.to && b.from < a.to) conflicting.add(a).add(b)
  if (conflicting.size === 0) return [...candidates]

  const [first, second] = [...conflicting]
  const example = `for example ${first?.place ?? first?.id} ("${first?.label}") and ${second?.place ?? second?.id} ("${second?.label}")`
  if (options.onConflict === 'error' || conflicting.size === candidates.length)
    throw new AppError(
      'labels/duplicate-conflict',
      `${conflicting.size} labels in "${options.source}" give one pixel different classes at the same time, ${example}; correct them, or choose to leave them out.`,
      { source: options.source, count: conflicting.size, first: [...conflicting].slice(0, 20).map(({ id }) => id) },
    )
  remarks.push({
    code: 'labels/contradicting',
    message: `${conflicting.size} labels in "${options.source}" contradict each other and are left out, ${example}.`,
    details: {
      source: options.source,
      count: conflicting.size,
      first: first?.place ?? first?.id,
      firstLabel: first?.label,
      second: second?.place ?? second?.id,
      secondLabel: second?.label,
    },
  })
  return candidates.filter((candidate) => !conflicting.has(candidate))
}

function limitPerClass(candidates: readonly Dated[], options: LabelCheckOptions, remarks: Remark[]): readonly Dated[] {
  const limit = options.maxPerClass
  if (limit === null) return candidates
  const random = new SeededRandom(options.seed).fork('labels/limit')
  const kept = new Set<Dated>()
  for (const [, members] of [...groupBy(candidates, ({ label }) => label)].sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const member of random.shuffled(members).slice(0, limit)) kept.add(member)
  if (kept.size < candidates.length)
    remarks.push({
      code: 'labels/drawn',
      message: `Of ${candidates.length} labels in "${options.source}", ${kept.size} were drawn: at most ${limit} of each class.`,
      details: { source: options.source, of: candidates.length, count: kept.size, limit },
    })
  return candidates.filter((candidate) => kept.has(candidate))
}

function toSample(candidate: Dated, source: string): LabelledSample {
  const { id, column, row, label, group, subset } = candidate
  return { id, column, row, from: isoDay(candidate.from), to: isoDay(candidate.to), label, source, group, subset }
}
