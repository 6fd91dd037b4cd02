import { describe, expect, test } from 'vitest'
import { lookupTable, paintSlice, type SliceLook } from '../../../../../renderer/viewers/dicom/paint-slice.ts'
import { framesAhead } from '../../../../../renderer/viewers/dicom/slice-source.ts'
import { windowPresets } from '../../../../../renderer/viewers/dicom/window-presets.ts'
import { percentileRange, rangeWindow, windowRange } from '../../../../../shared/imaging/window-level.ts'

const look: SliceLook = { range: { low: -100, high: 155 }, colourMap: 'grey', isInverted: false, isSmooth: true }

function paint(values: number[], bands: 1 | 3, how: Partial<SliceLook> = {}): number[][] {
  const out = new Uint32Array(values.length / bands)
  paintSlice(Float32Array.from(values), bands, { ...look, ...how }, out)
  return Array.from(
    new Uint8Array(out.buffer).reduce<number[][]>((all, byte, i) => {
      if (i % 4 === 0) all.push([])
      all.at(-1)?.push(byte)
      return all
    }, []),
  )
}

describe('painting', () => {
  test('goes from black to white between the ends of the range, and clips', () => {
    expect(paint([-500, -100, 0, 155, 900], 1).map(([grey]) => grey)).toEqual([0, 0, 100, 255, 255])
  })

  test('inverted goes the other way', () => {
    expect(paint([-100, 0, 155], 1, { isInverted: true }).map(([grey]) => grey)).toEqual([255, 155, 0])
  })

  test('leaves pixels without a value transparent', () => {
    expect(paint([NaN, 155], 1)).toEqual([
      [0, 0, 0, 0],
      [255, 255, 255, 255],
    ])
  })

  test('a range without width splits at its place', () => {
    expect(paint([4, 5, 6], 1, { range: { low: 5, high: 5 } }).map(([grey]) => grey)).toEqual([0, 0, 255])
  })

  test('keeps red, green and blue apart', () => {
    expect(paint([10, 20, 30, 40, 50, 60], 3, { range: { low: 0, high: 255 } })).toEqual([
      [10, 30, 50, 255],
      [20, 40, 60, 255],
    ])
  })

  test('takes its colours from the map, ends included (viridis)', () => {
    const table = new Uint8Array(lookupTable('viridis', false).buffer)
    expect([...table.slice(0, 4), ...table.slice(-4)]).toEqual([0x44, 0x01, 0x54, 255, 0xfd, 0xe7, 0x25, 255])
  })
})

describe('windows', () => {
  test('of whole numbers end as the standard says: centre 40, width 80 shows 0 to 79', () => {
    expect(windowRange({ centre: 40, width: 80 }, true)).toEqual({ low: 0, high: 79 })
    expect(windowRange({ centre: 40, width: 80 }, false)).toEqual({ low: 0, high: 80 })
  })

  test.each([true, false])('come back from their range (whole numbers: %s)', (isWhole) => {
    expect(rangeWindow(windowRange({ centre: -600, width: 1500 }, isWhole), isWhole)).toEqual({
      centre: -600,
      width: 1500,
    })
  })

  test('percentiles leave out what has no value, and are never without width', () => {
    expect(percentileRange([NaN, 3, Infinity, 1, 2], 0, 100)).toEqual({ low: 1, high: 3 })
    expect(percentileRange([7, 7, 7])).toEqual({ low: 7, high: 8 })
    expect(percentileRange([NaN])).toEqual({ low: 0, high: 1 })
    expect(percentileRange([0, 0, 0, 0, 9], 1, 50)).toEqual({ low: 0, high: 9 })
  })

  test('to choose from are those of the file first, each once, then those of CT in HU', () => {
    const medical = {
      modality: 'CT',
      units: 'HU',
      windows: [
        { name: 'WINDOW1', centre: 40, width: 400 },
        { name: '', centre: 300, width: 1500 },
      ],
      isInverted: false,
      geometry: null,
      pixelSpacing: null,
      patient: { name: '', id: '', birthDate: null, sex: null },
      study: { date: null, description: '' },
      series: { number: null, description: '' },
    }
    expect(windowPresets(medical, true).map(({ key, name }) => key ?? name)).toEqual([
      ...['WINDOW1', 'file', 'brain', 'lung', 'bone', 'liver'],
    ])
    expect(windowPresets({ ...medical, modality: 'MR', units: null, windows: [] }, true)).toEqual([])
  })
})

describe('reading ahead', () => {
  test('takes the nearest frames first, on both sides, within the series', () => {
    expect(framesAhead(1, 5, 1024)).toEqual([2, 0, 3, 4])
  })

  test('holds at most 96 MiB', () => {
    const bytes = 2048 * 2048 * 4
    expect(framesAhead(50, 100, bytes).length * bytes).toBeLessThanOrEqual(96 * 1024 * 1024)
    expect(framesAhead(50, 100, bytes).length).toBe(6)
  })
})
