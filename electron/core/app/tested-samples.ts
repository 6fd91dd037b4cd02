import type { TestedSample, TestedSamples } from '../../../shared/contracts/training.ts'
import { type GeoGrid, gridProjector, mapToPixel } from '../../../shared/domain/geo-grid.ts'
import type { TestSamples } from '../../../shared/domain/test-samples.ts'
import { readTestSamples } from '../../store/model-folder.ts'
import type { OpenProject } from './open-project.ts'
import { dataGrid } from './project-labels.ts'
import { finishedRun } from './project-runs.ts'
import type { Workbench } from './workbench.ts'

/** Which tested samples are wanted, and in which order. */
export interface SampleQuery {
  readonly truth?: string
  readonly predicted?: string
  readonly onlyWrong: boolean
  readonly order: 'loss' | 'confidence' | 'file'
  readonly offset: number
  readonly limit: number
}

/** Samples of a run's test subset, with where they lie in its data. @throws `runs/*`, `model/damaged`, `store/not-readable` */
export async function testedSamples(
  workbench: Workbench,
  project: OpenProject,
  id: string,
  query: SampleQuery,
): Promise<TestedSamples> {
  const { run, folder } = await finishedRun(project, id)
  const kept = await readTestSamples(folder)
  if (!kept) return { isKept: false, total: 0, samples: [] }
  const chosen = chooseSamples(kept, query)
  // Without its data a run can still be read; there is only no place to go to.
  const grid = kept.clips ? null : await dataGrid(workbench, project, run.data).catch(() => null)
  const samples = chosen
    .slice(query.offset, query.offset + query.limit)
    .map((index) => describe(kept, index, grid && placeOf(kept, index, grid)))
  return { isKept: true, total: chosen.length, samples }
}

/** Indices of the samples that a query asks for, in its order. */
export function chooseSamples(
  kept: TestSamples,
  query: Pick<SampleQuery, 'truth' | 'predicted' | 'onlyWrong' | 'order'>,
): number[] {
  const { labels, truth, predicted } = kept
  const chosen = [...truth.keys()].filter(
    (i) =>
      (query.truth === undefined || labels[truth[i] ?? -1] === query.truth) &&
      (query.predicted === undefined || labels[predicted[i] ?? -1] === query.predicted) &&
      (!query.onlyWrong || truth[i] !== predicted[i]),
  )
  if (query.order === 'file') return chosen
  const list = query.order === 'loss' ? truth : predicted
  return chosen.sort((a, b) => probabilityOf(kept, a, list) - probabilityOf(kept, b, list) || a - b)
}

function probabilityOf(kept: TestSamples, index: number, classes: readonly number[]): number {
  return kept.probabilities[index * kept.labels.length + (classes[index] ?? 0)] ?? 0
}

function describe(kept: TestSamples, index: number, place: TestedSample['place']): TestedSample {
  const [from, to] = kept.intervals[kept.interval[index] ?? 0] ?? ['', '']
  return {
    id: kept.id[index] ?? '',
    from,
    to,
    truth: kept.labels[kept.truth[index] ?? -1] ?? '',
    predicted: kept.labels[kept.predicted[index] ?? -1] ?? '',
    probability: probabilityOf(kept, index, kept.predicted),
    truthProbability: probabilityOf(kept, index, kept.truth),
    place,
    clip: kept.clips?.[index] ?? null,
  }
}

function placeOf(kept: TestSamples, index: number, grid: GeoGrid): TestedSample['place'] {
  const [x, y] = gridProjector(grid).toMap(kept.longitude[index] ?? NaN, kept.latitude[index] ?? NaN)
  const [column, row] = mapToPixel(grid.geoTransform, x, y).map(Math.floor) as [number, number]
  const isInside = column >= 0 && row >= 0 && column < grid.width && row < grid.height
  return isInside ? { x, y, row, column } : null
}
