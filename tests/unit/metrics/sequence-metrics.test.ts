import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  averagePrecision,
  editScore,
  meanAveragePrecision,
  segmentalF1,
  segmentsOf,
  temporalIou,
  type VideoIntervals,
} from '../../../shared/metrics/intervals.ts'
import { frameQuality, type FrameQuality, type FrameSize, videoQuality } from '../../../shared/metrics/video-quality.ts'

interface Oracle {
  readonly quality: readonly (FrameQuality & { size: FrameSize; truth: number[]; predicted: number[] })[]
  readonly videos: readonly VideoIntervals[]
  readonly precision: readonly { label: string; threshold: number; value: number }[]
  readonly segments: readonly { truth: string[]; found: string[]; edit: number; f1: Record<string, number> }[]
}
// Written by make-sequence-oracle.py, so the shape is known.
const oracle = JSON.parse(readFileSync(new URL('sequence-oracle.json', import.meta.url), 'utf8')) as Oracle

describe('quality of predicted frames', () => {
  it.each(oracle.quality)('equals scikit-image on $size.height x $size.width x $size.channels', (row) => {
    const found = frameQuality(row.predicted, row.truth, row.size)
    expect(found.mse).toBeCloseTo(row.mse, 5)
    expect(found.mae).toBeCloseTo(row.mae, 5)
    expect(found.psnr).toBeCloseTo(row.psnr, 5)
    expect(found.ssim).toBeCloseTo(row.ssim, 6)
  })

  it('is perfect for equal frames, and an equal frame does not make the mean infinite', () => {
    const [first, second] = oracle.quality as [Oracle['quality'][0], Oracle['quality'][0]]
    const equal = frameQuality(first.truth, first.truth, first.size)
    expect(equal).toMatchObject({ mse: 0, mae: 0, psnr: Infinity })
    expect(equal.ssim).toBeCloseTo(1, 12)
    const mean = videoQuality([
      [equal, second],
      [equal, second],
    ])
    expect(mean.perStep.map(({ psnr }) => psnr)).toEqual([100, second.psnr])
    expect(mean.psnr).toBeCloseTo((100 + second.psnr) / 2, 10)
    expect(mean.mse).toBeCloseTo(second.mse / 2, 10)
  })
})

describe('found actions', () => {
  it.each(oracle.precision)(
    'average precision of $label at $threshold equals ActivityNet',
    ({ label, threshold, value }) => {
      expect(averagePrecision(oracle.videos, label, threshold)).toBeCloseTo(value, 12)
    },
  )

  it('is averaged over the classes that occur', () => {
    const at = oracle.precision.filter(({ threshold }) => threshold === 0.5)
    const mean = at.reduce((sum, { value }) => sum + value, 0) / at.length
    expect(meanAveragePrecision(oracle.videos, 0.5)).toBeCloseTo(mean, 12)
    expect(averagePrecision(oracle.videos, 'never', 0.5)).toBeNaN()
  })

  it('overlaps by what both share', () => {
    expect(temporalIou({ start: 0, end: 4 }, { start: 2, end: 6 })).toBeCloseTo(1 / 3, 12)
    expect(temporalIou({ start: 0, end: 4 }, { start: 4, end: 6 })).toBe(0)
    expect(temporalIou({ start: 1, end: 1 }, { start: 1, end: 1 })).toBe(0)
  })
})

describe('segments of labels per frame', () => {
  it.each(oracle.segments.map((row, index) => ({ index, ...row })))(
    'sequence $index equals MS-TCN',
    ({ truth, found, edit, f1 }) => {
      expect(editScore(truth, found, 'none')).toBeCloseTo(edit, 10)
      for (const [threshold, value] of Object.entries(f1))
        expect(segmentalF1(truth, found, Number(threshold), 'none')).toBeCloseTo(value, 12)
    },
  )

  it('leaves the background out', () => {
    expect(segmentsOf(['none', 'a', 'a', 'b', 'none', 'a'], 'none')).toEqual([
      { label: 'a', start: 1, end: 3 },
      { label: 'b', start: 3, end: 4 },
      { label: 'a', start: 5, end: 6 },
    ])
    expect(segmentsOf([], 'none')).toEqual([])
    expect(editScore(['none'], ['none'], 'none')).toBe(100)
    expect(segmentalF1(['none'], ['none'], 0.5, 'none')).toBe(1)
  })
})
