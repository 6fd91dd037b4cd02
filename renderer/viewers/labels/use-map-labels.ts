import { onBeforeUnmount, watch } from 'vue'
import { useFrameCache } from '../../composables/use-frame-cache.ts'
import { useLabelToolsStore } from '../../stores/label-tools.ts'
import { useLabelsStore } from '../../stores/labels.ts'
import { useLookStore } from '../../stores/look.ts'
import { useNoticesStore } from '../../stores/notices.ts'
import { useViewsStore } from '../../stores/views.ts'
import { mapToPixel, pixelToMap } from '../../../shared/domain/geo-grid.ts'
import type { PixelSet } from '../../../shared/domain/label-pixels.ts'
import { erasePixels, geometryOfPixels, withPixels } from '../map/label-geometry.ts'
import { holdsAt, type LabelLayer } from '../map/label-layer.ts'
import { LabelPainting } from '../map/label-painting.ts'
import { LabelTools } from '../map/label-tools.ts'
import type { MapViewer } from '../map/map-viewer.ts'
import { pixelTransform } from '../map/view-window.ts'
import { frameMoments, momentOf, nearestFrame } from '../time/time-scale.ts'
import { unknownColour } from './label-colour.ts'
import { fillSeed } from './shown-values.ts'
import type { CrosshairTarget } from './use-crosshair.ts'

/** Connects the tools on a map with the labels. */
export function useMapLabels() {
  const labels = useLabelsStore()
  const look = useLookStore()
  const notices = useNoticesStore()
  const tools = useLabelToolsStore()
  const views = useViewsStore()
  const cache = useFrameCache()
  let drawing: LabelTools | null = null
  let painting: LabelPainting | null = null
  let viewer: MapViewer | null = null

  const colour = (): string => labels.colours.get(labels.currentClass ?? '') ?? unknownColour
  const isSeen = (id: string, layer: LabelLayer): boolean => layer.isVisible(id)

  function takeUp(): void {
    if (!viewer || !drawing) return
    const { tool } = tools
    drawing.use(tool === 'select' || tool === 'point' || tool === 'polygon' ? tool : null, colour())
    painting?.end()
    painting = tools.isPainting && tools.canDraw ? paintingOn(viewer) : null
    drawing.select(labels.selected)
  }

  function ready(made: MapViewer, layer: LabelLayer): void {
    drop()
    viewer = made
    visible = (id) => isSeen(id, layer)
    drawing = new LabelTools(made.map, layer, {
      onSelect: (id) => (labels.selected = id),
      onDrawn: (geometry) => labels.add(geometry),
      onMoved: (id, geometry) => labels.move(id, geometry),
    })
    takeUp()
  }
  let visible: (id: string) => boolean = () => true

  function paintingOn({ map, grid }: MapViewer): LabelPainting {
    return new LabelPainting(map, grid, {
      settings: () => ({
        tool: tools.tool as 'brush' | 'eraser' | 'fill',
        size: tools.brushSize,
        tolerance: tools.tolerance,
        colour: colour(),
      }),
      onPainted: (set, isErased) => (isErased ? erase(set) : paint(set)),
      seed: async (column, row) => {
        const state = views.stateOf(0, look.frame)
        if (!state) return null
        const { width, height } = grid
        return (await notices.guard(() => fillSeed(cache(), { ...state, width, height }, column, row))) ?? null
      },
      onTolerance: (tolerance) => (tools.tolerance = tolerance),
      onCutOff: () => notices.tell('labels.cutOff', {}, 'info'),
      onSeed: (seed) => (tools.seed = seed),
    })
  }

  /** Pixels become part of the chosen label where it has the class in hand and holds now; else a label of their own. */
  function paint(set: PixelSet): void {
    if (!viewer) return
    if (labels.currentClass === null) {
      notices.tell('labels.classFirst', {}, 'info')
      return
    }
    const chosen = labels.selectedFeature
    const time = look.times?.[look.frame]
    const isSame =
      chosen?.properties.label === labels.currentClass &&
      chosen.geometry.type !== 'Point' &&
      (time === undefined || holdsAt(chosen, momentOf(time)))
    const geometry = isSame
      ? withPixels(chosen.geometry, set, viewer.grid)
      : geometryOfPixels(set, viewer.grid.geoTransform)
    if (!geometry) return
    if (isSame) labels.move(chosen.id, geometry)
    else labels.add(geometry)
  }

  /** Takes pixels from the chosen area, or from all areas that are seen. */
  function erase(set: PixelSet): void {
    if (!viewer) return
    const chosen = labels.selectedFeature
    const isArea = chosen !== null && chosen.geometry.type !== 'Point'
    const from = isArea ? [chosen] : labels.features.filter(({ id }) => visible(id))
    const { changed, removed } = erasePixels(from, set, viewer.grid)
    if (changed.length + removed.length > 0) labels.replaceFeatures(changed, removed)
  }

  /** Goes to the next or previous label, on the map and in time. */
  function step(by: number): void {
    const { features } = labels
    const at = features.findIndex(({ id }) => id === labels.selected)
    const next = features[(at + by + features.length) % features.length]
    if (!next) return
    labels.selected = next.id
    const { from, to } = next.properties
    if (from && look.times)
      look.goTo(nearestFrame(frameMoments(look.times, look.frames), (momentOf(from) + momentOf(to ?? from)) / 2))
    const [x, y] =
      next.geometry.type === 'Point'
        ? next.geometry.coordinates
        : (next.geometry.coordinates.flat(next.geometry.type === 'Polygon' ? 1 : 2)[0] as [number, number])
    viewer?.map.getView().animate({ center: [x, y], duration: 160 })
  }

  const groundOf = (at: readonly [number, number]): [number, number] =>
    pixelToMap(viewer?.grid.geoTransform ?? pixelTransform, at[0], at[1])
  /** The tools for the keyboard's crosshair. */
  const crosshair: CrosshairTarget = {
    size: () => (tools.isMap ? (viewer?.grid ?? null) : null),
    start: () => {
      const [x = 0, y = 0] = viewer?.map.getView().getCenter() ?? []
      return mapToPixel(viewer?.grid.geoTransform ?? pixelTransform, x, y)
    },
    press: (at) => {
      if (painting) painting.press([at[0], at[1]])
      else drawing?.clickAt(...groundOf(at))
    },
    hover: (at) => painting?.moveTo([at[0], at[1]]),
    drag: (at) => painting?.moveTo([at[0], at[1]]),
    release: () => painting?.release(),
    finish: () => drawing?.finish(),
    reveal: (at) => {
      const [x, y] = groundOf(at)
      const view = viewer?.map.getView()
      const [left = 0, bottom = 0, right = 0, top = 0] = view?.calculateExtent(viewer?.map.getSize()) ?? []
      if (x < left || x > right || y < bottom || y > top) view?.setCenter([x, y])
    },
  }

  function drop(): void {
    painting?.end()
    drawing?.dispose()
    painting = null
    drawing = null
  }

  watch(() => [tools.tool, labels.currentClass, labels.colours, tools.canDraw], takeUp)
  watch(
    () => [tools.brushSize, tools.tolerance],
    () => painting?.refresh(),
  )
  watch(
    () => labels.selected,
    (id) => drawing?.select(id),
    { flush: 'post' },
  )
  onBeforeUnmount(drop)

  return {
    ready,
    step,
    crosshair,
    /** Gives up what is under way; false when there was nothing. */
    abort: () => (painting?.abort() ?? false) || (drawing?.abort() ?? false),
    undoCorner: () => drawing?.undoCorner(),
  }
}
