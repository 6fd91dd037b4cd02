import type { Adjustment } from './paint-picture.ts'
import { frameBox, type FrameSize, type PaneView, type Size } from './pane-view.ts'
import type { Picture } from './picture-cache.ts'
import { PicturePainter } from './picture-painter.ts'
import type { CompareMode } from './video-store.ts'

/** What lies on the stage. */
export interface StageScene {
  readonly first: Picture | null
  /** The other moment; null where one is shown alone. */
  readonly second: Picture | null
  readonly view: PaneView
  readonly frame: FrameSize
  readonly stage: Size
  readonly mode: CompareMode
  readonly curtain: number
  readonly adjustment: Adjustment
  readonly limit: number
}

/** Painters of the first picture, the second one, and their difference. */
export type StagePainters = readonly [PicturePainter, PicturePainter, PicturePainter]

/** Painters for one stage; they keep what they painted last. */
export function stagePainters(): StagePainters {
  return [new PicturePainter(), new PicturePainter(), new PicturePainter()]
}

/** Draws one moment, or two of them, at the resolution of the screen. */
export function drawStage(canvas: HTMLCanvasElement, painters: StagePainters, scene: StageScene): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const ratio = window.devicePixelRatio || 1
  const { width, height } = scene.stage
  const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== columns) canvas.width = columns
  if (canvas.height !== rows) canvas.height = rows
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  const { first, second, mode, adjustment } = scene
  if (!first) return
  const isSide = second !== null && mode === 'side'
  const pane = { width: isSide ? width / 2 : width, height }
  const box = frameBox(scene.view, scene.frame, pane)
  // Enlarged pixels keep their edges; reduced pictures are smooth.
  context.imageSmoothingEnabled = (box.width * ratio) / first.width < 2
  context.imageSmoothingQuality = 'high'
  const put = (image: CanvasImageSource, left: number, from: number, to: number): void => {
    context.save()
    context.beginPath()
    context.rect(from, 0, to - from, height)
    context.clip()
    context.drawImage(image, left + box.x, box.y, box.width, box.height)
    context.restore()
  }
  if (!second) put(painters[0].colours(first, adjustment), 0, 0, width)
  else if (mode === 'difference') put(painters[2].difference(first, second, scene.limit), 0, 0, width)
  else {
    const edge = isSide ? width / 2 : width * scene.curtain
    put(painters[0].colours(first, adjustment), 0, 0, edge)
    put(painters[1].colours(second, adjustment), isSide ? edge : 0, edge, width)
  }
}
