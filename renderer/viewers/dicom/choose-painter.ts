import type { Graphics } from '../../stores/medical.ts'
import { CanvasPainter } from './canvas-painter.ts'
import type { SlicePainter } from './painter.ts'

let known: 'card' | 'processor' | null = null

/**
 * What can draw fast here: `card` where the browser reaches a real graphics card, `processor` where there is none, or only one that
 * is imitated (30 to 50 ms for a slice that the processor draws in less than 5).
 */
export function fastestGraphics(): 'card' | 'processor' {
  if (known) return known
  const context = document.createElement('canvas').getContext('webgl2')
  const names = context?.getExtension('WEBGL_debug_renderer_info')
  const renderer = String((context && names && context.getParameter(names.UNMASKED_RENDERER_WEBGL)) ?? '')
  context?.getExtension('WEBGL_lose_context')?.loseContext()
  known = context && !/swiftshader|llvmpipe|software|basic render/i.test(renderer) ? 'card' : 'processor'
  return known
}

/**
 * Makes the painter of a pane of slices. The one for the graphics card is loaded when it is first used; where it cannot start, the
 * processor draws the same picture. Planes through a volume are always cut and drawn by the processor: Cornerstone's volume viewport
 * showed a coronal plane of a tilted series at the wrong depth.
 */
export async function choosePainter(element: HTMLElement, wanted: Graphics): Promise<SlicePainter> {
  const chosen = wanted === 'automatic' ? fastestGraphics() : wanted
  if (chosen === 'card')
    try {
      const { CornerstonePainter } = await import('./cornerstone-painter.ts')
      return new CornerstonePainter(element)
    } catch {
      // No WebGL after all.
    }
  return new CanvasPainter(element)
}
