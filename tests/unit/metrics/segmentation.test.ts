import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  connectedComponents,
  distanceTo,
  type VolumeSize,
  voxelCount,
  type VoxelSpacing,
} from '../../../shared/base/volume.ts'
import { type SegmentationScores, segmentationScores } from '../../../shared/metrics/segmentation.ts'

interface Case {
  readonly size: VolumeSize
  readonly spacing: VoxelSpacing
  readonly truth: readonly number[]
  readonly found: readonly number[]
  readonly components: number
  readonly distanceSum: number
  readonly scores: SegmentationScores
}
// Written by make-segmentation-oracle.py, so the shape is known.
const cases = JSON.parse(readFileSync(new URL('segmentation-oracle.json', import.meta.url), 'utf8')) as readonly Case[]

/** A mask from the lengths of its runs, zeros first. */
function maskOf(runs: readonly number[], size: VolumeSize): Uint8Array {
  const mask = new Uint8Array(voxelCount(size))
  let at = 0
  runs.forEach((length, i) => {
    mask.fill(i % 2, at, at + length)
    at += length
  })
  expect(at).toBe(mask.length)
  return mask
}

describe.each(cases)('masks of $size.slices x $size.rows x $size.columns voxels', (row) => {
  const truth = maskOf(row.truth, row.size)
  const found = maskOf(row.found, row.size)

  it('are compared as scipy does', () => {
    const scores = segmentationScores(found, truth, row.size, row.spacing)
    const names = Object.keys(row.scores) as (keyof SegmentationScores)[]
    expect(names.length).toBe(6)
    for (const name of names) expect(scores[name], name).toBeCloseTo(row.scores[name] ?? NaN, 9)
  })

  it('fall into components, and have distances, as scipy finds them', () => {
    expect(connectedComponents(truth, row.size).count).toBe(row.components)
    const sum = distanceTo(truth, row.size, row.spacing).reduce((total, value) => total + value, 0)
    expect(sum).toBeCloseTo(row.distanceSum, 6)
  })
})

describe('empty masks', () => {
  const size = { slices: 2, rows: 3, columns: 4 }
  const empty = new Uint8Array(24)
  const one = new Uint8Array(24)
  one[7] = 1

  it('that are right are perfect', () => {
    expect(segmentationScores(empty, empty, size, [1, 1, 1])).toEqual({
      dice: 1,
      iou: 1,
      hd95Mm: 0,
      volumeError: 0,
      lesionSensitivity: null,
      falsePositives: 0,
    })
  })
  it('that miss a lesion, or face a found one, have no distance', () => {
    expect(segmentationScores(empty, one, size, [1, 1, 1])).toEqual({
      dice: 0,
      iou: 0,
      hd95Mm: null,
      volumeError: -1,
      lesionSensitivity: 0,
      falsePositives: 0,
    })
    expect(segmentationScores(one, empty, size, [1, 1, 1])).toEqual({
      dice: 0,
      iou: 0,
      hd95Mm: null,
      volumeError: null,
      lesionSensitivity: null,
      falsePositives: 1,
    })
  })
  it('are infinitely far away', () => {
    expect([...new Set(distanceTo(empty, size, [1, 1, 1]))]).toEqual([Infinity])
  })
})

it('numbers components in the order of their first voxel, and joins by corners', () => {
  const size = { slices: 2, rows: 2, columns: 3 }
  // Two voxels touch by a corner across slices; the third stands alone.
  const { labels, count } = connectedComponents([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0], size)
  expect(count).toBe(1)
  expect([...labels]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0])
  const apart = connectedComponents([0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0], size)
  expect([...apart.labels]).toEqual([0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0])
})
