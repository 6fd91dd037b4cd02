import type { FramePrediction } from '../../../../shared/contracts/inference.ts'
import { framePanels } from './frame-panels.ts'

const [headerHeight, footerHeight, gap] = [24, 44, 8]
/** Panels are enlarged to about this height, by whole numbers, so that pixels stay pixels. */
const panelHeight = 256

/** Words of a picture. */
export interface FramesTexts {
  readonly truth: string
  readonly predicted: string
  readonly difference: string
  readonly none: string
  /** What moment it is, and how good. */
  readonly where: string
  /** What the colours of the difference mean. */
  readonly legend: readonly { readonly colour: string; readonly text: string }[]
}

/** Scale of the panels, and size of the whole picture; edges are even. */
export function framesPictureSize({ pictures }: Pick<FramePrediction, 'pictures'>) {
  const { height, width } = pictures ?? { height: 64, width: 64 }
  const scale = Math.max(1, Math.round(panelHeight / height))
  const even = (edge: number): number => Math.ceil(edge / 2) * 2
  return {
    scale,
    width: even(3 * width * scale + 4 * gap),
    height: even(height * scale + headerHeight + footerHeight + gap),
  }
}

/** Draws truth, prediction and difference of a moment with their names, the time and what the colours mean. */
export function drawFramesPicture(
  context: CanvasRenderingContext2D,
  bytes: Uint8Array,
  prediction: Pick<FramePrediction, 'inputFrames' | 'horizon' | 'truths' | 'pictures'>,
  step: number,
  texts: FramesTexts,
): void {
  const { pictures } = prediction
  const panels = framePanels(bytes, prediction, step)
  if (!pictures || !panels) return
  const { canvas } = context
  const { scale } = framesPictureSize(prediction)
  const [width, height] = [pictures.width * scale, pictures.height * scale]
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.fillStyle = '#101114'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.imageSmoothingEnabled = false
  context.textBaseline = 'middle'
  ;(['truth', 'predicted', 'difference'] as const).forEach((name, i) => {
    const left = gap + i * (width + gap)
    context.font = '600 13px system-ui, sans-serif'
    context.fillStyle = '#ececef'
    context.fillText(texts[name], left, headerHeight / 2 + 2)
    const pixels = panels[name]
    if (pixels) {
      const image = new ImageData(pictures.width, pictures.height)
      image.data.set(pixels)
      const small = new OffscreenCanvas(pictures.width, pictures.height)
      small.getContext('2d')?.putImageData(image, 0, 0)
      context.drawImage(small, left, headerHeight, width, height)
      return
    }
    context.fillStyle = '#25272c'
    context.fillRect(left, headerHeight, width, height)
    context.font = '12px system-ui, sans-serif'
    context.fillStyle = '#b6b8bf'
    context.fillText(texts.none, left + 10, headerHeight + height / 2, width - 20)
  })
  const top = headerHeight + height + gap
  context.font = '12px ui-monospace, monospace'
  context.fillStyle = '#ffffff'
  context.fillText(texts.where, gap, top + 8)
  context.font = '12px system-ui, sans-serif'
  let x = gap
  for (const { colour, text } of texts.legend) {
    context.fillStyle = colour
    context.fillRect(x, top + 22, 11, 11)
    context.fillStyle = '#ececef'
    context.fillText(text, x + 16, top + 28)
    x += context.measureText(text).width + 32
  }
}
