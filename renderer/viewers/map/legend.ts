/** What the colours of a map mean, in words and numbers of the person's language. */
export interface LegendSpec {
  readonly title: string
  /** A colour bar: CSS colours from low to high, and the numbers below it. */
  readonly bar: { readonly colours: readonly string[]; readonly ends: readonly string[] } | null
  /** What lies over the imagery. */
  readonly heading: string | null
  readonly classes: readonly { readonly label: string; readonly colour: string }[]
}

const [padding, line, barHeight, square] = [8, 15, 8, 10]
const font = '11px'

/**
 * Draws a legend with its right edge at `right`; texts that are too long are wrapped.
 * @param anchor  whether `y` is the top of the box or its bottom
 * @returns the box's height, CSS pixels as are all numbers here
 */
export function drawLegend(
  context: CanvasRenderingContext2D,
  legend: LegendSpec,
  place: { readonly right: number; readonly y: number; readonly anchor: 'top' | 'bottom'; readonly width: number },
  family: string,
): number {
  const inner = place.width - 2 * padding
  context.save()
  context.font = `${font} ${family}`
  const titles = legend.bar ? wrap(context, legend.title, inner) : []
  context.font = `600 ${font} ${family}`
  const headings = legend.heading === null ? [] : wrap(context, legend.heading, inner)
  const rows = titles.length + headings.length + legend.classes.length + (legend.bar ? 1 : 0)
  const height = 2 * padding + rows * line + (legend.bar ? barHeight + 4 : 0) + (legend.bar && headings.length ? 6 : 0)
  const [left, top] = [place.right - place.width, place.anchor === 'top' ? place.y : place.y - height]
  fillBox(context, left, top, place.width, height)
  let y = top + padding
  const text = (words: string, x: number): void => context.fillText(words, x, y + line / 2)
  context.fillStyle = '#f2f2f4'
  context.textBaseline = 'middle'
  if (legend.bar) {
    context.font = `${font} ${family}`
    for (const words of titles) {
      text(words, left + padding)
      y += line
    }
    const gradient = context.createLinearGradient(left + padding, 0, left + padding + inner, 0)
    const { colours, ends } = legend.bar
    colours.forEach((colour, i) => gradient.addColorStop(i / Math.max(1, colours.length - 1), colour))
    context.fillStyle = gradient
    context.fillRect(left + padding, y + 2, inner, barHeight)
    y += barHeight + 4
    context.fillStyle = '#f2f2f4'
    ends.forEach((words, i) => {
      const part = i / Math.max(1, ends.length - 1)
      context.textAlign = part === 0 ? 'left' : part === 1 ? 'right' : 'center'
      text(words, left + padding + part * inner)
    })
    context.textAlign = 'left'
    y += line + (headings.length ? 6 : 0)
  }
  context.font = `600 ${font} ${family}`
  for (const words of headings) {
    text(words, left + padding)
    y += line
  }
  context.font = `${font} ${family}`
  for (const { label, colour } of legend.classes) {
    context.fillStyle = colour
    context.fillRect(left + padding, y + (line - square) / 2, square, square)
    context.fillStyle = '#f2f2f4'
    context.fillText(label, left + padding + square + 6, y + line / 2, inner - square - 6)
    y += line
  }
  context.restore()
  return height
}

/** The dark box that texts on a map stand on. */
export function fillBox(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
): void {
  context.fillStyle = 'rgb(12 12 14 / 78%)'
  context.beginPath()
  context.roundRect(left, top, width, height, 4)
  context.fill()
}

function wrap(context: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word
    if (lines.length > 0 && context.measureText(longer).width <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
