import { onBeforeUnmount, shallowRef, watch } from 'vue'
import { percentileRange } from '../../shared/imaging/histogram.ts'
import { useLookStore } from '../stores/look.ts'
import { useViewsStore } from '../stores/views.ts'
import { type Display, formulaOf } from '../viewers/map/display.ts'
import { samplePlan, sampleValues } from '../viewers/map/sample-values.ts'
import { pixelTransform } from '../viewers/map/view-window.ts'
import { useFrameCache } from './use-frame-cache.ts'

const settleMs = 120

/**
 * Values behind the stretch of the active view, for histograms, by band index or `index`. While a display asks for a stretch
 * by percentiles, its ranges follow what is looked at: date, bands, visible part.
 */
export function useStretch() {
  const look = useLookStore()
  const views = useViewsStore()
  const cache = useFrameCache()
  const values = shallowRef<ReadonlyMap<number | 'index', Float32Array>>(new Map())
  let timer: ReturnType<typeof setTimeout> | undefined
  let revision = 0

  async function update(): Promise<void> {
    const { sequence } = look
    const { display } = views
    if (!sequence) return
    const own = ++revision
    const { info } = sequence
    const grid = { width: info.width, height: info.height, geoTransform: info.geoTransform ?? pixelTransform }
    const frame = views.frames[views.active] ?? look.frame
    const plan = samplePlan(display.stretch?.scope ?? 'series', grid, frame, info.frames, views.extent)
    if (!plan) return
    const found = new Map<number | 'index', Float32Array>()
    try {
      for (const [key, { bands, quantity }] of quantitiesOf(display))
        found.set(key, await sampleValues(cache(), sequence.handle, plan, bands, quantity))
    } catch {
      return // The map tells of data that cannot be read.
    }
    if (own !== revision) return
    values.value = found
    if (display.stretch) apply(display, found, display.stretch.percent)
  }

  function quantitiesOf(display: Display) {
    const band = (index: number) => [index, { bands: [index], quantity: { kind: 'band' } }] as const
    if (display.mode === 'composite') return [...new Set(display.bands)].map(band)
    const formula = display.mode === 'index' && look.sequence ? formulaOf(display, look.sequence) : null
    return formula ? [['index', formula] as const] : [band(display.band)]
  }

  function apply(display: Display, found: ReadonlyMap<number | 'index', Float32Array>, percent: number): void {
    const ranges = { ...display.ranges }
    let { indexRange } = display
    for (const [key, sample] of found) {
      const range = percentileRange(sample, percent)
      if (!range) continue
      if (key === 'index') indexRange = range
      else ranges[key] = range
    }
    const next = { ranges, indexRange }
    if (JSON.stringify(next) !== JSON.stringify({ ranges: display.ranges, indexRange: display.indexRange }))
      views.change(next)
  }

  watch(
    () => {
      const { stretch, mode, bands, band, formula } = views.display
      const frame = stretch?.scope === 'frame' || stretch?.scope === 'view' ? views.frames[views.active] : null
      const extent = stretch?.scope === 'view' ? views.extent : null
      return JSON.stringify([look.sequence?.handle, stretch, mode, bands, band, formula, frame, extent, views.active])
    },
    () => {
      clearTimeout(timer)
      timer = setTimeout(() => void update(), settleMs)
    },
    { immediate: true },
  )
  onBeforeUnmount(() => clearTimeout(timer))
  return { values }
}
