import type { Code } from '../../../../shared/domain/medical/code.ts'
import type { Elements } from '../elements.ts'
import { readCode } from './read-code.ts'

/** A node of a structured report's content tree; DICOM PS3.3 C.17.3. */
export interface ContentItem {
  /** `CONTAINER`, `NUM`, `CODE`, `TEXT`, `UIDREF`, `IMAGE`, `SCOORD`, `SCOORD3D` and so on. */
  readonly type: string
  readonly relationship: string
  readonly name: Code | null
  readonly elements: Elements
  readonly children: readonly ContentItem[]
}

/** A report nested deeper than this is no report. */
const maximumDepth = 64

/** The content tree whose root has these elements. */
export function contentTree(elements: Elements, depth = 0): ContentItem {
  return {
    type: elements.code('x0040a040') ?? '',
    relationship: elements.code('x0040a010') ?? '',
    name: readCode(elements, 'x0040a043'),
    elements,
    children: depth < maximumDepth ? elements.items('x0040a730').map((item) => contentTree(item, depth + 1)) : [],
  }
}

/** Whether an item has one of several names, by code value. Values are unique enough: `121071`, `F-...` of retired codes. */
export function isNamed({ name }: ContentItem, ...values: readonly string[]): boolean {
  return name !== null && values.includes(name.value)
}

/** All items below (and with) one that fulfil a condition; below one that does, none are looked for. */
export function itemsWhere(root: ContentItem, test: (item: ContentItem) => boolean): ContentItem[] {
  return test(root) ? [root] : root.children.flatMap((child) => itemsWhere(child, test))
}
