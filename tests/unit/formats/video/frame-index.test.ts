import { describe, expect, it } from 'vitest'
import { clipTimes } from '../../../../electron/formats/video/clip-times.ts'
import {
  frameAt,
  indexOfDecoded,
  indexOfPackets,
  isSame,
  keyAtOrBefore,
} from '../../../../electron/formats/video/frame-index.ts'
import { turnPixels } from '../../../../electron/formats/video/turn-pixels.ts'

const packet = (pts: number | null, isKey = false) => ({ pts, isKey })

describe('the index of a video', () => {
  it('puts packets into the order in which they are shown (B-frames come late)', () => {
    const index = indexOfPackets([packet(0, true), packet(300), packet(100), packet(200), packet(400, true)])
    expect(index && [...index.pts]).toEqual([0, 100, 200, 300, 400])
    expect(index?.isSeekable).toBe(true)
    expect(index && [1, 3, 4].map((frame) => keyAtOrBefore(index, frame))).toEqual([0, 0, 4])
    expect(index && [200, 250, 400].map((stamp) => frameAt(index, stamp))).toEqual([2, -1, 4])
  })

  it.each([
    ['a packet has no time stamp', [packet(0, true), packet(null)]],
    ['two packets share one', [packet(0, true), packet(100), packet(100)]],
  ])('is not made from packets where %s', (_, packets) => {
    expect(indexOfPackets(packets)).toBeNull()
  })

  it('cannot be entered in the middle when the first frame is no key frame', () => {
    expect(indexOfPackets([packet(0), packet(100, true)])?.isSeekable).toBe(false)
  })

  it('gives frames without a time stamp, or with one that runs backwards, the usual distance', () => {
    const index = indexOfDecoded([10, null, 12, 130, 130], 40)
    expect([...index.pts]).toEqual([10, 50, 90, 130, 170])
    expect(index.isSeekable).toBe(false)
  })

  it('tells a decoded list that is too short or shifted from the right one', () => {
    const pts = Float64Array.of(0, 100, 200)
    expect(isSame([0, 100, 200], pts)).toBe(true)
    expect(isSame([0, 100], pts)).toBe(false)
    expect(isSame([100, 200], pts, 1)).toBe(true)
    expect(isSame([100, null], pts, 1)).toBe(false)
  })
})

describe('frame times', () => {
  it('takes the stated rate where time stamps are rounded to milliseconds (Matroska at 30000/1001)', () => {
    const rate = 30000 / 1001
    const seconds = Float64Array.from({ length: 300 }, (_, i) => Math.round((i / rate) * 1000) / 1000)
    expect(clipTimes(seconds, rate)).toEqual({ frameRate: rate, isVariable: false, seconds: null })
  })

  it('measures the rate where the stated one is wrong', () => {
    const seconds = Float64Array.from({ length: 50 }, (_, i) => i / 10)
    const times = clipTimes(seconds, 25)
    expect(times.frameRate).toBeCloseTo(10, 9)
    expect(times.isVariable).toBe(false)
  })

  it('keeps uneven times', () => {
    const seconds = Float64Array.of(0, 0.1, 0.2, 0.7, 0.8)
    expect(clipTimes(seconds, 10)).toEqual({ frameRate: 5, isVariable: true, seconds: [0, 0.1, 0.2, 0.7, 0.8] })
  })

  it('has a rate for a single picture', () => {
    expect(clipTimes(Float64Array.of(0), null).frameRate).toBeGreaterThan(0)
  })
})

it('turns pictures clockwise', () => {
  // 1 2 3
  // 4 5 6
  const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6)
  expect([...turnPixels(pixels, 2, 3, 1, 90)]).toEqual([4, 1, 5, 2, 6, 3])
  expect([...turnPixels(pixels, 2, 3, 1, 180)]).toEqual([6, 5, 4, 3, 2, 1])
  expect([...turnPixels(pixels, 2, 3, 1, 270)]).toEqual([3, 6, 2, 5, 1, 4])
})
