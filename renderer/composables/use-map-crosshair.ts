import { onBeforeUnmount, onMounted } from 'vue'
import { mapToPixel, pixelToMap } from '../../shared/domain/geo-grid.ts'
import { useLabelToolsStore } from '../stores/label-tools.ts'
import type { MapViewer, PointerPlace } from '../viewers/map/map-viewer.ts'

/** Pixels of the image that Shift moves the crosshair by. */
const farStep = 10
const ways: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/**
 * Pointing at the map by keyboard alone: a crosshair that arrow keys move pixel by pixel (with Shift by ten), Space that does what
 * a click does.
 * @param events.onMoved  what is under the crosshair now; null when it was put away
 */
export function useMapCrosshair(
  viewerOf: () => MapViewer | null,
  events: { readonly onClick: (place: PointerPlace) => void; readonly onMoved: (place: PointerPlace | null) => void },
) {
  const tools = useLabelToolsStore()

  function put(column: number, row: number): void {
    const viewer = viewerOf()
    if (!viewer) return
    const { grid, map } = viewer
    const within = (value: number, size: number): number => Math.floor(Math.min(size - 1, Math.max(0, value))) + 0.5
    const at: [number, number] = [within(column, grid.width), within(row, grid.height)]
    tools.crosshair = at
    const [x, y] = pixelToMap(grid.geoTransform, ...at)
    const view = map.getView()
    const [left = 0, bottom = 0, right = 0, top = 0] = view.calculateExtent(map.getSize())
    if (x < left || x > right || y < bottom || y > top) view.setCenter([x, y])
    events.onMoved(viewer.placeAt([x, y]))
  }

  /** Takes the crosshair up in the middle of what is seen, or puts it away. */
  function toggle(): void {
    const viewer = viewerOf()
    if (tools.crosshair || !viewer) {
      leave()
      return
    }
    const [x = 0, y = 0] = viewer.map.getView().getCenter() ?? []
    put(...mapToPixel(viewer.grid.geoTransform, x, y))
  }

  /** Puts it away; false when it was not there. */
  function leave(): boolean {
    if (!tools.crosshair) return false
    tools.crosshair = null
    events.onMoved(null)
    return true
  }

  function actionOf({ key, shiftKey, target }: KeyboardEvent): (() => void) | undefined {
    const { crosshair } = tools
    const way = ways[key]
    // Sliders and buttons keep the keys that move and press them.
    const element = target as HTMLElement
    const isOwn = element.matches('input, select, textarea, [contenteditable], [role=slider]')
    if (!crosshair || isOwn || !viewerOf()) return undefined
    const by = shiftKey ? farStep : 1
    if (way) return () => put(crosshair[0] + way[0] * by, crosshair[1] + way[1] * by)
    if (key !== ' ' || element.matches('button, a, summary')) return undefined
    return () => {
      const viewer = viewerOf()
      const place = viewer?.placeAt(pixelToMap(viewer.grid.geoTransform, ...crosshair))
      if (place) events.onClick(place)
    }
  }

  // Before the map, which would move itself by the same keys.
  function key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
    const action = actionOf(event)
    if (!action) return
    event.preventDefault()
    event.stopPropagation()
    action()
  }
  onMounted(() => window.addEventListener('keydown', key, true))
  onBeforeUnmount(() => {
    window.removeEventListener('keydown', key, true)
    leave()
  })
  return { toggle, leave }
}
