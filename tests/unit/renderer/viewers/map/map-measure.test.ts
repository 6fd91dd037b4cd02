import { describe, expect, test } from 'vitest'
import { areaText, lengthText, measureOnMap, measureText } from '../../../../../renderer/viewers/map/map-measure.ts'
import { createProjector } from '../../../../../shared/domain/geo-grid.ts'
import reference from './reference/ground.json' with { type: 'json' }

const number = (value: number, digits: number): string => value.toFixed(digits)

describe('measuring on a map', () => {
  // proj4 and PROJ agree to about a tenth of a millimetre in these systems.
  test.each(reference.cases)('is what pyproj says on WGS 84: $name', ({ crs, corners, length, perimeter, area }) => {
    const points = corners.map(([x = 0, y = 0]): [number, number] => [x, y])
    const projector = createProjector(crs)
    const way = measureOnMap({ kind: 'distance', points }, projector, 30)
    expect(way).toMatchObject({ area: null, isOnGround: true })
    expect(Math.abs(way.length - length)).toBeLessThan(0.001 + 1e-8 * length)
    const field = measureOnMap({ kind: 'area', points }, projector, 30)
    expect(Math.abs(field.length - perimeter)).toBeLessThan(0.001 + 1e-8 * perimeter)
    expect(Math.abs((field.area ?? NaN) / area - 1)).toBeLessThan(1e-6)
  })

  test('differs from lengths on the map, which a projection stretches', () => {
    const [, , north] = reference.cases
    const [[x0 = 0, y0 = 0] = [], [x1 = 0, y1 = 0] = []] = north?.corners ?? []
    const onMap = Math.hypot(x1 - x0, y1 - y0)
    const points: [number, number][] = [[x0, y0], [x1, y1]] // prettier-ignore
    const { length } = measureOnMap({ kind: 'distance', points }, createProjector('EPSG:3857'), 1)
    expect(length / onMap).toBeLessThan(0.4)
  })

  test('counts pixels where the images lie nowhere on Earth', () => {
    const points: [number, number][] = [[0, 0], [0, -6], [8, -6]] // prettier-ignore
    expect(measureOnMap({ kind: 'distance', points }, null, 2)).toEqual({ length: 7, area: null, isOnGround: false })
    expect(measureOnMap({ kind: 'area', points }, null, 2)).toEqual({ length: 12, area: 6, isOnGround: false })
  })

  test.each([
    [3.456, '3.5 m'],
    [431.2, '431 m'],
    [1234.5, '1.23 km'],
    [250_000, '250 km'],
  ])('writes %d m as %s', (length, text) => expect(lengthText(length, true, number)).toBe(text))

  test.each([
    [2.345, '2.35 m²'],
    [900, '900 m²'],
    [1234, '0.12 ha'],
    [987_654, '98.77 ha'],
    [12_345_678, '12.35 km²'],
    [4e9, '4000 km²'],
  ])('writes %d m² as %s', (area, text) => expect(areaText(area, true, number)).toBe(text))

  test('says the area first, then the way around it', () =>
    expect(measureText({ length: 400, area: 10_000, isOnGround: true }, number)).toBe('1.00 ha\n400 m'))
})
