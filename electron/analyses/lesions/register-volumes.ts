import { setImmediate } from 'node:timers/promises'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { ignoreProgress, type ReportProgress } from '../../../shared/base/progress.ts'
import { SeededRandom } from '../../../shared/base/seeded-random.ts'
import type { RegistrationQuality, StudyRegistration } from '../../../shared/domain/medical/lesion-tracking.ts'
import {
  aroundCentre,
  composed,
  identityTransform,
  moved,
  type PatientTransform,
  rotationDegrees,
  turnedBy,
} from '../../../shared/domain/medical/patient-transform.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import type { PatientVector } from '../../../shared/domain/medical/volume-geometry.ts'
import { centreOfMass, coarsen, type CoarseVolume } from './coarse-volume.ts'
import type { PatientVolume } from './patient-volume.ts'
import { minimisePowell } from './powell.ts'
import { SampledSimilarity } from './similarity.ts'

/** How two studies are laid over each other. */
export interface RegisterOptions {
  readonly kind?: 'rigid' | 'affine'
  /** A transform to begin from, beside the places of the headers (landmarks of the reader). */
  readonly start?: PatientTransform | null
  readonly signal?: AbortSignal | undefined
  readonly report?: ReportProgress | undefined
}

/** Widths of the blocks compared, coarse to fine, in mm, with how many places and how far the first step goes. */
const levels = [
  { sizeMm: 8, places: 12_000, step: 8, lineTolerance: 0.02 },
  { sizeMm: 4, places: 30_000, step: 2, lineTolerance: 0.02 },
  { sizeMm: 2, places: 60_000, step: 0.5, lineTolerance: 0.05 },
] as const

/** Angles and stretches are in units that move a place this far from the centre by about 1 mm. */
const leverMm = 70

/**
 * Finds how places of one study become places of another, from the images: maximum normalised mutual information, coarse to
 * fine. The same volumes give the same transform. Nothing is resampled but coarse copies, so what is measured stays as taken.
 * @param fixed, moving  the baseline and the follow-up
 * @throws `AbortError`
 */
export async function registerVolumes(
  fixed: PatientVolume,
  moving: PatientVolume,
  options: RegisterOptions = {},
): Promise<StudyRegistration & { readonly quality: RegistrationQuality }> {
  const { kind = 'rigid', start = null, signal, report = ignoreProgress } = options
  const random = new SeededRandom(1)
  const size = kind === 'affine' ? 12 : 6
  const total = levels.length * 4 * size
  let done = 0
  const onLine = async (): Promise<void> => {
    await setImmediate()
    throwIfAborted(signal)
    report({ stage: 'Laying the studies over each other', done: Math.min(++done, total), total })
  }
  const pairs = levels.map(({ sizeMm }) => [coarsen(fixed, sizeMm), coarsen(moving, sizeMm)] as const)
  const [coarseFixed, coarseMoving] = pairs[0] ?? [coarsen(fixed, 8), coarsen(moving, 8)]
  const centre = centreOfMass(coarseFixed)
  const other = centreOfMass(coarseMoving)
  const shift: PatientVector = [other[0] - centre[0], other[1] - centre[1], other[2] - centre[2]]
  let starts = [identityTransform, shiftBy(shift), ...(start ? [start] : [])].map((base) => ({
    base,
    parameters: new Float64Array(6),
  }))
  let parameters = new Float64Array(size)
  let base = identityTransform
  let similarity = new SampledSimilarity(coarseFixed, coarseMoving, levels[0].places, random.fork('0'))
  for (const [level, { places, step, lineTolerance }] of levels.entries()) {
    const [a, b] = pairs[level] ?? [coarseFixed, coarseMoving]
    similarity = new SampledSimilarity(a, b, places, random.fork(String(level)))
    const search = (from: PatientTransform, begin: Float64Array): ReturnType<typeof minimisePowell> =>
      minimisePowell((values) => -similarity.at(composed(from, transformOf(values, centre))).mutualInformation, begin, {
        steps: Array.from(begin, (_, i) => (i < 6 ? step : step / 2)),
        tolerance: 1e-5,
        lineTolerance,
        maximumRounds: 12,
        onLine,
      })
    if (level === 0) {
      // Several places to begin; the best one goes on.
      let best = Infinity
      for (const candidate of starts) {
        const found = await search(candidate.base, candidate.parameters)
        if (found.cost >= best) continue
        best = found.cost
        base = candidate.base
        parameters = Float64Array.from({ length: size }, (_, i) => found.parameters[i] ?? 0)
      }
      starts = []
    }
    parameters = Float64Array.from((await search(base, parameters)).parameters)
  }
  const found = composed(base, transformOf(parameters, centre))
  const [before, after] = [similarity.at(identityTransform), similarity.at(found)]
  // What is not better than the headers' places is not used.
  const isBetter = after.mutualInformation > before.mutualInformation
  const transform = isBetter ? found : identityTransform
  const used = isBetter ? after : before
  const quality: RegistrationQuality = {
    mutualInformationBefore: before.mutualInformation,
    mutualInformationAfter: used.mutualInformation,
    correlationBefore: before.correlation,
    correlationAfter: used.correlation,
    overlap: used.overlap,
    largestShiftMm: largestShift(coarseFixed, transform),
    rotationDegrees: rotationDegrees(transform),
  }
  return { kind, transform, quality, remark: remarkOn(quality) }
}

/** Shift in mm, then three angles, then (affine) three stretches and three shears; all 0 for the identity. */
function transformOf(parameters: Float64Array, centre: PatientVector): PatientTransform {
  const at = (index: number): number => parameters[index] ?? 0
  const turn = turnedBy([at(3) / leverMm, at(4) / leverMm, at(5) / leverMm])
  if (parameters.length === 6) return aroundCentre(turn, centre, [at(0), at(1), at(2)])
  const [sx, sy, sz] = [Math.exp(at(6) / leverMm), Math.exp(at(7) / leverMm), Math.exp(at(8) / leverMm)]
  const [xy, xz, yz] = [at(9) / leverMm, at(10) / leverMm, at(11) / leverMm]
  // Turn x (stretch and shear, upper triangle).
  const linear = turn.map(([a, b, c]): PatientVector => [
    a * sx,
    a * xy * sy + b * sy,
    a * xz * sz + b * yz * sz + c * sz,
  ]) as [PatientVector, PatientVector, PatientVector]
  return aroundCentre(linear, centre, [at(0), at(1), at(2)])
}

function shiftBy([x, y, z]: PatientVector): PatientTransform {
  return [
    [1, 0, 0, x],
    [0, 1, 0, y],
    [0, 0, 1, z],
  ]
}

function largestShift({ slices, rows, columns, toPlace }: CoarseVolume, transform: PatientTransform): number {
  let largest = 0
  for (const c of [0, columns - 1])
    for (const r of [0, rows - 1])
      for (const s of [0, slices - 1]) {
        const place = moved(toPlace, [c, r, s])
        const [x, y, z] = moved(transform, place)
        largest = Math.max(largest, Math.hypot(x - place[0], y - place[1], z - place[2]))
      }
  return largest
}

/** What speaks against relying on a registration. */
function remarkOn({ overlap, mutualInformationAfter, rotationDegrees: turn }: RegistrationQuality): string | null {
  if (overlap < 0.5) return readerNote('lesions/little-overlap', { percent: Math.round(overlap * 100) })
  if (mutualInformationAfter < 1.05) return readerNote('lesions/hardly-alike')
  if (turn > 30) return readerNote('lesions/turned', { degrees: Math.round(turn) })
  return null
}
