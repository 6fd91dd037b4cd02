import { writeGeoTiff, type GeoTiffWriteOptions } from '../../../../electron/formats/geotiff/write-geotiff.ts'

/** MODIS' sinusoidal projection as dtwSat's files store it. */
const sinusoidalKeys = {
  directory: [
    [1, 1, 0, 10],
    [1024, 0, 1, 1],
    [1025, 0, 1, 2],
    [1026, 34737, 8, 0],
    [2048, 0, 1, 32767],
    [2050, 0, 1, 32767],
    [2056, 0, 1, 32767],
    [2057, 34736, 1, 0],
    [2058, 34736, 1, 1],
    [3072, 0, 1, 32767],
    [3074, 0, 1, 32767],
    [3075, 0, 1, 24],
    [3076, 0, 1, 9001],
    [3082, 34736, 1, 2],
    [3083, 34736, 1, 2],
    [3088, 34736, 1, 2],
  ]
    .map((row, i, all) => (i === 0 ? [1, 1, 0, all.length - 1] : row))
    .flat(),
  doubles: [6371007.181, 6371007.181, 0],
  ascii: 'unnamed|',
}

type Case = Omit<GeoTiffWriteOptions, 'path'> & { readonly name: string; readonly low: number; readonly span: number }

/** Rasters of every kind that the writer makes; GDAL's reading of them is recorded in `written-rasters.json`. */
export const writtenCases: readonly Case[] = [
  {
    name: 'classes-uint8',
    grid: { width: 300, height: 270, geoTransform: [465181, 10, 0, 5080254, 0, -10], crs: 'EPSG:32633' },
    dtype: 'uint8',
    bands: [{ description: 'land use' }],
    nodata: 255,
    colorTable: [
      [0, 0, 0],
      [34, 139, 34],
      [255, 215, 0],
      [200, 30, 60],
    ],
    classNames: [null, 'forest', 'soy & corn', 'urban <dense>'],
    metadata: { model: 'lstm "2x64"', season: '2007/2008' },
    low: 1,
    span: 3,
  },
  {
    name: 'planar-int16-sinusoidal',
    grid: {
      width: 37,
      height: 65,
      geoTransform: [-6089550.683386912, 231.6563582640091, 0, -1332950.720197616, 0, -231.65635826400722],
      crs: '+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +a=6371007.181 +b=6371007.181 +no_defs',
    },
    dtype: 'int16',
    bands: [{ description: '2007-09-14' }, { description: '2007-09-30' }],
    nodata: -9999,
    geoKeys: sinusoidalKeys,
    tileSize: 32,
    low: -3000,
    span: 13001,
  },
  {
    name: 'chunky-uint16-big-endian',
    grid: { width: 131, height: 70, geoTransform: [11, 0.25, 0, 48, 0, -0.5], crs: 'EPSG:4326' },
    dtype: 'uint16',
    bands: [{}, {}, {}],
    interleave: 'chunky',
    tileSize: 64,
    littleEndian: false,
    low: 0,
    span: 65536,
  },
  {
    name: 'bigtiff-int32',
    grid: { width: 20, height: 33, geoTransform: [0, 1, 0, 0, 0, 1], crs: null },
    dtype: 'int32',
    bands: [{}],
    bigTiff: true,
    tileSize: 16,
    low: -2147483648,
    span: 4294967296,
  },
  {
    name: 'float32-predictor3',
    grid: { width: 90, height: 41, geoTransform: [500000, 30, 0, 4600000, 0, -30], crs: 'EPSG:32618' },
    dtype: 'float32',
    bands: [{ description: 'p(forest)' }, { description: 'entropy' }],
    interleave: 'chunky',
    tileSize: 32,
    low: -1,
    span: 2,
  },
  {
    name: 'plain-float32-rotated',
    grid: {
      width: 17,
      height: 19,
      geoTransform: [1000, 8, 3, 2000, 2, -9],
      crs: '+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80 +units=m +no_defs',
    },
    dtype: 'float32',
    bands: [{}],
    compression: 'none',
    tileSize: 16,
    nodata: -1e30,
    low: 0,
    span: 1000,
  },
]

/** A number that differs by band, row and column, spread over the range; the seventh pixel of a row in ten is NaN where allowed. */
export function sampleAt(item: Case, band: number, row: number, column: number): number {
  const hasNodata = item.nodata !== undefined || item.dtype === 'float32'
  if (hasNodata && (row * 7 + column * 3 + band) % 29 === 0) return NaN
  const mixed = (Math.imul(row * 7919 + column * 104729 + band * 1299709 + 1, 2654435761) >>> 0) / 4294967296
  const value = item.low + mixed * item.span
  return item.dtype === 'float32' ? Math.fround(value) : Math.floor(value)
}

/** Writes one case, in windows of odd sizes so that tiles are filled piece by piece. */
export async function writeCase(item: Case, path: string): Promise<void> {
  const { width, height } = item.grid
  await writeGeoTiff({ ...item, path }, async (writer) => {
    for (let row = 0; row < height; row += 23)
      for (let column = 0; column < width; column += 41) {
        const window = { row, column, height: Math.min(23, height - row), width: Math.min(41, width - column) }
        const values: number[] = []
        for (let band = 0; band < item.bands.length; band++)
          for (let r = 0; r < window.height; r++)
            for (let c = 0; c < window.width; c++) values.push(sampleAt(item, band, row + r, column + c))
        await writer.writeWindow(window, Float64Array.from(values))
      }
  })
}
