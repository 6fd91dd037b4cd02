import type { useMedicalStore, MedicalLayout, MedicalTool } from '../../stores/medical.ts'
import type { PaneState } from './pane-state.ts'
import { hasWholeValues } from './slice-source.ts'
import { fitView, flip, rotateBy, zoomBy, type ViewPlane } from './view-plane.ts'
import { windowPresets } from './window-presets.ts'

type MedicalStore = ReturnType<typeof useMedicalStore>

/** Tools with the key that chooses each. */
export const toolKeys: readonly (readonly [MedicalTool, string])[] = [
  ['window', 'W'],
  ['pan', 'P'],
  ['zoom', 'Z'],
  ['scroll', 'S'],
  ['crosshair', 'X'],
  ['point', 'V'],
  ['length', 'L'],
  ['bidirectional', 'B'],
  ['angle', 'A'],
  ['rectangle', 'Q'],
  ['ellipse', 'E'],
  ['freehand', 'D'],
  ['arrow', 'N'],
]

/** Layouts with the key that chooses each. */
export const layoutKeys: readonly (readonly [MedicalLayout, string])[] = [
  ['one', ''],
  ['two', ''],
  ['four', ''],
  ['planes', 'M'],
]

/** Changes the view of a pane. */
export function changeView(pane: PaneState, change: (view: ViewPlane) => ViewPlane): void {
  if (pane.view) pane.view = change(pane.view)
}

/** Shows the whole frame, unturned. */
export function fitPane(pane: PaneState): void {
  const { view, image } = pane
  if (view && image) pane.view = fitView(image.plane, view)
}

/** Shows one pixel of the frame as one pixel of the screen (CSS). */
export function actualSize(pane: PaneState): void {
  const { view, image } = pane
  if (view && image) pane.view = zoomBy(view, 1 / (view.scale * Math.min(...image.plane.spacing)))
}

/** Does what a key means on the stage; false where it means nothing. */
export function stageKey(event: KeyboardEvent, medical: MedicalStore, done: (pane: PaneState) => void): boolean {
  const pane = medical.active
  const { series } = pane
  if (event.ctrlKey || event.metaKey) {
    const name = event.key.toLowerCase()
    if (name === 'z' && !event.shiftKey) medical.undo()
    else if (name === 'y' || (name === 'z' && event.shiftKey)) medical.redo()
    else return false
    return true
  }
  if (event.altKey) return false
  const name = event.key.length === 1 ? event.key.toUpperCase() : event.key
  const tool = toolKeys.find(([, key]) => key === name)?.[0]
  if (tool && !event.shiftKey) {
    medical.tool = tool
    return true
  }
  if (/^[1-9]$/.test(name) && series) {
    const preset = windowPresets(series.medical, hasWholeValues(series))[Number(name) - 1]
    if (preset) medical.changeLook(pane, { range: preset.range })
    return preset !== undefined
  }
  const actions: Record<string, () => void> = {
    F: () => fitPane(pane),
    O: () => actualSize(pane),
    R: () => changeView(pane, (view) => rotateBy(view, event.shiftKey ? -90 : 90)),
    H: () => changeView(pane, (view) => flip(view, 'horizontal')),
    G: () => changeView(pane, (view) => flip(view, 'vertical')),
    I: () => medical.changeLook(pane, { isInverted: !pane.isInverted }),
    T: () => (medical.texts = medical.texts === 'all' ? 'anonymous' : medical.texts === 'anonymous' ? 'none' : 'all'),
    M: () => (medical.layout = medical.layout === 'planes' ? 'one' : 'planes'),
    Delete: () =>
      pane.key !== null && medical.selected !== null && medical.removeMeasurement(pane.key, medical.selected),
  }
  const action = actions[name]
  if (!action) return false
  action()
  if ('FORHG'.includes(name)) done(pane)
  return true
}
