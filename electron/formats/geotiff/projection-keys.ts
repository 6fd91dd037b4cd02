import type { GeoKeyTags } from './geo-reference.ts'
import { tiffTag } from './tiff-tags.ts'

const userDefined = 32767

/**
 * GeoTIFF keys of a projection that has no code: the sinusoidal one of MODIS, given as a PROJ string with its own sphere.
 * @returns null for any other system
 * Source: OGC GeoTIFF 1.1 (19-008r4), and the parameters libgeotiff writes for coordinate transformation 24.
 */
export function projectionKeys(crs: string): GeoKeyTags | null {
  const given = new Map(
    crs.split(/\s+/).map((part): [string, string] => {
      const [name = '', value = ''] = part.replace(/^\+/, '').split('=')
      return [name, value]
    }),
  )
  const number = (name: string, otherwise: number): number => Number(given.get(name) ?? otherwise)
  const major = number('a', number('R', NaN))
  const minor = number('b', major)
  const units = given.get('units') ?? 'm'
  const known = new Set(['proj', 'lon_0', 'x_0', 'y_0', 'a', 'b', 'R', 'units', 'no_defs', 'type', ''])
  if (given.get('proj') !== 'sinu' || units !== 'm' || ![...given.keys()].every((name) => known.has(name))) return null
  const doubles = [major, minor, number('lon_0', 0), number('x_0', 0), number('y_0', 0)]
  if (!doubles.every(Number.isFinite)) return null
  const inDoubles = (key: number, index: number) => [key, tiffTag.geoDoubleParams, 1, index]
  const short = (key: number, value: number) => [key, 0, 1, value]
  const keys = [
    short(1024, 1), // projected
    short(1025, 1), // a pixel is an area
    short(2048, userDefined),
    short(2050, userDefined),
    short(2054, 9102), // degrees
    short(2056, userDefined),
    inDoubles(2057, 0),
    inDoubles(2058, 1),
    short(3072, userDefined),
    short(3074, userDefined),
    short(3075, 24), // sinusoidal
    short(3076, 9001), // metres
    inDoubles(3082, 3),
    inDoubles(3083, 4),
    inDoubles(3088, 2),
  ]
  return { directory: [1, 1, 1, keys.length, ...keys.flat()], doubles, ascii: '' }
}
