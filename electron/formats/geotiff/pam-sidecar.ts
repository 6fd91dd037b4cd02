import { projectionKeys } from './projection-keys.ts'
import { escapeXml } from './gdal-metadata.ts'
import type { GeoTiffWriteOptions } from './write-geotiff.ts'

/**
 * GDAL's sidecar (`file.tif.aux.xml`) for what a TIFF cannot carry: class names with their colours, so that QGIS
 * shows a legend, and a coordinate reference system given as text. Null when there is nothing to say.
 * Source: GDAL's persistent auxiliary metadata (PAM), raster attribute table usages of gdal.h
 */
export function pamSidecar(options: GeoTiffWriteOptions): string | null {
  const parts: string[] = []
  const { crs } = options.grid
  if (crs !== null && !options.geoKeys && !/^EPSG:\d+$/i.test(crs) && !projectionKeys(crs))
    parts.push(`  <SRS>${escapeXml(crs)}</SRS>`)
  if (options.classNames) parts.push(classBand(options.classNames, options.colorTable ?? null))
  return parts.length === 0 ? null : `<PAMDataset>\n${parts.join('\n')}\n</PAMDataset>\n`
}

function classBand(
  names: readonly (string | null)[],
  colors: readonly (readonly [number, number, number])[] | null,
): string {
  const categories = names.map((name) => `      <Category>${escapeXml(name ?? '')}</Category>`)
  const fields = [
    // Name, type (0 integer, 2 text), usage (5 value, 2 name, 6 red, 7 green, 8 blue).
    ['Value', 0, 5],
    ['Class', 2, 2],
    ...(colors
      ? ([
          ['Red', 0, 6],
          ['Green', 0, 7],
          ['Blue', 0, 8],
        ] as const)
      : []),
  ] as const
  const definitions = fields.map(
    ([name, type, usage], i) =>
      `      <FieldDefn index="${i}"><Name>${name}</Name><Type>${type}</Type><Usage>${usage}</Usage></FieldDefn>`,
  )
  const rows: string[] = []
  names.forEach((name, value) => {
    if (name === null) return
    const cells = [String(value), escapeXml(name), ...(colors ? (colors[value] ?? [0, 0, 0]).map(String) : [])]
    rows.push(`      <Row index="${rows.length}">${cells.map((cell) => `<F>${cell}</F>`).join('')}</Row>`)
  })
  return [
    '  <PAMRasterBand band="1">',
    '    <CategoryNames>',
    ...categories,
    '    </CategoryNames>',
    '    <GDALRasterAttributeTable tableType="thematic">',
    ...definitions,
    ...rows,
    '    </GDALRasterAttributeTable>',
    '  </PAMRasterBand>',
  ].join('\n')
}
