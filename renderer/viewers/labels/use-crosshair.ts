import { ref } from 'vue'
import { useLabelToolsStore } from '../../stores/label-tools.ts'

/** Pixels of the image that Shift moves the crosshair by. */
const farStep = 10

/** What the crosshair works on: the tools of the imagery that is labelled. Places are middles of pixels, [column, row]. */
export interface CrosshairTarget {
  /** Size of the image in pixels; null while none is shown. */
  readonly size: () => { readonly width: number; readonly height: number } | null
  /** Where the crosshair begins: the middle of what is seen. */
  readonly start: () => readonly [number, number]
  readonly press: (at: readonly [number, number]) => void
  /** The crosshair came to a place with the pen up. */
  readonly hover: (at: readonly [number, number]) => void
  readonly drag: (at: readonly [number, number]) => void
  readonly release: (at: readonly [number, number]) => void
  /** Closes an area that is drawn corner by corner. */
  readonly finish: () => void
  /** Brings a place into view. */
  readonly reveal: (at: readonly [number, number]) => void
}

/**
 * Drawing and painting by keyboard alone: a crosshair that arrow keys move pixel by pixel (with Shift by ten), Space that does what a
 * click does, and Enter that sets the pen down and lifts it, or closes an area.
 */
export function useCrosshair(targetOf: () => CrosshairTarget | null) {
  const tools = useLabelToolsStore()
  const isDown = ref(false)

  const middle = ([column, row]: readonly [number, number]): [number, number] => [
    Math.floor(column) + 0.5,
    Math.floor(row) + 0.5,
  ]

  /** Takes the crosshair up, or puts it away. */
  function toggle(): void {
    if (tools.crosshair) {
      leave()
      return
    }
    const target = targetOf()
    if (!target?.size()) return
    place(middle(target.start()))
  }

  function place(at: readonly [number, number]): void {
    const target = targetOf()
    const size = target?.size()
    if (!target || !size) return
    const next = middle([Math.min(size.width - 1, Math.max(0, at[0])), Math.min(size.height - 1, Math.max(0, at[1]))])
    tools.crosshair = next
    if (isDown.value) target.drag(next)
    else target.hover(next)
    target.reveal(next)
  }

  function leave(): void {
    isDown.value = false
    tools.crosshair = null
  }

  /** Another tool or sequence: what was under way is given up; the crosshair stays where there is an image. */
  function lift(): void {
    isDown.value = false
    if (!targetOf()?.size()) tools.crosshair = null
  }

  function setDown(next: boolean): void {
    const { crosshair } = tools
    const target = targetOf()
    if (!crosshair || !target) return
    isDown.value = next
    if (next) target.press(crosshair)
    else target.release(crosshair)
  }

  function act(): void {
    if (tools.tool === 'box' || isDown.value) setDown(!isDown.value)
    else {
      setDown(true)
      setDown(false)
    }
  }

  function enter(): void {
    if (tools.tool === 'polygon') targetOf()?.finish()
    else if (['brush', 'eraser', 'box'].includes(tools.tool)) setDown(!isDown.value)
    else act()
  }

  const ways: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  }

  /** What a key means while the crosshair is in use; undefined where it means nothing. */
  function actionOf(event: Pick<KeyboardEvent, 'key' | 'shiftKey'>): (() => void) | undefined {
    const { crosshair } = tools
    if (!crosshair) return undefined
    const way = ways[event.key]
    if (way) {
      const by = event.shiftKey ? farStep : 1
      return () => place([crosshair[0] + way[0] * by, crosshair[1] + way[1] * by])
    }
    return { ' ': act, Enter: enter }[event.key]
  }

  return { toggle, actionOf, leave, lift, isDown }
}
