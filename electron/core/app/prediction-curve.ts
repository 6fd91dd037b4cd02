import { AppError } from '../../../shared/base/app-error.ts'
import type { ClassCurve } from '../../../shared/contracts/inference.ts'
import type { OpenProject } from './open-project.ts'
import { getPrediction, mapPath } from './project-predictions.ts'
import type { Workbench } from './workbench.ts'

/**
 * The class probabilities of one pixel, season by season, with how undecided they are.
 * @throws `predictions/*`, `sequences/outside`, the reader's codes, `AbortError`
 */
export async function predictionCurve(
  workbench: Workbench,
  project: OpenProject,
  id: string,
  { row, column }: { readonly row: number; readonly column: number },
  signal?: AbortSignal,
): Promise<ClassCurve> {
  const prediction = await getPrediction(project, id)
  const classes = prediction.legend.map(({ label }) => label)
  const seasons: ClassCurve['seasons'] = []
  for (const season of prediction.seasons) {
    if (!prediction.maps.some((map) => map.season === season.label && map.role === 'probabilities')) continue
    const path = await mapPath(project, id, season.label, 'probabilities')
    const reader = await workbench.opener.open([path], undefined, signal)
    try {
      const { info } = reader
      if (row >= info.height || column >= info.width)
        throw new AppError(
          'sequences/outside',
          `The maps have ${info.height} x ${info.width} pixels; row ${row}, column ${column} lies outside.`,
          { row, column },
        )
      // Bands are found by the names of their classes: readers order bands by name.
      const bands = classes.map((label) => info.bands.indexOf(label))
      if (bands.includes(-1)) continue
      const { values } = await reader.read({ frames: [0], bands, window: { row, column, height: 1, width: 1 } }, signal)
      const probabilities = values.some(Number.isNaN) ? null : [...values]
      seasons.push({ ...season, probabilities, uncertainty: probabilities && normalisedEntropy(probabilities) })
    } finally {
      await reader.close()
    }
  }
  return { row, column, classes, seasons }
}

/** How undecided probabilities are: 0 one class is certain, 1 all are as likely. Shannon's entropy over its largest value. */
function normalisedEntropy(probabilities: readonly number[]): number {
  const sum = probabilities.reduce((total, p) => (p > 0 ? total - p * Math.log(p) : total), 0)
  return probabilities.length < 2 ? 0 : Math.min(1, Math.max(0, sum / Math.log(probabilities.length)))
}
