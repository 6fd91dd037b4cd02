import { assert } from '../base/assert.ts'

/**
 * Response of solid tumours by RECIST 1.1. Source: Eisenhauer et al., European Journal of Cancer 45 (2009) 228-247; section
 * numbers below are its own. All lengths in mm.
 */

/** A lymph node is measured by its short axis, every other lesion by its longest diameter (3.1.1). */
export type LesionKind = 'lesion' | 'node'

/** A lesion seen at baseline. */
export interface BaselineLesion {
  readonly id: string
  readonly kind: LesionKind
  /** Longest diameter of a lesion, short axis of a node. */
  readonly diameterMm: number
  /** Lymph nodes of all stations are one organ; it is not asked for them. */
  readonly organ: string
  /** Distance of the slices it was measured on; null when unknown. */
  readonly sliceThicknessMm: number | null
}

/** What a lesion of the baseline may be followed as; `normal` nodes are not followed. */
export type LesionRole = 'target' | 'non-target' | 'normal'

/** Most targets in all, and in one organ (3.1.2). */
export const maximumTargets = 5
/** Most targets in one organ (3.1.2). */
export const maximumTargetsPerOrgan = 2

/**
 * Whether a lesion can be measured well enough to be a target (3.1.1): at least 10 mm, and twice the slice thickness where
 * slices are thicker than 5 mm; a node from 15 mm short axis. Nodes below 10 mm are normal.
 */
export function measurability({
  kind,
  diameterMm,
  sliceThicknessMm,
}: Omit<BaselineLesion, 'id' | 'organ'>): LesionRole {
  if (kind === 'node') return diameterMm >= 15 ? 'target' : diameterMm >= 10 ? 'non-target' : 'normal'
  const smallest = sliceThicknessMm !== null && sliceThicknessMm > 5 ? 2 * sliceThicknessMm : 10
  return diameterMm >= smallest ? 'target' : 'non-target'
}

/**
 * Proposes roles: the largest measurable lesions, two per organ and five in all, are targets.
 * @param chosen  what the reader wants: those targets come first, whatever their size, within the same limits and only if they can be
 *   measured; those non-targets are none
 */
export function proposeRoles(
  lesions: readonly BaselineLesion[],
  chosen: ReadonlyMap<string, 'target' | 'non-target'> = new Map(),
): Map<string, LesionRole> {
  const roles = new Map(
    lesions.map((lesion) => {
      const role = measurability(lesion)
      return [lesion.id, role === 'target' && chosen.get(lesion.id) === 'non-target' ? 'non-target' : role]
    }),
  )
  const wanted = ({ id }: BaselineLesion): number => (chosen.get(id) === 'target' ? 1 : 0)
  const perOrgan = new Map<string, number>()
  let targets = 0
  for (const lesion of [...lesions].sort((a, b) => wanted(b) - wanted(a) || b.diameterMm - a.diameterMm)) {
    if (roles.get(lesion.id) !== 'target') continue
    const organ = lesion.kind === 'node' ? 'lymph node' : lesion.organ
    const inOrgan = perOrgan.get(organ) ?? 0
    if (targets >= maximumTargets || inOrgan >= maximumTargetsPerOrgan) {
      roles.set(lesion.id, 'non-target')
      continue
    }
    perOrgan.set(organ, inOrgan + 1)
    targets++
  }
  return roles
}

/** A target lesion at one time point. */
export type TargetFinding =
  | { readonly state: 'measured'; readonly diameterMm: number }
  /** Gone altogether: 0 mm. */
  | { readonly state: 'absent' }
  /** There, and too small to measure: 5 mm by convention (4.3.2). */
  | { readonly state: 'too-small' }
  /** Not imaged, or the image does not show it. */
  | { readonly state: 'not-evaluable' }

/** A non-target lesion at one time point; a node counts as absent below 10 mm short axis (4.3.3). */
export type NonTargetFinding = 'absent' | 'present' | 'unequivocal-progression' | 'not-evaluable'

/** A target: its kind decides how small it must be for a complete response. */
export interface TargetLesion {
  readonly id: string
  readonly kind: LesionKind
}

/** One examination. Findings of lesions that are missing here count as not evaluable. */
export interface TimePoint {
  readonly targets: Readonly<Record<string, TargetFinding>>
  readonly nonTargets: Readonly<Record<string, NonTargetFinding>>
  readonly hasNewLesion: boolean
}

/** Complete response, partial response, stable disease, progressive disease, not evaluable; `NON-CR/NON-PD` without targets. */
export type Response = 'CR' | 'PR' | 'SD' | 'PD' | 'NE' | 'NON-CR/NON-PD'

/** Which rule decided, for the reader to see. */
export type RecistRule =
  | 'new-lesion'
  | 'targets-grew'
  | 'target-reappeared'
  | 'non-target-progression'
  | 'all-gone'
  | 'targets-gone-non-targets-left'
  | 'targets-shrank'
  | 'neither-grew-nor-shrank'
  | 'target-not-evaluable'
  | 'non-target-not-evaluable'
  | 'non-targets-left'
  | 'nothing-followed'

/** Figures and verdict of one follow-up. */
export interface Assessment {
  /** Sum of the target diameters; null when there are no targets, a lower bound when `isComplete` is false. */
  readonly sumMm: number | null
  readonly isComplete: boolean
  readonly percentFromBaseline: number | null
  /** Against the smallest sum so far, the baseline's included (4.3.1); null when that is 0. */
  readonly percentFromNadir: number | null
  readonly mmFromNadir: number | null
  readonly target: Response | null
  readonly nonTarget: 'CR' | 'NON-CR/NON-PD' | 'PD' | 'NE' | null
  readonly overall: Response
  readonly rule: RecistRule
}

/** Rounding must not decide: 70.0 of 100.0 is a decrease by 30 %. */
const tolerance = 1e-9

/**
 * The response at every follow-up, in order of time.
 * @param targets     at most five
 * @param nonTargets  ids
 * @param baseline    first examination; every target is measured there
 */
export function assessRecist(
  targets: readonly TargetLesion[],
  nonTargets: readonly string[],
  baseline: TimePoint,
  followUps: readonly TimePoint[],
): Assessment[] {
  assert(targets.length <= maximumTargets, 'RECIST follows at most five targets')
  const start = sumOf(targets, baseline)
  assert(start.isComplete, 'every target is measured at baseline')
  let nadir = start.mm
  let wasComplete = false
  return followUps.map((timePoint) => {
    const assessment = assessOne(targets, nonTargets, timePoint, { baseline: start.mm, nadir, wasComplete })
    if (assessment.isComplete && assessment.sumMm !== null) nadir = Math.min(nadir, assessment.sumMm)
    wasComplete ||= assessment.target === 'CR'
    return assessment
  })
}

interface Past {
  readonly baseline: number
  readonly nadir: number
  /** Whether the targets had all gone before. */
  readonly wasComplete: boolean
}

function assessOne(
  targets: readonly TargetLesion[],
  nonTargets: readonly string[],
  timePoint: TimePoint,
  past: Past,
): Assessment {
  const sum = sumOf(targets, timePoint)
  const byTargets = targets.length === 0 ? null : targetResponse(targets, timePoint, sum, past)
  const nonTarget = nonTargets.length === 0 ? null : nonTargetResponse(nonTargets, timePoint)
  const { overall, rule } = overallResponse(byTargets, nonTarget, timePoint.hasNewLesion)
  const hasSum = targets.length > 0
  const change = (from: number): number | null => (hasSum && from > 0 ? ((sum.mm - from) / from) * 100 : null)
  return {
    sumMm: hasSum ? sum.mm : null,
    isComplete: sum.isComplete,
    percentFromBaseline: change(past.baseline),
    percentFromNadir: change(past.nadir),
    mmFromNadir: hasSum ? sum.mm - past.nadir : null,
    target: byTargets?.response ?? null,
    nonTarget,
    overall,
    rule,
  }
}

function sumOf(
  targets: readonly TargetLesion[],
  { targets: findings }: TimePoint,
): { mm: number; isComplete: boolean } {
  let mm = 0
  let isComplete = true
  for (const { id } of targets) {
    const finding = findings[id] ?? { state: 'not-evaluable' }
    if (finding.state === 'not-evaluable') isComplete = false
    else mm += lengthOf(finding)
  }
  return { mm, isComplete }
}

function lengthOf(finding: TargetFinding): number {
  if (finding.state === 'measured') return finding.diameterMm
  return finding.state === 'too-small' ? 5 : 0
}

/** Section 4.3.1. Growth counts even when a target is missing: what it adds could only make the sum larger. */
function targetResponse(
  targets: readonly TargetLesion[],
  { targets: findings }: TimePoint,
  sum: { readonly mm: number; readonly isComplete: boolean },
  { baseline, nadir, wasComplete }: Past,
): { response: Response; rule: RecistRule } {
  const isThere = ({ id }: TargetLesion): boolean => {
    const finding = findings[id]
    return finding !== undefined && finding.state !== 'not-evaluable' && lengthOf(finding) > 0
  }
  if (sum.mm >= nadir * 1.2 - tolerance && sum.mm - nadir >= 5 - tolerance)
    return { response: 'PD', rule: 'targets-grew' }
  // Appendix II: in complete response, a lesion that is there again is progression, whatever its size.
  if (wasComplete && targets.some((target) => target.kind === 'lesion' && isThere(target)))
    return { response: 'PD', rule: 'target-reappeared' }
  if (!sum.isComplete) return { response: 'NE', rule: 'target-not-evaluable' }
  const isGone = (target: TargetLesion): boolean =>
    target.kind === 'node' ? lengthOf(findings[target.id] ?? { state: 'absent' }) < 10 : !isThere(target)
  if (targets.every(isGone)) return { response: 'CR', rule: 'all-gone' }
  if (sum.mm <= baseline * 0.7 + tolerance) return { response: 'PR', rule: 'targets-shrank' }
  return { response: 'SD', rule: 'neither-grew-nor-shrank' }
}

/** Section 4.3.3. */
function nonTargetResponse(ids: readonly string[], { nonTargets }: TimePoint): NonNullable<Assessment['nonTarget']> {
  const findings = ids.map((id) => nonTargets[id] ?? 'not-evaluable')
  if (findings.includes('unequivocal-progression')) return 'PD'
  if (findings.includes('present')) return 'NON-CR/NON-PD'
  return findings.includes('not-evaluable') ? 'NE' : 'CR'
}

/** Tables 1 (with targets) and 2 (without) of section 4.4. */
function overallResponse(
  target: { readonly response: Response; readonly rule: RecistRule } | null,
  nonTarget: Assessment['nonTarget'],
  hasNewLesion: boolean,
): { overall: Response; rule: RecistRule } {
  if (target?.response === 'PD') return { overall: 'PD', rule: target.rule }
  if (nonTarget === 'PD') return { overall: 'PD', rule: 'non-target-progression' }
  if (hasNewLesion) return { overall: 'PD', rule: 'new-lesion' }
  if (target === null) {
    if (nonTarget === null) return { overall: 'NE', rule: 'nothing-followed' }
    if (nonTarget === 'CR') return { overall: 'CR', rule: 'all-gone' }
    return nonTarget === 'NE'
      ? { overall: 'NE', rule: 'non-target-not-evaluable' }
      : { overall: 'NON-CR/NON-PD', rule: 'non-targets-left' }
  }
  if (target.response !== 'CR') return { overall: target.response, rule: target.rule }
  if (nonTarget === null || nonTarget === 'CR') return { overall: 'CR', rule: 'all-gone' }
  // Targets are gone; what is left, or was not seen, of the others keeps the response partial.
  return { overall: 'PR', rule: nonTarget === 'NE' ? 'non-target-not-evaluable' : 'targets-gone-non-targets-left' }
}
