import { describe, expect, it } from 'vitest'
import type { OpenSequence } from '../../../../shared/contracts/sequences.ts'
import type { SequenceInfo } from '../../../../shared/domain/sequence.ts'
import {
  axisMode,
  axisMoments,
  axisTicks,
  framePath,
  hasHours,
  sliceMillimetres,
} from '../../../../renderer/viewers/time/axis-scale.ts'
import { sliceDirection } from '../../../../renderer/viewers/time/slice-direction.ts'
import { timecode } from '../../../../renderer/viewers/time/timecode.ts'

const names = {
  month: (moment: number) => `m${new Date(moment).getUTCMonth() + 1}`,
  day: (moment: number) => `d${new Date(moment).getUTCDate()}`,
  hour: (moment: number) => new Date(moment).toISOString().slice(11, 16),
}
function sequence(info: Partial<SequenceInfo>, more: Partial<OpenSequence> = {}): OpenSequence {
  return {
    handle: '0'.repeat(32),
    info: {
      id: 'x',
      kind: 'images',
      name: 'x',
      group: null,
      frames: 10,
      height: 4,
      width: 4,
      bands: ['value'],
      dtype: 'uint8',
      times: null,
      frameRate: null,
      durationSeconds: null,
      spacingMm: null,
      timePoints: null,
      crs: null,
      geoTransform: null,
      orderedBy: '',
      warnings: [],
      ...info,
    },
    projection: null,
    extent: null,
    statistics: [],
    composite: [0, 0, 0],
    medical: null,
    clip: null,
    ...more,
  }
}

describe('the axis of a sequence', () => {
  it.each([
    ['dates', sequence({ kind: 'geotiff', times: ['2020-01-01'] })],
    ['frames', sequence({ kind: 'images' })],
    ['slices', sequence({ kind: 'nifti' })],
    ['clip', sequence({ kind: 'dicom', frameRate: 30 })],
    ['clip', sequence({ kind: 'video', frameRate: 25 })],
  ] as const)('is one of %s', (mode, one) => expect(axisMode(one)).toBe(mode))

  it('takes the uneven times of a clip where there are some, else its rate', () => {
    const clip = {
      codec: 'h264',
      frameRate: 10,
      durationSeconds: 1,
      pixelAspect: 1,
      isVariable: true,
      seconds: [0, 0.5, 0.6],
    }
    expect(axisMoments(sequence({ kind: 'video', frames: 3 }, { clip }), 'clip')).toEqual([0, 0.5, 0.6])
    expect(axisMoments(sequence({ kind: 'dicom', frames: 3, frameRate: 4 }), 'clip')).toEqual([0, 0.25, 0.5])
  })

  it.each([2, 3, 80, 2000, 54_000])('has few marks, with room between them, for %i frames', (frames) => {
    for (const mode of ['clip', 'slices'] as const) {
      const one = sequence({ kind: 'video', frames, frameRate: 30 })
      const ticks = axisTicks(mode, axisMoments(one, mode), 800, names)
      expect(ticks.length).toBeGreaterThan(0)
      expect(ticks.length).toBeLessThanOrEqual(19)
      const gaps = ticks.slice(1).map((tick, i) => (tick.at - (ticks[i]?.at ?? 0)) * 800)
      expect(Math.min(100, ...gaps)).toBeGreaterThanOrEqual(43.9)
      for (const { at } of ticks) expect(at >= 0 && at <= 1).toBe(true)
    }
  })

  it.each([0.04, 0.3, 1, 1.9, 2.4, 3, 7, 45, 600])('never writes one time twice, for a clip of %d s', (seconds) => {
    for (const width of [200, 640, 1500]) {
      const frames = Math.max(2, Math.round(seconds * 25) + 1)
      const one = sequence({ kind: 'video', frames, frameRate: 25 })
      const labels = axisTicks('clip', axisMoments(one, 'clip'), width, names).map(({ label }) => label)
      expect(new Set(labels).size).toBe(labels.length)
    }
  })

  it('writes tenths of a second where marks are that near', () => {
    const one = sequence({ kind: 'video', frames: 76, frameRate: 25 })
    const labels = axisTicks('clip', axisMoments(one, 'clip'), 500, names).map(({ label }) => label)
    expect(labels).toEqual(['0:00.0', '0:00.5', '0:01.0', '0:01.5', '0:02.0', '0:02.5', '0:03.0'])
  })

  it('counts slices from 1 and writes round numbers', () => {
    const labels = axisTicks('slices', axisMoments(sequence({ frames: 80 }), 'slices'), 500, names)
    expect(labels.map(({ label }) => label)).toEqual(['10', '20', '30', '40', '50', '60', '70', '80'])
  })

  it('writes hours where the frames of a day are minutes apart', () => {
    const times = Array.from({ length: 40 }, (_, i) => new Date(Date.UTC(2020, 5, 1, 22, 5 * i)).toISOString())
    const one = sequence({ kind: 'images', frames: 40, times })
    expect(hasHours(times)).toBe(true)
    expect(hasHours(['2020-01-01', '2020-01-02'])).toBe(false)
    const labels = axisTicks('dates', axisMoments(one, 'dates'), 600, names).map(({ label }) => label)
    expect(labels).toEqual(['22:00', '22:30', '23:00', '23:30', 'd2', '00:30', '01:00'])
  })

  it('draws at most one stroke for each pixel for 2000 dates, and none for 54 000 frames of a clip', () => {
    const dates = Array.from({ length: 2000 }, (_, i) => i * 86_400_000)
    expect((framePath(dates, 600, 'dates').match(/M/g) ?? []).length).toBe(601)
    expect(
      framePath(
        Array.from({ length: 54_000 }, (_, i) => i / 30),
        600,
        'clip',
      ),
    ).toBe('')
  })

  it('says where a slice lies along the normal, and how it is called', () => {
    const orientation: [[number, number, number], [number, number, number]] = [
      [0, 1, 0],
      [0, 0, -1],
    ]
    const geometry = {
      orientation,
      positions: [[-40, 7, 9] as [number, number, number], [-37.5, 7, 9] as [number, number, number]],
      pixelSpacing: [1, 1] as [number, number],
      isVolume: true,
      frameSpacing: 2.5,
      frameOfReference: null,
    }
    const medical = { geometry } as unknown as OpenSequence['medical']
    const one = sequence({ kind: 'dicom', frames: 2 }, { medical })
    // Rows to the back, columns to the feet: the normal points to the right, (-1, 0, 0).
    expect([sliceMillimetres(one, 0), sliceMillimetres(one, 1)]).toEqual([40, 37.5])
    expect(sliceMillimetres(one, 2)).toBeNull()
    expect(sliceDirection(orientation)).toBe('sagittal')
    expect(
      sliceDirection([
        [1, 0, 0],
        [0, Math.SQRT1_2, -Math.SQRT1_2],
      ]),
    ).toBe('oblique')
  })

  it.each([
    [0, false, '0:00'],
    [7.2, true, '0:07.200'],
    [59.9996, true, '1:00.000'],
    [754, false, '12:34'],
    [3725.04, true, '1:02:05.040'],
  ])('writes %d s as a timecode', (seconds, hasMilliseconds, text) =>
    expect(timecode(seconds, hasMilliseconds)).toBe(text),
  )
})
