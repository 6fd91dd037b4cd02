import type { IntervalLabel } from '../../../shared/domain/label-intervals.ts'
import { frameX, framesAt, type TrackScale } from './track-scale.ts'

/** The intervals of one class. */
export interface TrackRow {
  readonly name: string
  readonly colour: string
  readonly isHidden: boolean
  /** By their start. */
  readonly intervals: readonly IntervalLabel[]
  /** For each of them the latest end so far: what was imported may overlap. */
  readonly ends: readonly number[]
}

/** The row of a class. */
export function trackRow(name: string, colour: string, isHidden: boolean, given: readonly IntervalLabel[]): TrackRow {
  const intervals = [...given].sort((a, b) => a.from - b.from)
  let end = 0
  return { name, colour, isHidden, intervals, ends: intervals.map(({ to }) => (end = Math.max(end, to))) }
}

/** CSS pixels. */
export const trackHeight = { ruler: 16, row: 20 } as const
const edgeReach = 6

/** What the tracks show. */
export interface TracksState {
  readonly scale: TrackScale
  readonly rows: readonly TrackRow[]
  readonly frame: number
  readonly selected: string | null
  readonly hovered: string | null
  /** An interval under way, in the place of the one with its id. */
  readonly draft: Pick<IntervalLabel, 'id' | 'label' | 'from' | 'to'> | null
  readonly ticks: readonly number[]
  readonly rate: number | null
  readonly colours: Readonly<Record<'line' | 'text' | 'band' | 'head' | 'strong', string>>
}

/** The interval under a place of a row, and what of it a drag would move. Edges reach a little beyond. */
export function intervalAt(
  row: TrackRow,
  scale: TrackScale,
  x: number,
): { readonly interval: IntervalLabel; readonly edge: 'from' | 'to' | 'both' } | null {
  const reach = (edgeReach / scale.width) * scale.span
  const at = framesAt(scale, x)
  for (let i = firstEndingAfter(row.ends, at - reach); i < row.intervals.length; i++) {
    const interval = row.intervals[i]
    if (!interval || interval.from > at + reach) break
    const [left, right] = [frameX(scale, interval.from), frameX(scale, interval.to)]
    if (x < left - edgeReach || x > right + edgeReach) continue
    // Very short ones keep a middle to take hold of.
    const own = Math.min(edgeReach, (right - left) / 4)
    if (x < left + own) return { interval, edge: 'from' }
    return { interval, edge: x > right - own ? 'to' : 'both' }
  }
  return null
}

/** Draws all tracks; what is narrower than a pixel is drawn as one pixel, and once. */
export function paintTracks(canvas: HTMLCanvasElement, ratio: number, state: TracksState): void {
  const { scale, rows, colours } = state
  const height = trackHeight.ruler + rows.length * trackHeight.row
  canvas.width = Math.round(scale.width * ratio)
  canvas.height = Math.round(height * ratio)
  const context = canvas.getContext('2d')
  if (!context) return
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.font = '10px system-ui, sans-serif'
  context.textBaseline = 'middle'
  context.fillStyle = colours.text
  context.strokeStyle = colours.line
  for (const tick of state.ticks) {
    const x = Math.round(frameX(scale, tick)) + 0.5
    context.beginPath()
    context.moveTo(x, 2)
    context.lineTo(x, height)
    context.stroke()
    context.fillText(timeText(tick, state.rate, state.ticks), x + 3, 7)
  }
  rows.forEach((row, index) => {
    const top = trackHeight.ruler + index * trackHeight.row
    context.fillStyle = colours.band
    context.fillRect(0, top + 2, scale.width, trackHeight.row - 4)
    context.globalAlpha = row.isHidden ? 0.25 : 1
    paintRow(context, row, top, state)
    context.globalAlpha = 1
    const { draft } = state
    if (draft?.label === row.name) bar(context, draft, row.colour, top, state, 0.75)
  })
  const head = frameX(scale, state.frame)
  context.fillStyle = colours.head
  context.globalAlpha = 0.25
  context.fillRect(head, 0, Math.max(1, scale.width / scale.span), height)
  context.globalAlpha = 1
  context.fillRect(head, 0, 1.5, height)
}

function paintRow(context: CanvasRenderingContext2D, row: TrackRow, top: number, state: TracksState): void {
  const { scale } = state
  let drawnTo = -Infinity
  for (let i = firstEndingAfter(row.ends, scale.start); i < row.intervals.length; i++) {
    const interval = row.intervals[i]
    if (!interval || interval.from > scale.start + scale.span) break
    if (state.draft?.id === interval.id) continue
    const right = frameX(scale, interval.to)
    const isMarked = interval.id === state.selected || interval.id === state.hovered
    if (right - drawnTo < 0.5 && !isMarked) continue
    bar(context, interval, row.colour, top, state, isMarked ? 1 : 0.85)
    drawnTo = right
  }
}

function bar(
  context: CanvasRenderingContext2D,
  { id, from, to }: Pick<IntervalLabel, 'id' | 'from' | 'to'>,
  colour: string,
  top: number,
  { scale, selected, colours }: TracksState,
  opacity: number,
): void {
  const left = frameX(scale, from)
  const width = Math.max(1, frameX(scale, to) - left)
  const before = context.globalAlpha
  context.globalAlpha = before * opacity
  context.fillStyle = colour
  context.fillRect(left, top + 3, width > 3 ? width - 1 : width, trackHeight.row - 6)
  context.globalAlpha = before
  if (id !== selected || id === '') return
  context.strokeStyle = colours.strong
  context.lineWidth = 2
  context.strokeRect(left, top + 3, Math.max(2, width - 1), trackHeight.row - 6)
  context.lineWidth = 1
}

/** Index of the first interval that may reach beyond a position. */
function firstEndingAfter(ends: readonly number[], position: number): number {
  let [low, high] = [0, ends.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ends[middle] ?? 0) <= position) low = middle + 1
    else high = middle
  }
  return low
}

function timeText(frame: number, rate: number | null, ticks: readonly number[]): string {
  if (rate === null) return String(Math.round(frame) + 1)
  const seconds = frame / rate
  const isFine = ticks.length > 1 && ((ticks[1] ?? 0) - (ticks[0] ?? 0)) / rate < 1
  const rest = isFine ? (seconds % 60).toFixed(1) : String(Math.round(seconds % 60))
  return `${Math.floor(seconds / 60)}:${rest.padStart(isFine ? 4 : 2, '0')}`
}
