import { frameX, type TrackScale } from '../../labels/track-scale.ts'

/** Heights in CSS pixels. */
export const ribbonHeight = { row: 20, bars: 26, curves: 74, gap: 4 } as const

/** A stretch of one class. */
export interface RibbonPart {
  readonly label: string
  readonly colour: string
  readonly from: number
  readonly to: number
}

/** What the ribbon and the curves show. */
export interface RibbonState {
  readonly scale: TrackScale
  /** What was found. */
  readonly found: readonly RibbonPart[]
  /** What a person labelled; empty where there is nothing. */
  readonly truth: readonly RibbonPart[]
  /** Part of what decided, by seen frame. */
  readonly shares: readonly { readonly frame: number; readonly share: number }[]
  readonly classes: readonly { readonly label: string; readonly colour: string }[]
  /** Probability of a class at a frame. */
  readonly probability: (frame: number, classIndex: number) => number
  readonly frames: number
  readonly frame: number
  readonly colours: Readonly<Record<'line' | 'band' | 'head' | 'text' | 'warm', string>>
}

/** Where the rows lie, from the top; rows that are not there have no height. */
export function ribbonRows({ truth, shares }: Pick<RibbonState, 'truth' | 'shares'>) {
  const { row, bars, curves, gap } = ribbonHeight
  const found = gap
  const truthTop = found + row + gap
  const barsTop = truthTop + (truth.length > 0 ? row + gap : 0)
  const curvesTop = barsTop + (shares.length > 0 ? bars + gap : 0)
  return { found, truth: truthTop, bars: barsTop, curves: curvesTop, height: curvesTop + curves + gap }
}

/** Draws the class ribbon, the labels below it, what decided, and the curves of all classes. */
export function paintRibbon(canvas: HTMLCanvasElement, ratio: number, state: RibbonState): void {
  const { scale, colours } = state
  const rows = ribbonRows(state)
  canvas.width = Math.round(scale.width * ratio)
  canvas.height = Math.round(rows.height * ratio)
  const context = canvas.getContext('2d')
  if (!context) return
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.font = '600 11px system-ui, sans-serif'
  context.textBaseline = 'middle'
  paintParts(context, state, state.found, rows.found)
  if (state.truth.length > 0) paintParts(context, state, state.truth, rows.truth)
  if (state.shares.length > 0) paintShares(context, state, rows.bars)
  paintCurves(context, state, rows.curves)
  const x = Math.round(frameX(scale, state.frame + 0.5))
  context.fillStyle = colours.head
  context.fillRect(x - 1, 0, 2, rows.height)
}

function paintParts(
  context: CanvasRenderingContext2D,
  state: RibbonState,
  parts: readonly RibbonPart[],
  top: number,
): void {
  const { scale, colours } = state
  context.fillStyle = colours.band
  context.fillRect(0, top, scale.width, ribbonHeight.row)
  for (const { label, colour, from, to } of parts) {
    const [left, right] = [frameX(scale, from), frameX(scale, to)]
    context.fillStyle = colour
    context.fillRect(left + 0.5, top, Math.max(1, right - left - 1), ribbonHeight.row)
    const width = right - left - 10
    if (context.measureText(label).width > width) continue
    context.fillStyle = readableOn(colour)
    context.fillText(label, left + 6, top + ribbonHeight.row / 2 + 0.5)
  }
}

function paintShares(context: CanvasRenderingContext2D, { scale, shares, colours }: RibbonState, top: number): void {
  const largest = Math.max(...shares.map(({ share }) => share), 1e-9)
  context.fillStyle = colours.band
  context.fillRect(0, top, scale.width, ribbonHeight.bars)
  context.fillStyle = colours.warm
  shares.forEach(({ frame, share }, i) => {
    const next = shares[i + 1]?.frame ?? frame + Math.max(1, frame - (shares[i - 1]?.frame ?? frame - 1))
    const left = frameX(scale, frame)
    const height = (ribbonHeight.bars * share) / largest
    context.fillRect(left, top + ribbonHeight.bars - height, Math.max(2, frameX(scale, next) - left - 1), height)
  })
}

function paintCurves(context: CanvasRenderingContext2D, state: RibbonState, top: number): void {
  const { scale, classes, frames, colours, probability } = state
  const { curves } = ribbonHeight
  context.strokeStyle = colours.line
  context.lineWidth = 1
  for (const part of [0, 0.5, 1]) {
    const y = Math.round(top + 2 + (1 - part) * (curves - 4)) + 0.5
    context.beginPath()
    context.moveTo(0, y)
    context.lineTo(scale.width, y)
    context.stroke()
  }
  // One point for each pixel is all that can be seen of an hour.
  const points = Math.min(frames, Math.max(2, Math.ceil(scale.width)))
  context.lineWidth = 1.6
  context.lineJoin = 'round'
  classes.forEach(({ colour }, index) => {
    context.strokeStyle = colour
    context.beginPath()
    for (let i = 0; i < points; i++) {
      const frame = points === 1 ? 0 : Math.round((i * (frames - 1)) / (points - 1))
      const y = top + 2 + (1 - probability(frame, index)) * (curves - 4)
      if (i === 0) context.moveTo(frameX(scale, frame), y)
      context.lineTo(frameX(scale, frame + 0.5), y)
      if (i === points - 1) context.lineTo(frameX(scale, frame + 1), y)
    }
    context.stroke()
  })
}

/** Black or white, whichever can be read on a colour (`#rrggbb`). */
export function readableOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[0-9a-f]{2}/gi) ?? []).map((part) => {
    const value = parseInt(part, 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? '#101010' : '#ffffff'
}
