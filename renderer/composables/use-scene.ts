import Feature from 'ol/Feature.js'
import { Point } from 'ol/geom.js'
import { useI18n } from 'vue-i18n'
import { useConnectionStore } from '../stores/connection.ts'
import { useCurvesStore } from '../stores/curves.ts'
import { useLabelsStore } from '../stores/labels.ts'
import { useLookStore } from '../stores/look.ts'
import { usePredictionsStore } from '../stores/predictions.ts'
import { useViewsStore } from '../stores/views.ts'
import { chartTheme } from '../viewers/chart/use-chart.ts'
import type { Scene, SceneLayer, ScenePane } from '../viewers/map/compose-view.ts'
import type { FrameLayerState } from '../viewers/map/frame-picture.ts'
import { metresPerUnit, scaleBar } from '../viewers/map/ground-scale.ts'
import { LabelLayer, pinStyle } from '../viewers/map/label-layer.ts'
import type { SharedView } from '../viewers/map/shared-view.ts'
import { seasonAt } from '../viewers/time/season-at.ts'
import { momentOf } from '../viewers/time/time-scale.ts'
import { useFormat } from './use-format.ts'
import { useLegend } from './use-legend.ts'

/** What of the page lies on the maps. */
export interface SceneOptions {
  readonly labels: 'all' | 'moment' | 'none'
  readonly hasPins: boolean
  readonly hasOverlay: boolean
  readonly hasLegend: boolean
}

const gap = 2

/** Describes what the stage shows while the first view shows any date, for pictures and movies. */
export function useScene() {
  const { t } = useI18n()
  const format = useFormat()
  const legendOf = useLegend()
  const connection = useConnectionStore()
  const curves = useCurvesStore()
  const labels = useLabelsStore()
  const look = useLookStore()
  const predictions = usePredictionsStore()
  const views = useViewsStore()

  const dateOf = (frame: number): string => {
    const time = look.times?.[frame]
    return time ? format.day(time) : t('time.frame', { n: frame + 1 })
  }

  /** @param size  of the stage, CSS pixels. @throws where nothing is open */
  async function sceneAt(
    main: number,
    shared: SharedView,
    size: { readonly width: number; readonly height: number },
    options: SceneOptions,
  ): Promise<Scene> {
    const { info } = look
    const [x, y] = shared.view.getCenter() ?? []
    const resolution = shared.view.getResolution()
    if (!info || x === undefined || y === undefined || !resolution) throw new Error('No images are open.')
    const panes: ScenePane[] = []
    for (const [index, rect] of rectangles(views.count, size).entries())
      panes.push({ ...rect, ...(await paneAt(index, main, options)) })
    const metres = metresPerUnit(shared.projector, x, y, resolution * 100)
    const style = getComputedStyle(document.documentElement)
    const version = connection.host?.version ?? ''
    return {
      ...size,
      panes,
      grid: shared.grid,
      centre: [x, y],
      resolution,
      ground: style.getPropertyValue('--map-ground').trim(),
      line: style.getPropertyValue('--line-2').trim(),
      family: chartTheme().font,
      scale: metres === null ? null : scaleBar(metres * resolution, Math.min(140, size.width / 4)),
      north: shared.northAngle(),
      attribution: [info.name, shortCrs(info.crs), `Chronolens ${version}`.trim()].filter(Boolean).join(' · '),
    }
  }

  async function paneAt(index: number, main: number, options: SceneOptions) {
    const frame = views.frameAt(index, main)
    const comparing = index === 0 && look.compareFrame !== null ? views.compare.mode : null
    const base = comparing === 'difference' ? views.changeStateAt(main) : views.stateOf(index, frame)
    const other = comparing === 'swipe' ? views.stateOf(0, look.compareFrame) : null
    const curtain = other ? views.curtain : null
    const season = await seasonOf(index, frame, comparing === 'difference', options)
    const overlay = season === null ? null : predictions.overlayOf(season)
    const layers: SceneLayer[] = []
    const add = (state: FrameLayerState | null, from: number, to: number): void => {
      if (state) layers.push({ state, resampling: 'average', opacity: 1, from, to })
    }
    add(base, 0, curtain ?? 1)
    add(other, curtain ?? 1, 1)
    if (overlay) layers.push({ state: overlay, resampling: 'nearest', opacity: predictions.opacity, from: 0, to: 1 })
    const isDifference = comparing === 'difference' && look.compareFrame !== null
    const others = look.compareFrame === null || comparing === null ? [] : [dateOf(look.compareFrame)]
    const legend = legendOf({
      paint: base?.paint ?? null,
      display: views.displayOf(index),
      season: overlay ? season : null,
      dates: isDifference && frame !== null ? [dateOf(frame), dateOf(look.compareFrame ?? 0)] : null,
    })
    return {
      layers,
      features: featuresAt(frame, options),
      dates:
        frame === null ? [] : isDifference ? [`${dateOf(frame)} − ${others[0] ?? ''}`] : [dateOf(frame), ...others],
      note: frame === null ? t('views.noImage') : null,
      legend: options.hasLegend ? legend : null,
      curtain,
    }
  }

  async function seasonOf(
    index: number,
    frame: number | null,
    isDifference: boolean,
    options: SceneOptions,
  ): Promise<string | null> {
    const isWanted = index === 0 ? options.hasOverlay : (views.panes[index]?.hasPrediction ?? false)
    const { here: current } = predictions
    if (!isWanted || !current || isDifference || frame === null) return null
    const season = seasonAt(current.seasons, look.times?.[frame] ?? null, predictions.season)
    if (season) await predictions.openMap(season.label)
    return season?.label ?? null
  }

  function featuresAt(frame: number | null, options: SceneOptions): ScenePane['features'] {
    const time = frame === null ? undefined : look.times?.[frame]
    const layer = new LabelLayer()
    layer.show({
      features: options.labels === 'none' ? [] : labels.features,
      colours: labels.colours,
      hidden: labels.hiddenClasses,
      selected: null,
      moment: options.labels === 'moment' && time ? momentOf(time) : null,
    })
    const { series } = chartTheme()
    const pins = (options.hasPins ? curves.curves : []).map((curve, i) => {
      const feature = new Feature(new Point([curve.x, curve.y]))
      feature.setStyle(pinStyle(series[curve.colour] ?? '#ffffff', String(i + 1)))
      return feature
    })
    return [
      { features: layer.source.getFeatures(), style: layer.layer.getStyleFunction() },
      { features: pins, style: undefined },
    ]
  }

  /** The date as files are named by, so that they sort; else the frame's number. */
  const fileDate = (frame: number): string => look.times?.[frame]?.slice(0, 10) ?? String(frame + 1)

  return { sceneAt, dateOf, fileDate }
}

/** Where the views lie on a stage; as its style sheet lays them out. */
function rectangles(count: 1 | 2 | 4, { width, height }: { readonly width: number; readonly height: number }) {
  const columns = count === 1 ? 1 : 2
  const rows = count === 4 ? 2 : 1
  const [w, h] = [(width - gap * (columns - 1)) / columns, (height - gap * (rows - 1)) / rows]
  return Array.from({ length: count }, (_, i) => ({
    left: (i % columns) * (w + gap),
    top: Math.floor(i / columns) * (h + gap),
    width: w,
    height: h,
  }))
}

/** A system's code, or the name of its projection; long texts say nothing on a picture. */
function shortCrs(crs: string | null): string {
  if (crs === null) return ''
  return crs.length <= 20 ? crs : (/\+proj=\w+/.exec(crs)?.[0].slice(1) ?? '')
}
