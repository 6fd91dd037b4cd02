import { describe, expect, it } from 'vitest'
import {
  actionMetrics,
  majorityActionBaseline,
} from '../../../../electron/analyses/action-recognition/action-metrics.ts'
import {
  intervalMetrics,
  perFrame,
  toIntervals,
  windowStarts,
} from '../../../../electron/analyses/action-recognition/find-intervals.ts'
import { framesOfClip } from '../../../../electron/analyses/action-recognition/sample-clips.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'

describe('places of frames in a clip', () => {
  it('takes one of each part, the middle one when nothing is random', () => {
    const options = { frames: 4, sampling: 'segments' as const, stride: 1 }
    expect(framesOfClip({ first: 100, count: 16 }, options, null)).toEqual([102, 106, 110, 114])
    const drawn = framesOfClip({ first: 100, count: 16 }, options, new SeededRandom(1))
    drawn.forEach((frame, i) => expect(Math.floor((frame - 100) / 4)).toBe(i))
  })

  it('takes frames that follow each other, and repeats the last one where the clip is too short', () => {
    const options = { frames: 3, sampling: 'dense' as const, stride: 2 }
    expect(framesOfClip({ first: 10, count: 9 }, options, null)).toEqual([12, 14, 16])
    expect(framesOfClip({ first: 10, count: 4 }, options, null)).toEqual([10, 12, 13])
  })
})

describe('intervals of a long sequence', () => {
  it('covers all of it with windows, the last one ending with it', () => {
    expect(windowStarts(10, 4, 3)).toEqual([0, 3, 6])
    expect(windowStarts(11, 4, 3)).toEqual([0, 3, 6, 7])
    expect(windowStarts(3, 4, 1)).toEqual([0])
  })

  it('finds where an action begins, from windows that overlap', () => {
    const starts = windowStarts(40, 8, 2)
    const scores = Float32Array.from(starts.flatMap((start) => (start + 4 <= 20 ? [0.9, 0.1] : [0.2, 0.8])))
    const frames = perFrame(scores, starts, 8, 40, 2)
    const found = toIntervals(frames, ['walk', 'wave'], 4)
    expect(found.map(({ label }) => label)).toEqual(['walk', 'wave'])
    expect(Math.abs((found[0]?.end ?? 0) - 21)).toBeLessThanOrEqual(2)
    expect(found[0]?.score).toBeGreaterThan(0.7)
  })

  it('gives what is too short to the likelier neighbour, and leaves the background out', () => {
    const certain = (c: number): number[] => [0, 1, 2].map((one) => (one === c ? 0.8 : 0.1))
    const frames = Float32Array.from(
      [
        ...Array.from({ length: 6 }, () => certain(0)),
        certain(1),
        ...Array.from({ length: 5 }, () => certain(2)),
      ].flat(),
    )
    expect(
      toIntervals(frames, ['walk', 'wave', 'background'], 3).map(({ label, start, end }) => [label, start, end]),
    ).toEqual([['walk', 0, 7]])
  })

  it('scores a perfect answer with ones and an empty one with zeros', () => {
    const truth = [
      { label: 'walk', start: 0, end: 10 },
      { label: 'wave', start: 10, end: 20 },
    ]
    const perfect = intervalMetrics(
      [{ frames: 20, truth, found: truth.map((one) => ({ ...one, score: 1 })) }],
      ['walk', 'wave'],
    )
    expect(perfect).toEqual({ mAP30: 1, mAP50: 1, mAP70: 1, frameF1: 1, segmentF1: 1, editScore: 100 })
    const empty = intervalMetrics([{ frames: 20, truth, found: [] }], ['walk', 'wave'])
    expect(empty).toMatchObject({ mAP50: 0, frameF1: 0, segmentF1: 0, editScore: 0 })
  })
})

describe('metrics of clips', () => {
  const labels = ['a', 'b', 'c', 'd', 'e', 'f']
  it('counts a clip for top 5 when four classes or fewer are likelier', () => {
    const rows = [
      [0.5, 0.1, 0.1, 0.1, 0.1, 0.1],
      [0.3, 0.25, 0.2, 0.15, 0.07, 0.03],
      [0.3, 0.25, 0.2, 0.15, 0.07, 0.03],
    ]
    const metrics = actionMetrics([0, 4, 5], Float32Array.from(rows.flat()), labels)
    expect(metrics.top1).toBeCloseTo(1 / 3, 12)
    expect(metrics.top5).toBeCloseTo(2 / 3, 12)
    expect(metrics.meanClassAccuracy).toBeCloseTo(1 / 3, 12)
  })

  it('lets the majority answer with the commonest training class, and rank the others likewise', () => {
    const baseline = majorityActionBaseline([1, 1, 2, 3, 3, 3], [3, 1, 0], labels)
    expect(baseline).toMatchObject({ name: 'majority class', label: 'd' })
    expect(baseline.top1).toBeCloseTo(1 / 3, 12)
    expect(baseline.top5).toBe(1)
  })
})
