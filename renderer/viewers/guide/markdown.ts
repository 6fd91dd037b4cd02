/** A piece of a line. */
export type GuideInline =
  | { readonly kind: 'text' | 'strong' | 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly target: string }
type Line = readonly GuideInline[]

/** A part of a page of the guide. */
export type GuideBlock =
  | { readonly kind: 'heading'; readonly level: number; readonly line: Line }
  | { readonly kind: 'paragraph'; readonly line: Line }
  | { readonly kind: 'picture'; readonly text: string; readonly source: string }
  | { readonly kind: 'list'; readonly items: readonly Line[] }
  | { readonly kind: 'table'; readonly head: readonly Line[]; readonly rows: readonly (readonly Line[])[] }

/** The pieces of a line: `**strong**`, `` `code` ``, `[text](target)`, and what lies between. */
export function guideLine(text: string): Line {
  const pieces: GuideInline[] = []
  let from = 0
  for (const match of text.matchAll(/\*\*(.+?)\*\*|`(.+?)`|\[(.+?)\]\((.+?)\)/g)) {
    const [all, strong, code, name, target] = match
    if (match.index > from) pieces.push({ kind: 'text', text: text.slice(from, match.index) })
    if (strong !== undefined) pieces.push({ kind: 'strong', text: strong })
    else if (code !== undefined) pieces.push({ kind: 'code', text: code })
    else pieces.push({ kind: 'link', text: name ?? '', target: target ?? '' })
    from = match.index + all.length
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) })
  return pieces
}

const cells = (row: string): Line[] =>
  row
    .replaceAll(/^\||\|$/g, '')
    .split('|')
    .map((cell) => guideLine(cell.trim()))

/**
 * A page of the guide taken apart. The guide is Markdown that is written for this: headings, paragraphs, pictures on lines of their
 * own, plain lists, tables. Anything else is a paragraph.
 */
export function guideBlocks(page: string): GuideBlock[] {
  return page
    .split(/\n\s*\n/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part): GuideBlock => {
      const lines = part.split('\n').map((line) => line.trim())
      const [first = ''] = lines
      const heading = /^(#{1,3}) (.+)$/.exec(first)
      if (heading) return { kind: 'heading', level: heading[1]?.length ?? 1, line: guideLine(heading[2] ?? '') }
      const picture = /^!\[(.*)\]\((.+)\)$/.exec(first)
      if (picture) return { kind: 'picture', text: picture[1] ?? '', source: picture[2] ?? '' }
      if (lines.every((line) => line.startsWith('- ')))
        return { kind: 'list', items: lines.map((line) => guideLine(line.slice(2))) }
      if (lines.every((line) => line.startsWith('|')))
        return { kind: 'table', head: cells(first), rows: lines.slice(2).map(cells) }
      return { kind: 'paragraph', line: guideLine(lines.join(' ')) }
    })
}
