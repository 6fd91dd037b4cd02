// Draws the pictures of the README: one date of the bundled sample in false colours, and the class maps made from it.
// Usage: node scripts/render-maps.mjs MAP_FOLDER OUT.png   (after `npm start`, which makes out/start/crops-map)
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32, deflateSync } from 'node:zlib'
import { openGeoTiff } from '../dist/electron/formats/geotiff/geotiff-raster.js'

const [folder, out] = process.argv.slice(2)
if (!folder || !out) throw new Error('Usage: node scripts/render-maps.mjs MAP_FOLDER OUT.png')
const zoom = 4
const gap = 12
const scene = fileURLToPath(new URL('../resources/samples/crops/crops_2019-05-25.tif', import.meta.url))

/** Colours of a class map [row, column, 3]. */
async function readMap(path) {
  const raster = await openGeoTiff(path)
  const values = await raster.readWindow(0, { row: 0, column: 0, ...raster.grid })
  const { width, height } = raster.grid
  const pixels = Array.from(values, (value) => raster.colorTable?.[Number.isNaN(value) ? 0 : value] ?? [255, 255, 255])
  await raster.close()
  return { width, height, pixels }
}

/** Near infrared, red and blue as red, green and blue: vegetation is red, bare soil grey, water black. */
async function readScene(path) {
  const raster = await openGeoTiff(path)
  const { width, height } = raster.grid
  const window = { row: 0, column: 0, width, height }
  const of = (name) => raster.bands.findIndex((band) => band.description === name)
  const [nir, red, blue] = await Promise.all(['nir', 'red', 'blue'].map((name) => raster.readWindow(of(name), window)))
  const stretch = (value, top) => (Number.isNaN(value) ? 255 : Math.min(255, Math.max(0, (255 * value) / top)))
  const pixels = Array.from(nir, (value, i) => [stretch(value, 5500), stretch(red[i], 2500), stretch(blue[i], 1500)])
  await raster.close()
  return { width, height, pixels }
}

function sideBySide(images) {
  const height = Math.max(...images.map((image) => image.height)) * zoom
  const width = images.reduce((sum, image) => sum + image.width * zoom, 0) + gap * (images.length - 1)
  const rgb = new Uint8Array(width * height * 3).fill(255)
  let left = 0
  for (const image of images) {
    for (let row = 0; row < image.height * zoom; row++)
      for (let column = 0; column < image.width * zoom; column++) {
        const colour = image.pixels[Math.floor(row / zoom) * image.width + Math.floor(column / zoom)]
        rgb.set(colour.map(Math.round), (row * width + left + column) * 3)
      }
    left += image.width * zoom + gap
  }
  return { width, height, rgb }
}

/** Source: PNG specification, third edition; filter 0 on every row. */
function encodePng({ width, height, rgb }) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const framed = Buffer.alloc(body.length + 8)
    framed.writeUInt32BE(data.length, 0)
    body.copy(framed, 4)
    framed.writeUInt32BE(crc32(body), body.length + 4)
    return framed
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8) // 8 bits, RGB.
  const rows = Buffer.alloc(height * (width * 3 + 1))
  for (let row = 0; row < height; row++)
    rows.set(rgb.subarray(row * width * 3, (row + 1) * width * 3), row * (width * 3 + 1) + 1)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const maps = readdirSync(folder)
  .filter((name) => /^classes-.*\.tif$/.test(name))
  .sort()
const images = [await readScene(scene)]
for (const name of maps) images.push(await readMap(join(folder, name)))
writeFileSync(out, encodePng(sideBySide(images)))
console.log(`${out}: ${maps.join(', ')}`)
