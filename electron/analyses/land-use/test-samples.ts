import { createHash } from 'node:crypto'
import { gridProjector, pixelToMap, type GeoGrid } from '../../../shared/domain/geo-grid.ts'
import type { LabelledSample } from '../../../shared/domain/labels.ts'
import type { TestSamples } from '../../../shared/domain/test-samples.ts'
import { argMaxRows } from '../../../shared/metrics/classification.ts'

/** Seven decimals of a degree are a centimetre. */
const roundDegree = (value: number): number => Math.round(value * 1e7) / 1e7
const roundProbability = (value: number): number => Math.round(value * 1e4) / 1e4

/**
 * Brings what a model said about its test samples into the form that is kept with it.
 * @param probabilities  [samples × classes]
 */
export function describeTestSamples(
  samples: readonly LabelledSample[],
  classes: readonly number[],
  probabilities: Float32Array,
  labels: readonly string[],
  grid: GeoGrid,
): TestSamples {
  const projector = gridProjector(grid)
  const places = samples.map(({ column, row }) =>
    projector.toLonLat(...pixelToMap(grid.geoTransform, column + 0.5, row + 0.5)),
  )
  const keys = new Map<string, number>()
  const intervals: [string, string][] = []
  const interval = samples.map(({ from, to }) => {
    const key = `${from} ${to}`
    const known = keys.get(key)
    if (known !== undefined) return known
    keys.set(key, intervals.length)
    return intervals.push([from, to]) - 1
  })
  return {
    format: 'chronolens-test-samples',
    version: 1,
    labels: [...labels],
    intervals,
    id: samples.map(({ id }) => id),
    longitude: places.map(([longitude]) => roundDegree(longitude)),
    latitude: places.map(([, latitude]) => roundDegree(latitude)),
    interval,
    truth: [...classes],
    predicted: [...argMaxRows(probabilities, labels.length)],
    probabilities: Array.from(probabilities, roundProbability),
  }
}

/** Tells test sets apart: equal where two runs were tested on the same pixels, intervals and classes, in any order. */
export function testSetFingerprint(samples: readonly LabelledSample[]): string {
  const lines = samples.map(({ row, column, from, to, label }) => JSON.stringify([row, column, from, to, label])).sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}
