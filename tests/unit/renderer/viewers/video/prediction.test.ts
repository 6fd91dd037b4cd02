import { describe, expect, it } from 'vitest'
import { framesAsked, framesAskedSchema, framesSettings } from '../../../../../renderer/components/frames-asked.ts'
import { clipLayers } from '../../../../../renderer/viewers/model/clip-layers.ts'
import { framePanels } from '../../../../../renderer/viewers/video/prediction/frame-panels.ts'
import {
  heatPicture,
  nearestSeen,
  smoothed,
  strongest,
} from '../../../../../renderer/viewers/video/prediction/heat-map.ts'
import { readableOn, ribbonRows } from '../../../../../renderer/viewers/video/prediction/paint-ribbon.ts'

describe('the pictures of predicted frames', () => {
  // Two known frames, one truth, two predictions of 1 x 2 grey pixels.
  const bytes = Uint8Array.from([10, 20, 30, 40, 100, 100, 110, 90, 200, 201])
  const shape = {
    inputFrames: 2,
    horizon: 2,
    truths: 1,
    pictures: { file: 'frames.u8', height: 1, width: 2, channels: 1 as const },
  }

  it('are the same on both sides while frames are known', () => {
    const known = framePanels(bytes, shape, 1)
    expect([...(known?.truth ?? [])]).toEqual([30, 30, 30, 255, 40, 40, 40, 255])
    expect(known?.predicted).toEqual(known?.truth)
    expect(known?.difference).toBeNull()
  })

  it('show what is predicted too bright in red and too dark in blue', () => {
    const { truth, predicted, difference } = framePanels(bytes, shape, 2) ?? {}
    expect([...(truth ?? [])].slice(0, 3)).toEqual([100, 100, 100])
    expect([...(predicted ?? [])].slice(0, 3)).toEqual([110, 110, 110])
    expect([...(difference ?? [])]).toEqual([255, 235, 235, 255, 235, 235, 255, 255])
  })

  it('have no truth and no difference beyond the end', () => {
    const beyond = framePanels(bytes, shape, 3)
    expect([beyond?.truth, beyond?.difference]).toEqual([null, null])
    expect(beyond?.predicted[4]).toBe(201)
  })

  it('take the colours of three channels', () => {
    const colours = framePanels(
      Uint8Array.from([1, 2, 3, 4, 5, 6]),
      { inputFrames: 1, horizon: 1, truths: 0, pictures: { file: 'f', height: 1, width: 1, channels: 3 } },
      1,
    )
    expect([...(colours?.predicted ?? [])]).toEqual([4, 5, 6, 255])
  })
})

describe('a heat map', () => {
  it('is that of the nearest frame the model saw, within the part that was explained', () => {
    const part = { frames: [4, 10, 16], from: 2, to: 20 }
    expect([1, 2, 6, 8, 19, 20].map((frame) => nearestSeen(part, frame))).toEqual([null, 0, 0, 1, 2, null])
  })

  it('is smoothed within each frame, never across two, and keeps what is even', () => {
    const maps = new Float32Array(2 * 3 * 4).fill(2)
    expect([...smoothed(maps, [3, 4])]).toEqual([...maps])
    maps.fill(0, 0, 12)
    const both = smoothed(maps, [3, 4])
    expect([Math.max(...both.subarray(0, 12)), Math.min(...both.subarray(12))]).toEqual([0, 2])
    const single = new Float32Array(25)
    single[12] = 9
    const spread = smoothed(single, [5, 5])
    // Means of three by three pixels.
    expect(spread[12]).toBeCloseTo(1, 6)
    expect(spread[6]).toBeCloseTo(1, 6)
    expect(spread[0]).toBe(0)
  })

  it('is clear where nothing decided, and opaque from the strongest on', () => {
    const pixels = heatPicture(Float32Array.from([0, 1, 5]), 1)
    expect([pixels[3], pixels[7], pixels[11]]).toEqual([0, 255, 255])
  })

  it('is not darkened by a single outlier', () => {
    const values = new Float32Array(1000).fill(1)
    values[500] = 1e6
    expect(strongest(values)).toBe(1)
  })
})

describe('the ribbon of classes', () => {
  it('gives rows only to what there is', () => {
    const none = ribbonRows({ truth: [], shares: [] })
    const all = ribbonRows({
      truth: [{ label: 'a', colour: '#000000', from: 0, to: 1 }],
      shares: [{ frame: 0, share: 1 }],
    })
    expect(none.truth).toBe(none.curves)
    expect(all.found < all.truth && all.truth < all.bars && all.bars < all.curves).toBe(true)
    expect(all.height).toBeGreaterThan(none.height)
  })

  it('writes dark on light colours and light on dark ones', () => {
    expect(['#ffffff', '#56b4e9', '#00209f', '#000000'].map(readableOn)).toEqual([
      '#101010',
      '#101010',
      '#ffffff',
      '#ffffff',
    ])
  })
})

describe('what is asked of a predictor of frames', () => {
  it('names only what the person has changed', () => {
    expect(framesSettings(framesAsked)).toEqual({})
    expect(framesSettings({ inputFrames: 5, horizon: null, start: 0, isBeyond: false })).toEqual({
      inputFrames: '5',
      start: '0',
    })
  })

  it('has no start beyond the last frame', () => {
    expect(framesSettings({ inputFrames: null, horizon: 3, start: 7, isBeyond: true })).toEqual({
      horizon: '3',
      beyond: 'true',
    })
    expect(framesAskedSchema.safeParse({ ...framesAsked, horizon: 0 }).success).toBe(false)
  })
})

describe('the picture of layers', () => {
  const settings: Readonly<Record<string, string>> = {
    size: '48x64',
    frames: '8',
    filters: '16,32',
    units: '64',
    cell: 'bi-lstm',
    motion: 'true',
    attention: 'true',
  }
  const setting = (key: string): string => settings[key] ?? ''

  it('of a network of frames and their course ends with one score for each class', () => {
    expect(clipLayers('crnn', setting, 1, 3)?.map(({ kind, name, shape }) => [kind, name, shape])).toEqual([
      ['frames', '', '[8, 48, 64, 2]'],
      ['convolution', 'Conv 16', '[8, 24, 32, 16]'],
      ['convolution', 'Conv 32', '[8, 12, 16, 32]'],
      ['recurrent', 'LSTM 64', '[8, 128]'],
      ['attention', 'Attention', '[128]'],
      ['dense', 'Dense', '[3]'],
    ])
  })

  it('of one frame has no time, and one of a series is none of these', () => {
    expect(clipLayers('frame-cnn', setting, 1, 3)?.[0]?.shape).toBe('[48, 64, 1]')
    expect(clipLayers('lstm', setting, 4, 3)).toBeNull()
  })
})
