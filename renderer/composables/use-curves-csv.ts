import { useCurvesStore } from '../stores/curves.ts'
import { useLookStore } from '../stores/look.ts'
import { useProjectStore } from '../stores/project.ts'
import { useViewsStore } from '../stores/views.ts'
import { curvesCsv, type CurveColumn } from '../viewers/chart/curves-csv.ts'
import { curveValues } from '../viewers/chart/curve-values.ts'
import { formulaOf } from '../viewers/map/display.ts'
import { saveFile } from './save-file.ts'

/** Saves all pinned curves: every band, and the display's index, of every pixel. */
export function useCurvesCsv(): { saveCurves: () => void } {
  const curves = useCurvesStore()
  const look = useLookStore()
  const project = useProjectStore()
  const views = useViewsStore()

  function saveCurves(): void {
    const { info, sequence } = look
    if (!info || !sequence) return
    const formula = formulaOf(look.display, sequence)
    const columns = curves.curves.flatMap(({ series }): CurveColumn[] => {
      const place = `column ${series.column} row ${series.row}`
      const bands = info.bands.map((band, i) => ({ title: `${place} ${band}`, values: series.values[i] ?? [] }))
      const index = formula && {
        title: `${place} ${views.indexName(look.display.formula)}`,
        values: curveValues(series, formula),
      }
      return index ? [...bands, index] : bands
    })
    const times = info.times ?? Array.from({ length: info.frames }, (_, i) => String(i + 1))
    const name = project.project?.name ?? 'chronolens'
    saveFile(`${name} curves.csv`, 'text/csv', curvesCsv(times, columns))
    saveClasses(name)
  }

  /** One row per season: probability of every class and uncertainty, of all pixels that have them. */
  function saveClasses(name: string): void {
    const known = curves.curves.flatMap((curve) => curves.classCurve(curve) ?? [])
    const [first] = known
    if (!first) return
    const columns = known.flatMap(({ row, column, classes, seasons }): CurveColumn[] => {
      const place = `column ${column} row ${row}`
      const ofClasses = classes.map((title, k) => ({
        title: `${place} ${title}`,
        values: seasons.map(({ probabilities }) => probabilities?.[k] ?? null),
      }))
      return [...ofClasses, { title: `${place} uncertainty`, values: seasons.map((one) => one.uncertainty) }]
    })
    const seasons = first.seasons.map(({ label }) => label)
    saveFile(`${name} class probabilities.csv`, 'text/csv', curvesCsv(seasons, columns))
  }
  return { saveCurves }
}
