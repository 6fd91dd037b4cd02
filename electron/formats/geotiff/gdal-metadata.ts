/** What GDAL's XML tag says about the bands and the file. */
export interface GdalMetadata {
  /** Description, scale and offset by band (from 0). */
  readonly bands: ReadonlyMap<
    number,
    { readonly description?: string; readonly scale?: number; readonly offset?: number }
  >
  /** Items that belong to the whole file, by name. */
  readonly items: ReadonlyMap<string, string>
}

/**
 * Reads the GDAL_METADATA tag: `<GDALMetadata><Item name="SCALE" sample="0" role="scale">0.1</Item>…`.
 * Only `Item` elements are looked at, so nothing in the XML can cost more than its length.
 * Source: GDAL GeoTIFF driver documentation, "Metadata"
 */
export function parseGdalMetadata(xml: string): GdalMetadata {
  const bands = new Map<number, { description?: string; scale?: number; offset?: number }>()
  const items = new Map<string, string>()
  for (const match of xml.matchAll(/<Item\s([^<>]{0,1000})>([^<]*)<\/Item>/g)) {
    const attributes = parseAttributes(match[1] ?? '')
    // GDAL escapes the text of an item twice.
    const value = unescapeXml(unescapeXml(match[2] ?? ''))
    const sample = attributes.get('sample')
    if (sample === undefined) {
      const name = attributes.get('name')
      if (name !== undefined) items.set(name, value)
      continue
    }
    const band = { ...bands.get(Number(sample)) }
    const role = attributes.get('role')
    if (role === 'description') band.description = value
    const number = Number(value)
    if (role === 'scale' && Number.isFinite(number)) band.scale = number
    if (role === 'offset' && Number.isFinite(number)) band.offset = number
    bands.set(Number(sample), band)
  }
  return { bands, items }
}

/** Text made safe for an XML element or attribute. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}

function parseAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const match of text.matchAll(/(\w+)="([^"]*)"/g)) attributes.set(match[1] ?? '', unescapeXml(match[2] ?? ''))
  return attributes
}
