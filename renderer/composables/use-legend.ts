import { useI18n } from 'vue-i18n'
import type { FramePaint } from '../../shared/imaging/paint-frame.ts'
import { useLookStore } from '../stores/look.ts'
import { legendStops, usePredictionsStore } from '../stores/predictions.ts'
import { useViewsStore } from '../stores/views.ts'
import type { Display } from '../viewers/map/display.ts'
import type { LegendSpec } from '../viewers/map/legend.ts'
import { useFormat } from './use-format.ts'

/** What a legend is about. */
export interface LegendSubject {
  readonly paint: FramePaint | null
  readonly display: Display
  /** The season whose map lies over the image; null for none. */
  readonly season: string | null
  /** The two dates of a difference, as they are written. */
  readonly dates: readonly [string, string] | null
}

/** Legends in the person's language, the same on the screen and in exported pictures. */
export function useLegend(): (subject: LegendSubject) => LegendSpec | null {
  const { t } = useI18n()
  const format = useFormat()
  const look = useLookStore()
  const predictions = usePredictionsStore()
  const views = useViewsStore()
  const bandName = (band: number): string => look.info?.bands[band] ?? ''

  function titleOf({ paint, display, dates }: LegendSubject): string {
    if (paint?.kind === 'single') return bandName(display.band)
    if (paint?.kind === 'index') return views.indexName(display.formula)
    if (paint?.kind !== 'change' || !dates) return ''
    const isIndex = paint.quantity.kind === 'index'
    const of = isIndex ? views.indexName(look.display.formula) : bandName(views.changeOf?.bands[0] ?? 0)
    return t('compare.of', { of, first: dates[0], second: dates[1] })
  }

  return (subject) => {
    const { paint, season } = subject
    const hasBar = paint !== null && paint.kind !== 'composite' && paint.kind !== 'classes'
    if (!hasBar && season === null) return null
    const isEntropy = predictions.role === 'entropy'
    const shown = predictions.legend.filter(({ value }) => !predictions.hidden.has(value))
    const { low, high } = hasBar ? paint.range : { low: 0, high: 1 }
    return {
      title: titleOf(subject),
      bar: hasBar
        ? {
            colours: legendStops(paint.colourMap, 24),
            ends: [low, (low + high) / 2, high].map((end) => format.value(end)),
          }
        : null,
      heading:
        season === null ? null : `${t('look.prediction', { season })}${isEntropy ? ` · ${t('predict.entropy')}` : ''}`,
      classes: season === null || isEntropy ? [] : shown.map(({ label, colour }) => ({ label, colour })),
    }
  }
}
