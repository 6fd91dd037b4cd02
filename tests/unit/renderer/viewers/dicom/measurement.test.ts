import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import dicomParser from 'dicom-parser'
import { describe, expect, test } from 'vitest'
import {
  angle,
  measuredNumbers,
  regionStatistics,
  type MeasurementKind,
} from '../../../../../renderer/viewers/dicom/measurement.ts'
import {
  movePoint,
  pointsToSet,
  shapePoints,
  tidyStroke,
} from '../../../../../renderer/viewers/dicom/measurement-edit.ts'
import { measurementLines, measurementsCsv } from '../../../../../renderer/viewers/dicom/measurement-text.ts'
import type { FramePlane } from '../../../../../renderer/viewers/dicom/patient-space.ts'
import { percentileRange } from '../../../../../shared/imaging/window-level.ts'
import { realData } from '../../../formats/real-data.ts'
import reference from './reference/measurements.json' with { type: 'json' }

const plane: FramePlane = {
  origin: [0, 0, 0],
  right: [1, 0, 0],
  down: [0, 1, 0],
  spacing: [2, 0.5],
  height: 4,
  width: 6,
  isCalibrated: true,
  isInPatient: true,
}
/** 4 rows of 6: value = 10 · row + column. */
const values = Float32Array.from({ length: 24 }, (_, i) => 10 * Math.floor(i / 6) + (i % 6))

const folder = realData('mr_series_sag_anon')
test.runIf(folder === null && process.env['CHRONOLENS_REQUIRE_ALL'] === '1')('real data is there', () => {
  expect(folder).not.toBeNull()
})

describe.skipIf(folder === null)('on a slice of a real series, beside pydicom and numpy', () => {
  // What is skipped is still set up.
  if (folder === null) return
  const bytes = readFileSync(join(folder, reference.file))
  const file = dicomParser.parseDicom(bytes)
  const element = file.elements['x7fe00010']
  const stored = new Uint16Array(
    bytes.buffer.slice(bytes.byteOffset + (element?.dataOffset ?? 0)),
    0,
    reference.rows * reference.columns,
  )
  const slice = Float32Array.from(stored)
  const real: FramePlane = {
    ...plane,
    spacing: reference.spacing as [number, number],
    height: reference.rows,
    width: reference.columns,
  }

  for (const { kind, points, numbers } of reference.cases)
    test(`measures ${kind}`, () => {
      const measured = measuredNumbers(
        { kind: kind as MeasurementKind, points: points as [number, number][] },
        real,
        slice,
      )
      const { region, ...rest } = numbers as { region?: Record<string, number>; [key: string]: unknown }
      for (const [name, value] of Object.entries(rest))
        expect(measured[name as keyof typeof measured], name).toBeCloseTo(value as number, 9)
      // Sums of squares against a second pass: a relative difference of 1e-9.
      for (const [name, value] of Object.entries(region ?? {}))
        expect(measured.region?.[name as keyof typeof measured.region], name).toBeCloseTo(value, 6)
    })

  test('finds the 1 and 99 percentiles (nearest rank, numpy between ranks: within one grey value)', () => {
    const { low, high } = percentileRange(slice)
    expect(Math.abs(low - (reference.percentiles[0] ?? NaN))).toBeLessThanOrEqual(1)
    expect(Math.abs(high - (reference.percentiles[1] ?? NaN))).toBeLessThanOrEqual(1)
  })
})

describe('lengths and angles', () => {
  test('take the two spacings apart (rows 2 mm, columns 0.5 mm)', () => {
    const length = (points: [number, number][]) => measuredNumbers({ kind: 'length', points }, plane, null).length
    expect(
      length([
        [0, 0],
        [4, 0],
      ]),
    ).toBe(2)
    expect(
      length([
        [0, 0],
        [0, 3],
      ]),
    ).toBe(6)
    expect(
      length([
        [1, 1],
        [7, 3],
      ]),
    ).toBe(5)
  })

  test('an angle is measured in mm, not in pixels', () => {
    // Arms of 4 columns (2 mm) and of 1 row (2 mm): 45 degrees between their sum and each.
    expect(
      angle(
        [
          [4, 0],
          [0, 0],
          [4, 1],
        ],
        plane.spacing,
      ),
    ).toBeCloseTo(45, 12)
  })

  test('an angle without an arm is no number', () => {
    expect(
      angle(
        [
          [1, 1],
          [1, 1],
          [2, 2],
        ],
        plane.spacing,
      ),
    ).toBeNull()
  })
})

describe('regions', () => {
  test('hold the pixels whose middle lies inside', () => {
    const region = regionStatistics(
      {
        kind: 'rectangle',
        points: [
          [0.6, 0.4],
          [2.4, 1.6],
        ],
      },
      values,
      plane,
    )
    // Middles at columns 1.5 (of 0.5, 1.5) and rows 0.5, 1.5: pixels (0, 1) and (1, 1) with values 1 and 11.
    expect(region).toEqual({ pixels: 2, mean: 6, deviation: 5, minimum: 1, maximum: 11 })
  })

  test('leave out pixels without a value', () => {
    const holed = values.slice()
    holed[1] = NaN
    expect(
      regionStatistics(
        {
          kind: 'rectangle',
          points: [
            [1, 0],
            [2, 2],
          ],
        },
        holed,
        plane,
      )?.pixels,
    ).toBe(1)
  })

  test('between pixels, outside of the frame, or without area have no statistics', () => {
    const of = (points: [number, number][]) => regionStatistics({ kind: 'ellipse', points }, values, plane)
    expect(
      of([
        [1.6, 1.6],
        [1.9, 1.9],
      ]),
    ).toBeNull()
    expect(
      of([
        [-9, -9],
        [-5, -5],
      ]),
    ).toBeNull()
    expect(
      of([
        [2, 1],
        [2, 3],
      ]),
    ).toBeNull()
  })

  test('drawn the other way round are the same', () => {
    const points: [number, number][] = [
      [0.2, 0.1],
      [5.1, 0.4],
      [3.3, 3.8],
    ]
    const statistics = (given: [number, number][]) =>
      measuredNumbers({ kind: 'freehand', points: given }, plane, values)
    const [one, other] = [statistics(points), statistics([...points].reverse())]
    expect(other.region).toEqual(one.region)
    expect(other.area).toBeCloseTo(one.area ?? NaN, 12)
  })
})

describe('drawing and changing', () => {
  test('an angle takes three places, a stroke any number, all others two', () => {
    expect([pointsToSet('angle'), pointsToSet('freehand'), pointsToSet('length')]).toEqual([3, Infinity, 2])
  })

  test('the short axis begins at right angles in mm, half as long, across the middle', () => {
    const points = shapePoints(
      'bidirectional',
      [
        [0, 0],
        [16, 2],
      ],
      plane.spacing,
    )
    const numbers = measuredNumbers({ kind: 'bidirectional', points }, plane, null)
    expect(numbers.shortLength).toBeCloseTo((numbers.length ?? 0) / 2, 12)
    expect(angle([points[1] ?? [0, 0], [8, 1], points[2] ?? [0, 0]], plane.spacing)).toBeCloseTo(90, 9)
  })

  test.each([0, 1, 2, 3])('the short axis stays at right angles when point %i moves', (index) => {
    const points = shapePoints(
      'bidirectional',
      [
        [0, 0],
        [16, 2],
      ],
      plane.spacing,
    )
    const moved = movePoint({ kind: 'bidirectional', points }, index, [5.5, 3.25], plane.spacing)
    const [a, b, c, d] = moved.map(([column, row]) => [column * 0.5, row * 2] as const)
    const inner =
      ((b?.[0] ?? 0) - (a?.[0] ?? 0)) * ((d?.[0] ?? 0) - (c?.[0] ?? 0)) +
      ((b?.[1] ?? 0) - (a?.[1] ?? 0)) * ((d?.[1] ?? 0) - (c?.[1] ?? 0))
    expect(inner).toBeCloseTo(0, 9)
    if (index < 2) expect(moved[index]).toEqual([5.5, 3.25])
  })

  test('a stroke is kept with at most 300 points that are apart', () => {
    const stroke = Array.from({ length: 5000 }, (_, i): [number, number] => [
      Math.cos(i / 800) * 90,
      Math.sin(i / 800) * 90,
    ])
    const tidy = tidyStroke(stroke)
    expect(tidy.length).toBeLessThanOrEqual(300)
    expect(
      tidyStroke([
        [1, 1],
        [1.1, 1],
        [2, 1],
      ]),
    ).toEqual([
      [1, 1],
      [2, 1],
    ])
  })
})

describe('what is said and exported', () => {
  const numbers = measuredNumbers(
    {
      kind: 'rectangle',
      points: [
        [1, 0],
        [2, 2],
      ],
    },
    plane,
    values,
  )
  const texts = {
    number: (value: number, digits: number) => value.toFixed(digits),
    t: (key: string, given?: Record<string, string | number>) => `${key} ${Object.values(given ?? {}).join(' ')}`,
    units: 'HU',
  }

  test('says mm and HU where they are known, and pixels where not', () => {
    const lines = (isCalibrated: boolean) =>
      measurementLines({ kind: 'rectangle', name: 'node' }, numbers, { ...texts, isCalibrated }).join('|')
    expect(lines(true)).toBe('node|medical.stat.mean 6 HU 5|medical.stat.range 1 HU 11 HU|medical.stat.area 2.0 mm²')
    expect(lines(false)).toContain('px²')
  })

  test('the CSV quotes, keeps formulas texts, and leaves out what does not apply', () => {
    const csv = measurementsCsv([
      {
        measurement: {
          id: 'a',
          kind: 'rectangle',
          frame: 2,
          points: [
            [1, 0],
            [2, 2],
          ],
          name: '=1+"2", 3',
        },
        numbers,
        isCalibrated: true,
        units: 'HU',
        series: 'T1',
        slicePositionMm: -3.5,
      },
    ])
    const [header, line, end] = csv.split('\r\n')
    expect(header).toBe(
      'series,frame,slice_position_mm,kind,name,length,short_axis,length_unit,angle_deg,area,area_unit,pixels,mean,sd,minimum,maximum,value_unit,points_column_row,cut_plane',
    )
    expect(line).toBe(`T1,3,-3.5,rectangle,"'=1+""2"", 3",,,,,2,mm2,2,6,5,1,11,HU,1 0; 2 2,`)
    expect(end).toBe('')
  })
})
