import { defined } from '../../../shared/base/assert.ts'
import type { FoundLesion, LesionLink } from '../../../shared/domain/medical/lesion-tracking.ts'
import { composed, inverted, moved, type PatientTransform } from '../../../shared/domain/medical/patient-transform.ts'
import { placeOf, type VolumeGeometry } from '../../../shared/domain/medical/volume-geometry.ts'
import { assign } from './assign.ts'
import { voxelFinder } from './patient-volume.ts'

/** The lesions of one study. */
export interface StudyLesions {
  readonly geometry: VolumeGeometry
  /** Places of the baseline to places of this study. */
  readonly fromBaseline: PatientTransform
  readonly lesions: readonly { readonly found: FoundLesion; readonly voxels: Int32Array }[]
}

/** When two lesions may be one. */
export interface LinkOptions {
  /** Largest way between the borders of two that do not overlap (as balls of their volume), in mm. */
  readonly largestGapMm?: number
  /** Share of the smaller one that must lie in the other for a merge or a split. */
  readonly leastShare?: number
}

/** Voxels of a lesion that are looked at. */
const mostVoxels = 4000

interface Pair {
  readonly from: FoundLesion
  readonly to: FoundLesion
  readonly overlap: number
  readonly distanceMm: number
  /** The larger, the more likely one lesion. */
  readonly score: number
}

/**
 * Links the lesions of each study to those seen before, the last sight of each counting (so one that was gone is found again).
 * After registration, pairs that overlap or nearly touch are assigned so that their agreement (Dice, overlap, nearness) is
 * largest in sum; what is left over and lies in an assigned one has merged with it, or was split from it.
 */
export function linkLesions(
  studies: readonly StudyLesions[],
  { largestGapMm = 3, leastShare = 0.25 }: LinkOptions = {},
): LesionLink[] {
  const links: LesionLink[] = []
  let open: { study: StudyLesions; index: number }[] = []
  for (const study of studies) {
    const pairs = pairsOf(open, study, largestGapMm)
    const tips = open.map(({ study: own, index }) => defined(own.lesions[index], 'an open lesion exists').found.id)
    const rowOf = new Map(tips.map((tip, row) => [tip, row]))
    const columnOf = new Map(study.lesions.map(({ found }, column) => [found.id, column]))
    const costs = tips.map(() => new Array<number>(study.lesions.length).fill(Infinity))
    for (const { from, to, score } of pairs) {
      const row = costs[rowOf.get(from.id) ?? -1]
      if (row) row[columnOf.get(to.id) ?? 0] = -score
    }
    const columns = assign(costs)
    const taken = new Set(columns)
    const goesOn = new Set<string>()
    for (const pair of pairs) {
      const row = rowOf.get(pair.from.id) ?? -1
      const column = columnOf.get(pair.to.id) ?? -1
      const isMain = columns[row] === column
      const isLeftOver = columns[row] === -1 || !taken.has(column)
      if (isMain || (isLeftOver && pair.overlap >= leastShare)) {
        const { from, to, overlap, distanceMm } = pair
        links.push({ from: from.id, to: to.id, by: 'program', overlap, distanceMm, isMain })
        goesOn.add(from.id)
      }
    }
    const still = open.filter((_, i) => !goesOn.has(tips[i] ?? ''))
    open = [...still, ...study.lesions.map((_, index) => ({ study, index }))]
  }
  return links
}

function pairsOf(
  open: readonly { readonly study: StudyLesions; readonly index: number }[],
  later: StudyLesions,
  largestGapMm: number,
): Pair[] {
  const labels = new Map<StudyLesions, Int32Array>()
  const labelsOf = (study: StudyLesions): Int32Array => {
    const known = labels.get(study)
    if (known) return known
    const { slices, rows, columns } = study.geometry.size
    const made = new Int32Array(slices * rows * columns)
    study.lesions.forEach(({ voxels }, i) => voxels.forEach((voxel) => (made[voxel] = i + 1)))
    labels.set(study, made)
    return made
  }
  const shareIn = (study: StudyLesions, index: number, other: StudyLesions): Map<number, number> => {
    const way = composed(other.fromBaseline, inverted(study.fromBaseline))
    const voxels = defined(study.lesions[index], 'the index is one of its lesions').voxels
    const step = Math.max(1, Math.ceil(voxels.length / mostVoxels))
    const find = voxelFinder(other.geometry)
    const target = labelsOf(other)
    const { rows, columns } = study.geometry.size
    const counts = new Map<number, number>()
    let looked = 0
    for (let i = 0; i < voxels.length; i += step, looked++) {
      const voxel = voxels[i] ?? 0
      const place = placeOf(
        study.geometry,
        Math.floor(voxel / (rows * columns)),
        Math.floor(voxel / columns) % rows,
        voxel % columns,
      )
      const at = find(moved(way, place))
      const label = at < 0 ? 0 : (target[at] ?? 0)
      if (label > 0) counts.set(label - 1, (counts.get(label - 1) ?? 0) + 1)
    }
    return new Map([...counts].map(([label, count]) => [label, count / looked]))
  }
  const backwards = new Map<StudyLesions, Map<number, number>[]>()
  return open.flatMap(({ study, index }) => {
    const own = defined(study.lesions[index], 'an open lesion exists').found
    const forward = shareIn(study, index, later)
    const back = backwards.get(study) ?? later.lesions.map((_, i) => shareIn(later, i, study))
    backwards.set(study, back)
    const way = composed(later.fromBaseline, inverted(study.fromBaseline))
    const centre = moved(way, own.measures.centre)
    return later.lesions.flatMap(({ found }, i): Pair[] => {
      const [a, b] = [own.measures.volumeMm3, found.measures.volumeMm3]
      const [inOther, inOwn] = [forward.get(i) ?? 0, back[i]?.get(index) ?? 0]
      const overlap = Math.min(1, Math.max(inOther, inOwn))
      const distanceMm = Math.hypot(...found.measures.centre.map((mm, axis) => mm - (centre[axis] ?? 0)))
      if (overlap === 0 && distanceMm - ballRadius(a) - ballRadius(b) > largestGapMm) return []
      const common = (inOther * a + inOwn * b) / 2
      const dice = (2 * common) / (a + b)
      return [{ from: own, to: found, overlap, distanceMm, score: dice + 0.25 * overlap + 0.1 / (1 + distanceMm / 5) }]
    })
  })
}

/** Radius in mm of the ball of a volume in mm3. */
export function ballRadius(mm3: number): number {
  return Math.cbrt((3 * mm3) / (4 * Math.PI))
}
