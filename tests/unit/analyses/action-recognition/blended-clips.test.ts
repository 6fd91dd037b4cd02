import { afterAll, describe, expect, it } from 'vitest'
import { actionBatchMaker } from '../../../../electron/analyses/action-recognition/action-program.ts'
import { actionOptions } from '../../../../electron/analyses/action-recognition/action-options.ts'
import { shareOfBlend } from '../../../../electron/analyses/action-recognition/sample-clips.ts'
import { FrameStore } from '../../../../electron/analyses/frames/frame-store.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'

// Two clips: one all black, one all white, so that a blend's brightness is the share of the second.
const store = new FrameStore(4)
for (const value of [0, 0, 1, 1]) store.add(new Float32Array(4).fill(value))
afterAll(() => store.close())

function batchesOf(mix: string) {
  const { data, training } = actionOptions('crnn', { size: '2', frames: '2', jitter: '0', crop: 'false', mix }, {})
  const contract = {
    frames: 2,
    step: { value: 1, unit: 'frame' as const },
    seasonStart: null,
    bands: ['grey'],
    size: [2, 2] as [number, number],
    normalisation: { mean: [0], deviation: [1] },
    spacingMm: null,
  }
  const form = {
    bands: ['grey'],
    size: [2, 2] as [number, number],
    fit: 'crop' as const,
    nodata: null,
    low: [0],
    range: [1],
  }
  const sample = (first: number, classIndex: number) => ({ sequence: 0, first, count: 2, classIndex, group: '', subset: null }) // prettier-ignore
  const samples = [sample(0, 0), sample(2, 1), sample(2, 1)]
  const make = actionBatchMaker({ store, form, contract, samples, classes: 2, data, training, batch: 3 })
  const random = new SeededRandom(5)
  return Array.from({ length: 50 }, () => make([0, 1, 2], random))
}

describe('training clips', () => {
  it('are blended in pairs, and their classes and weights in the same shares', () => {
    const blends: number[] = []
    for (const { features, targets, weights } of batchesOf('0.4')) {
      const [x, y] = [features.x?.values ?? [], targets.y?.values ?? []]
      for (let row = 0; row < 3; row++) {
        const white = Number(y[2 * row + 1])
        expect(Number(y[2 * row]) + white).toBeCloseTo(1, 5)
        for (let i = 0; i < 8; i++) expect(x[8 * row + i]).toBeCloseTo(white, 4)
        // Balanced: one black clip weighs as much as the two white ones together.
        expect(weights[row]).toBeCloseTo(1.5 * (1 - white) + 0.75 * white, 4)
        blends.push(white)
      }
    }
    expect(blends.filter((white) => white > 0.05 && white < 0.95).length).toBeGreaterThan(15)
  })

  it('are shown as they are by default', () => {
    for (const { features, targets } of batchesOf('0')) {
      expect([...(targets.y?.values ?? [])]).toEqual([1, 0, 0, 1, 0, 1])
      expect([...(features.x?.values ?? [])]).toEqual([...Array<number>(8).fill(0), ...Array<number>(16).fill(1)])
    }
  })

  it.each([0.1, 0.4, 1])('are blended in shares from Beta(%d, %d)', (mix) => {
    const random = new SeededRandom(1)
    const shares = Array.from({ length: 4000 }, () => shareOfBlend(mix, random))
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true)
    // Of Beta(a, a): 1 / 2 and 1 / (8 a + 4).
    expect(mean).toBeCloseTo(0.5, 1)
    expect(variance).toBeCloseTo(1 / (8 * mix + 4), 1)
  })
})
