import type { Code } from '../../../../shared/domain/medical/code.ts'
import type { Elements } from '../elements.ts'

/** The code in the first item of a sequence; null when there is none. DICOM PS3.3 section 8. */
export function readCode(elements: Elements, tag: string): Code | null {
  const item = elements.item(tag)
  return item ? codeOf(item) : null
}

/** The code an item holds; values longer than 16 letters and URNs have elements of their own. */
export function codeOf(item: Elements): Code | null {
  const value = item.code('x00080100') ?? item.text('x00080119') ?? item.text('x00080120')
  const meaning = item.text('x00080104')
  if (value === '') return meaning === '' ? null : { value: '-', scheme: '-', meaning }
  return { value, scheme: item.code('x00080102') ?? 'URN', meaning }
}
