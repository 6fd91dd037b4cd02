import type { Elements } from './elements.ts'

const groups = Array.from({ length: 16 }, (_, i) => 0x6000 + 2 * i)

/** A tag of an overlay group as dicom-parser writes it. */
export function overlayTag(group: number, element: number): string {
  return `x${(group * 65_536 + element).toString(16).padStart(8, '0')}`
}

const sizeTags = groups.map((group) => ({ group, rows: overlayTag(group, 0x0010), columns: overlayTag(group, 0x0011) }))

/** The groups (60xx) in which a file holds overlays. DICOM PS3.3 C.9.2. */
export function overlayGroups(elements: Elements): number[] {
  return sizeTags.filter(({ rows, columns }) => elements.has(rows) && elements.has(columns)).map(({ group }) => group)
}
