import type { FrameLabel, FrameLabelOf } from '../../../shared/domain/label-frame.ts'
import { outlinePixels } from '../../../shared/domain/label-outline.ts'
import type { PixelSet } from '../../../shared/domain/label-pixels.ts'
import type { FrameView } from '../frame-view.ts'
import type { FrameDraft } from './frame-drawing.ts'
import { type FramePlace, toStage } from './frame-place.ts'
import { addRings, boxCorners, isShape, shapeHandles, shapePath } from './frame-shapes.ts'
import { unknownColour } from './label-colour.ts'
import { maskPicture, outlinesOf, pixelPicture } from './mask-picture.ts'

/** What lies over a frame, and how it is shown. */
export interface OverlayState {
  readonly labels: readonly FrameLabel[]
  readonly colours: ReadonlyMap<string, string>
  readonly hidden: ReadonlySet<string>
  readonly selected: string | null
  /** Of what is painted, 0-1. */
  readonly opacity: number
  /** Part of the stage that may be drawn on, CSS pixels; null is all of it. */
  readonly pane: FrameView['pane'] | null
  /** Whether painted areas are shown by their outlines only. */
  readonly isContour: boolean
  /** Colour of the class in hand. */
  readonly colour: string
  readonly isErasing: boolean
  readonly draft: FrameDraft
  readonly cursor: PixelSet | null
  /** Where the keyboard's crosshair is, in pixels of the frame; null without one. */
  readonly crosshair: readonly [number, number] | null
}

/** Draws labels over the stage; the canvas covers it, in device pixels. */
export function paintOverlay(
  canvas: HTMLCanvasElement,
  ratio: number,
  place: FramePlace | null,
  state: OverlayState,
): void {
  const context = canvas.getContext('2d')
  if (!context) return
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, canvas.width, canvas.height)
  if (!place) return
  context.save()
  if (state.pane) {
    const { left, top, width, height } = state.pane
    context.beginPath()
    context.rect(left * ratio, top * ratio, width * ratio, height * ratio)
    context.clip()
  }
  const pen = new Pen(context, ratio, place)
  for (const label of state.labels) {
    if (label.kind === 'mask') paintMask(pen, label, state)
    else if (isShape(label)) {
      const shown = state.draft.shape?.id === label.id ? state.draft.shape : label
      const isSelected = label.id === state.selected
      const colour = state.colours.get(label.label) ?? unknownColour
      pen.outline(shapePath(shown, place, isSelected ? 7 : 5), colour, isSelected, shown.kind === 'point' ? 1 : 0.18)
      if (isSelected)
        for (const { position, isCorner } of shapeHandles(shown)) pen.handle(toStage(place, position), colour, isCorner)
    }
  }
  const { draft, colour, isErasing, cursor } = state
  if (draft.pixels && draft.pixels.bits.length > 0) pen.pixels(draft.pixels, isErasing ? '#ffffff' : colour, 0.6)
  const sketch = new Path2D()
  if (draft.box) addRings(sketch, [boxCorners(draft.box)], place)
  if (draft.corners.length > 0) addRings(sketch, [[...draft.corners] as [number, number][]], place)
  pen.outline(sketch, colour, false, 0.18)
  for (const corner of draft.corners.slice(0, -1)) pen.handle(toStage(place, corner), colour, true)
  if (cursor) {
    const path = new Path2D()
    addRings(path, outlinePixels(cursor).flat(), place)
    pen.outline(path, isErasing ? '#ffffff' : colour, false, 0)
  }
  if (state.crosshair) pen.crosshair(toStage(place, state.crosshair))
  context.restore()
}

function paintMask(
  pen: Pen,
  mask: FrameLabelOf<'mask'>,
  { colours, hidden, opacity, isContour, selected }: OverlayState,
): void {
  if (!isContour) pen.picture(maskPicture(mask, colours, hidden), opacity)
  for (const [name, polygons] of outlinesOf(mask)) {
    if (hidden.has(name)) continue
    const path = new Path2D()
    addRings(path, polygons.flat(), pen.place)
    const colour = colours.get(name) ?? unknownColour
    if (isContour || selected === mask.id) pen.outline(path, colour, selected === mask.id, 0)
    else pen.line(path, colour, 1)
  }
}

/** Draws in stage positions. */
class Pen {
  readonly place: FramePlace
  private readonly context: CanvasRenderingContext2D
  private readonly ratio: number

  constructor(context: CanvasRenderingContext2D, ratio: number, place: FramePlace) {
    this.context = context
    this.ratio = ratio
    this.place = place
  }

  /** A line that is seen on any ground, around an area filled with some of its colour. */
  outline(path: Path2D, colour: string, isSelected: boolean, fill: number): void {
    const { context } = this
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0)
    context.lineJoin = 'round'
    context.strokeStyle = isSelected ? '#ffffff' : 'rgba(0, 0, 0, 0.75)'
    context.lineWidth = isSelected ? 4.5 : 3.5
    context.stroke(path)
    context.globalAlpha = fill
    context.fillStyle = colour
    if (fill > 0) context.fill(path, 'evenodd')
    context.globalAlpha = 1
    this.line(path, colour, 2)
  }

  line(path: Path2D, colour: string, width: number): void {
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0)
    this.context.strokeStyle = colour
    this.context.lineWidth = width
    this.context.stroke(path)
  }

  handle([x, y]: [number, number], colour: string, isCorner: boolean): void {
    const path = new Path2D()
    path.arc(x, y, isCorner ? 5 : 3, 0, 2 * Math.PI)
    const { context } = this
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0)
    context.fillStyle = isCorner ? '#ffffff' : colour
    context.fill(path)
    this.line(path, '#0b0b0c', 1.5)
  }

  /** Four strokes around a place, seen on any ground. */
  crosshair([x, y]: [number, number]): void {
    const path = new Path2D()
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      path.moveTo(x + dx * 5, y + dy * 5)
      path.lineTo(x + dx * 16, y + dy * 16)
    }
    this.line(path, 'rgba(0, 0, 0, 0.85)', 4)
    this.line(path, '#ffffff', 1.75)
  }

  /** A picture of the whole frame, pixels with sharp edges. */
  picture(picture: HTMLCanvasElement, opacity: number): void {
    this.draw(picture, 0, 0, opacity)
  }

  pixels(set: PixelSet, colour: string, opacity: number): void {
    this.draw(pixelPicture(set, colour), set.column, set.row, opacity)
  }

  private draw(picture: HTMLCanvasElement, column: number, row: number, opacity: number): void {
    const { context, ratio } = this
    const [a, b, c, d, e, f] = this.place.matrix
    context.setTransform(a * ratio, b * ratio, c * ratio, d * ratio, e * ratio, f * ratio)
    context.imageSmoothingEnabled = false
    context.globalAlpha = opacity
    context.drawImage(picture, column, row)
    context.globalAlpha = 1
  }
}
