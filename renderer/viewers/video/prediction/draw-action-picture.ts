import { frameX } from '../../labels/track-scale.ts'
import { readableOn, type RibbonPart } from './paint-ribbon.ts'

/** Heights of what lies below the picture, in pixels of the file. */
const [ribbonHeight, legendHeight, gap] = [22, 26, 6]

/** What is drawn around one frame of a clip. */
export interface ActionPicture {
  readonly frame: number
  readonly frames: number
  readonly timecode: string
  /** Class of the frame; null between intervals. */
  readonly caption: { readonly label: string; readonly colour: string; readonly probability: string } | null
  readonly found: readonly RibbonPart[]
  readonly legend: readonly { readonly label: string; readonly colour: string }[]
  /** What decided, over the part of the picture that the model saw, as parts of its width and height; null for none. */
  readonly heat: {
    readonly picture: CanvasImageSource
    readonly opacity: number
    readonly place: { readonly left: number; readonly top: number; readonly width: number; readonly height: number }
  } | null
}

/** Size of a picture with its ribbon and legend; edges are even, as movies need them. */
export function actionPictureSize(width: number, height: number): { width: number; height: number } {
  const even = (edge: number): number => Math.ceil(edge / 2) * 2
  return { width: even(Math.max(width, 320)), height: even(height + ribbonHeight + legendHeight + 2 * gap) }
}

/** Draws a frame with caption, time code, heat map, ribbon and legend. @param picture the frame, `size` large */
export function drawActionPicture(
  context: CanvasRenderingContext2D,
  picture: CanvasImageSource,
  size: { readonly width: number; readonly height: number },
  state: ActionPicture,
): void {
  const { canvas } = context
  const left = Math.floor((canvas.width - size.width) / 2)
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.globalAlpha = 1
  context.fillStyle = '#101114'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.imageSmoothingEnabled = false
  context.drawImage(picture, left, 0, size.width, size.height)
  if (state.heat) {
    const { place, opacity } = state.heat
    context.globalAlpha = opacity
    context.imageSmoothingEnabled = true
    context.drawImage(
      state.heat.picture,
      left + place.left * size.width,
      place.top * size.height,
      place.width * size.width,
      place.height * size.height,
    )
    context.globalAlpha = 1
  }
  context.textBaseline = 'middle'
  if (state.caption)
    chip(context, `${state.caption.label}  ${state.caption.probability}`, left + 8, 8, state.caption.colour)
  context.font = '12px ui-monospace, monospace'
  const timeWidth = context.measureText(state.timecode).width
  context.fillStyle = 'rgb(0 0 0 / 65%)'
  context.fillRect(left + 8, size.height - 26, timeWidth + 12, 18)
  context.fillStyle = '#ffffff'
  context.fillText(state.timecode, left + 14, size.height - 16.5)
  paintRibbonRow(context, size.height + gap, state)
  paintLegend(context, size.height + ribbonHeight + 2 * gap, state.legend)
}

function chip(context: CanvasRenderingContext2D, text: string, x: number, y: number, colour: string): void {
  context.font = '600 15px system-ui, sans-serif'
  const width = context.measureText(text).width + 18
  context.fillStyle = colour
  context.beginPath()
  context.roundRect(x, y, width, 26, 6)
  context.fill()
  context.fillStyle = readableOn(colour)
  context.fillText(text, x + 9, y + 13.5)
}

function paintRibbonRow(context: CanvasRenderingContext2D, top: number, { found, frame, frames }: ActionPicture): void {
  const scale = { start: 0, span: Math.max(1, frames), width: context.canvas.width }
  context.fillStyle = '#25272c'
  context.fillRect(0, top, scale.width, ribbonHeight)
  context.font = '600 11px system-ui, sans-serif'
  for (const { label, colour, from, to } of found) {
    const [start, end] = [frameX(scale, from), frameX(scale, to)]
    context.fillStyle = colour
    context.fillRect(start, top, Math.max(1, end - start - 1), ribbonHeight)
    if (context.measureText(label).width > end - start - 10) continue
    context.fillStyle = readableOn(colour)
    context.fillText(label, start + 6, top + ribbonHeight / 2 + 0.5)
  }
  context.fillStyle = '#ffffff'
  context.fillRect(Math.round(frameX(scale, frame + 0.5)) - 1, top - 3, 2, ribbonHeight + 6)
}

function paintLegend(context: CanvasRenderingContext2D, top: number, legend: ActionPicture['legend']): void {
  context.font = '12px system-ui, sans-serif'
  let x = 8
  for (const { label, colour } of legend) {
    const width = context.measureText(label).width
    if (x + width + 20 > context.canvas.width) return
    context.fillStyle = colour
    context.fillRect(x, top + 4, 11, 11)
    context.fillStyle = '#ececef'
    context.fillText(label, x + 16, top + 10)
    x += width + 32
  }
}
