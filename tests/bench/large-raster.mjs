import { writeGeoTiff } from '../../dist/electron/formats/geotiff/write-geotiff.js'

/** Writes waves with noise as a square GeoTIFF of three int16 bands, in blocks of the writer's choice, without overviews. */
export async function writeLargeRaster(path, size) {
  const grid = { width: size, height: size, geoTransform: [600000, 10, 0, 5100000, 0, -10], crs: 'EPSG:32633' }
  const bands = [{ description: 'red' }, { description: 'green' }, { description: 'blue' }]
  await writeGeoTiff({ path, grid, dtype: 'int16', bands }, async (writer) => {
    let seed = 1
    for (let row = 0; row < size; row += 256) {
      const values = new Float32Array(3 * 256 * size)
      for (let i = 0; i < values.length; i++) {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
        values[i] = 2000 + 800 * Math.sin(i / 300) + (seed >>> 25)
      }
      await writer.writeWindow({ row, column: 0, width: size, height: 256 }, values)
    }
  })
}
