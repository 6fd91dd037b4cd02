import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { bandSources, commonBands, parseSize } from '../../../../electron/analyses/frames/frame-form.ts'
import { FrameStore } from '../../../../electron/analyses/frames/frame-store.ts'
import { resizeByMean } from '../../../../electron/analyses/frames/resize-mean.ts'
import { readSmallFrame, shownWindow } from '../../../../electron/analyses/frames/small-frames.ts'
import { splitByGroup, subsetOfPath } from '../../../../electron/analyses/frames/split-groups.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'
import { errorOf } from '../land-use/error-code.ts'
import { memoryReader } from '../satellite/memory-reader.ts'

describe('the form of frames', () => {
  it('shows the middle of a wide frame in its own shape, or all of it stretched', () => {
    const { info } = memoryReader([], { height: 100, width: 300, bands: ['value'] })
    expect(shownWindow(info, { size: [50, 50], fit: 'crop' })).toEqual({ row: 0, column: 100, height: 100, width: 100 })
    expect(shownWindow(info, { size: [50, 50], fit: 'stretch' })).toEqual({
      row: 0,
      column: 0,
      height: 100,
      width: 300,
    })
  })

  it('takes colours together as grey, single bands as they are, and names what is missing', async () => {
    const colours = memoryReader([], { height: 8, width: 8, bands: ['red', 'green', 'blue'] }).info
    const grey = memoryReader([], { height: 8, width: 8, bands: ['value'] }).info
    const satellite = memoryReader([], { height: 8, width: 8, bands: ['nir', 'swir'] }).info
    expect(commonBands([colours, grey], false)).toEqual(['grey'])
    expect(commonBands([colours], true)).toEqual(['red', 'green', 'blue'])
    expect(commonBands([satellite], false)).toEqual(['nir', 'swir'])
    expect(bandSources(['grey'], colours)[0]?.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 6)
    expect((await errorOf(() => bandSources(['ndvi'], satellite))).code).toBe('contract/bands')
  })

  it.each([
    ['64', [64, 64]],
    ['48x96', [48, 96]],
  ])('reads the size %s as height and width', (text, size) => expect(parseSize(text)).toEqual(size))
  it.each(['', '7', '64x', '2000', '-3x4'])('refuses the size "%s"', async (text) =>
    expect((await errorOf(() => parseSize(text))).code).toBe('usage/bad-setting'),
  )

  it('shrinks by means of what was measured: values outside scale, missing ones left out', async () => {
    const plane = Float32Array.from([10, 20, NaN, 50, 30, 40, NaN, 70])
    const reader = memoryReader([[plane]], { height: 2, width: 4, bands: ['value'] })
    const form = { bands: ['grey'], size: [1, 2] as [number, number], fit: 'stretch' as const, nodata: 70 }
    const frame = await readSmallFrame(reader, { ...form, low: [20], range: [40] }, 0)
    // (10 + 20 + 30 + 40) / 4 = 25; of the right half only 50 was measured.
    expect([...frame]).toEqual([(25 - 20) / 40, (50 - 20) / 40])
  })

  it('keeps the mean of a picture when it is resized by parts of pixels (7 x 5 to 3 x 4, 1e-6)', () => {
    const random = new SeededRandom(1)
    const values = Float32Array.from({ length: 35 }, () => random.next())
    const mean = (list: Float32Array): number => list.reduce((sum, value) => sum + value, 0) / list.length
    expect(mean(resizeByMean(values, [7, 5], [3, 4]))).toBeCloseTo(mean(values), 6)
  })
})

describe('the store of frames', () => {
  it('gives back 8-bit values exactly, and others to 1/65535', () => {
    const store = new FrameStore(256)
    store.add(Float32Array.from({ length: 256 }, (_, i) => i / 255))
    expect([...store.frame(0)].map((value) => Math.round(value * 255))).toEqual(
      Array.from({ length: 256 }, (_, i) => i),
    )
    store.add(new Float32Array(256).fill(NaN))
    expect(Math.max(...store.frame(1))).toBe(0)
  })

  it('spills to a temporary file beyond its memory, gives the same frames, and removes the file', () => {
    const before = temporaryFolders()
    const [small, large] = [new FrameStore(10, { memoryBytes: 70 }), new FrameStore(10)]
    const random = new SeededRandom(2)
    const frames = Array.from({ length: 20 }, () => Float32Array.from({ length: 10 }, () => random.next()))
    for (const frame of frames) expect(small.add(frame)).toBe(large.add(frame))
    expect(temporaryFolders().length).toBe(before.length + 1)
    for (const index of [19, 0, 7, 3, 12]) expect(small.frame(index)).toEqual(large.frame(index))
    small.close()
    expect(temporaryFolders()).toEqual(before)
  })
})

function temporaryFolders(): string[] {
  return existsSync(tmpdir()) ? readdirSync(tmpdir()).filter((name) => name.startsWith('chronolens-frames-')) : []
}

describe('a split by group', () => {
  const random = new SeededRandom(3)
  const samples = Array.from({ length: 60 }, (_, i) => ({
    group: `patient-${i % 13}`,
    label: random.next() < 0.3 ? 'rare' : 'common',
  }))

  it('never puts one group into two parts, fills all parts, and is the same for the same seed', () => {
    const subsets = splitByGroup(samples, 7)
    const parts = new Map<string, Set<string>>()
    samples.forEach(({ group }, i) => parts.set(group, (parts.get(group) ?? new Set()).add(subsets[i] ?? '')))
    expect([...parts.values()].every((set) => set.size === 1)).toBe(true)
    expect(new Set(subsets)).toEqual(new Set(['train', 'validation', 'test']))
    expect(splitByGroup(samples, 7)).toEqual(subsets)
    expect(splitByGroup(samples, 8)).not.toEqual(subsets)
  })

  it('gives each of three groups a part of its own', () => {
    const three = ['a', 'b', 'c'].map((group) => ({ group, label: '' }))
    expect(new Set(splitByGroup(three, 0)).size).toBe(3)
  })

  it.each([
    ['data/train/clip.avi', 'train'],
    ['data/Val/clip.avi', 'validation'],
    ['data/walk/test.avi', null],
  ])('finds the part that %s lies in', (path, subset) => expect(subsetOfPath(path)).toBe(subset))
})
