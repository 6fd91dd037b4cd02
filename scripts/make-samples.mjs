// Makes resources/samples: a small synthetic satellite time series with labels, the same bytes of pixels every time.
// Run by hand after a change here (`npm run build && npm run make:samples`); its result is committed. See docs/sample.md.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeGeoTiff } from '../dist/electron/formats/geotiff/write-geotiff.js'
import { SeededRandom } from '../dist/shared/base/seeded-random.js'
import { createProjector, pixelToMap } from '../dist/shared/domain/geo-grid.js'

const size = 48
const years = [2019, 2020, 2021]
const bands = ['blue', 'red', 'nir', 'swir']
const nodata = -9999
const grid = {
  width: size,
  height: size,
  geoTransform: [600_000, 30, 0, 8_660_000, 0, -30],
  crs: 'EPSG:32721',
  projection: null,
}
const classNames = ['forest', 'pasture', 'single-crop', 'double-crop', 'water']
const root = fileURLToPath(new URL('../resources/samples', import.meta.url))
const folder = join(root, 'crops')
const truthFolder = join(root, 'crops-truth')
const random = new SeededRandom(20)

/** Splits a rectangle of the raster into fields, each at least `least` pixels wide. */
function splitFields(rectangle, least, dice) {
  const { row, column, height, width } = rectangle
  const isWide = width >= height
  const length = isWide ? width : height
  if (length < 2 * least) return [rectangle]
  const cut = least + dice.integer(length - 2 * least + 1)
  const parts = isWide
    ? [
        { row, column, height, width: cut },
        { row, column: column + cut, height, width: width - cut },
      ]
    : [
        { row, column, height: cut, width },
        { row: row + cut, column, height: height - cut, width },
      ]
  return parts.flatMap((part) => splitFields(part, least, dice))
}

/** What grows on each field in each year: crops rotate, and some forest is cleared for pasture after the first year. */
function makeFields() {
  const dice = random.fork('fields')
  const areas = splitFields({ row: 0, column: 0, height: size, width: size }, 6, dice)
  let cleared = 0
  return areas.map((area) => {
    const first = dice.integer(classNames.length)
    const isRotated = classNames[first].endsWith('crop')
    const labels = years.map(() => {
      if (isRotated) return dice.next() < 0.3 ? 5 - first : first // 2 and 3 are the two crop systems.
      return first
    })
    if (first === 0 && cleared < 3) {
      cleared += 1
      labels.fill(1, 1)
    }
    return { ...area, labels, lateDays: 10 * dice.normal(), vigour: 1 + 0.08 * dice.normal() }
  })
}

/** A bell over the year that also reaches over the new year; days since 1 January. */
const bell = (day, peak, width) => {
  const distance = Math.abs(((day - peak + 547.5) % 365) - 182.5)
  return Math.exp(-0.5 * (distance / width) ** 2)
}

/** Share of green cover by class and day of the year, 0 to 1; southern summer around the new year. */
const greenness = {
  forest: (day) => 0.88 + 0.04 * bell(day, 30, 70),
  pasture: (day) => 0.35 + 0.35 * bell(day, 45, 75),
  'single-crop': (day) => 0.1 + 0.8 * bell(day, 20, 32),
  'double-crop': (day) => 0.1 + 0.75 * bell(day, 350, 26) + 0.7 * bell(day, 95, 28),
  water: () => 0,
}
const soil = [0.08, 0.16, 0.24, 0.32]
const leaf = [0.03, 0.04, 0.46, 0.18]
const wet = [0.06, 0.04, 0.03, 0.01]

/** Reflectance of a pixel in one band. */
function reflectance(field, year, day, band) {
  const name = classNames[field.labels[year]]
  if (name === 'water') return wet[band]
  const green = Math.min(1, field.vigour * greenness[name](day - field.lateDays))
  // A freshly cleared field is bare for its first months.
  const isBare = name === 'pasture' && year === 1 && field.labels[0] === 0 && day < 200
  return isBare ? soil[band] : soil[band] + green * (leaf[band] - soil[band])
}

/** Clouds of one date: round patches that hide the ground. */
function cloudMask(dice) {
  const mask = new Uint8Array(size * size)
  const clouds = dice.next() < 0.35 ? 1 + dice.integer(4) : 0
  for (let cloud = 0; cloud < clouds; cloud++) {
    const [row, column, radius] = [dice.integer(size), dice.integer(size), 4 + dice.integer(8)]
    for (let i = 0; i < mask.length; i++) {
      const distance = Math.hypot(Math.floor(i / size) - row, (i % size) - column)
      if (distance <= radius) mask[i] = 1
    }
  }
  return mask
}

const isoDate = (year, day) => new Date(Date.UTC(year, 0, 1 + day)).toISOString().slice(0, 10)

async function writeScene(fieldOf, year, day) {
  const date = isoDate(years[year], day)
  const dice = random.fork(`scene ${date}`)
  const mask = cloudMask(dice)
  const values = new Float32Array(bands.length * size * size) // [band, row, column]
  bands.forEach((_, band) => {
    for (let i = 0; i < size * size; i++) {
      const value = reflectance(fieldOf[i], year, day, band) + 0.02 * dice.normal()
      // Steps of 0.002 keep the files small; the noise is ten times larger.
      values[band * size * size + i] = mask[i] ? NaN : 20 * Math.round(Math.max(0, value) * 500)
    }
  })
  const options = {
    path: join(folder, `crops_${date}.tif`),
    grid,
    dtype: 'int16',
    bands: bands.map((description) => ({ description })),
    nodata,
    tileSize: size,
  }
  await writeGeoTiff(options, (writer) => writer.writeWindow(whole, values))
}
const whole = { row: 0, column: 0, height: size, width: size }

async function writeTruth(fieldOf, year) {
  const options = {
    path: join(truthFolder, `truth_${years[year]}.tif`),
    grid,
    dtype: 'uint8',
    bands: [{ description: 'class' }],
    classNames,
    tileSize: size,
  }
  await writeGeoTiff(options, (writer) =>
    writer.writeWindow(
      whole,
      fieldOf.map((field) => field.labels[year]),
    ),
  )
}

/** Longitude and latitude of a place on the pixel grid, to 0.1 m. */
function place(projector, column, row) {
  return projector.toLonLat(...pixelToMap(grid.geoTransform, column, row)).map((degree) => Number(degree.toFixed(6)))
}

/** Two labelled points per field and year, away from the field's edge. */
async function writePoints(fields, projector) {
  const dice = random.fork('points')
  const lines = ['longitude,latitude,from,to,label']
  for (const field of fields)
    years.forEach((year, index) => {
      const inner = []
      for (let row = field.row + 1; row < field.row + field.height - 1; row++)
        for (let column = field.column + 1; column < field.column + field.width - 1; column++) inner.push([column, row])
      for (const [column, row] of dice.shuffled(inner).slice(0, 2)) {
        const [longitude, latitude] = place(projector, column + 0.5, row + 0.5)
        lines.push(`${longitude},${latitude},${year}-01-01,${year + 1}-01-01,${classNames[field.labels[index]]}`)
      }
    })
  await writeFile(join(folder, 'samples.csv'), `${lines.join('\n')}\n`)
  return lines.length - 1
}

/** The fields of the last year as polygons, the other form in which labels may come. */
async function writePolygons(fields, projector) {
  const [from, to] = [`${years.at(-1)}-01-01`, `${years.at(-1) + 1}-01-01`]
  const features = fields.map((field) => {
    const [left, top, right, bottom] = [field.column, field.row, field.column + field.width, field.row + field.height]
    const corners = [
      [left, top],
      [left, bottom],
      [right, bottom],
      [right, top],
      [left, top],
    ]
    return {
      type: 'Feature',
      properties: { label: classNames[field.labels.at(-1)], from, to },
      geometry: { type: 'Polygon', coordinates: [corners.map(([column, row]) => place(projector, column, row))] },
    }
  })
  const lines = features.map((feature) => JSON.stringify(feature)).join(',\n')
  await writeFile(join(folder, 'fields.geojson'), `{"type":"FeatureCollection","features":[\n${lines}\n]}\n`)
}

for (const made of [folder, truthFolder]) {
  await rm(made, { recursive: true, force: true })
  await mkdir(made, { recursive: true })
}
const fields = makeFields()
const fieldOf = Array.from({ length: size * size }, (_, i) => {
  const [row, column] = [Math.floor(i / size), i % size]
  return fields.find(
    (field) =>
      row >= field.row &&
      row < field.row + field.height &&
      column >= field.column &&
      column < field.column + field.width,
  )
})
const projector = createProjector(grid.crs)
for (let year = 0; year < years.length; year++) {
  for (let step = 0; step < 23; step++) await writeScene(fieldOf, year, 16 * step)
  await writeTruth(fieldOf, year)
}
const points = await writePoints(fields, projector)
await writePolygons(fields, projector)
console.log(`${fields.length} fields, ${23 * years.length} dates and ${points} labelled points in ${folder}`)
