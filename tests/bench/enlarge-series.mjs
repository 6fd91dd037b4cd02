// Makes a long series of a short one: copies its files with new positions, numbers and UIDs, byte for byte otherwise.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import dicomParser from 'dicom-parser'

/**
 * Writes `count` slices, evenly spaced along the normal of the series in `from`, into `to`. Returns their bytes together.
 * @param options.series  makes it a series of its own
 * @param options.spacing  between two slices, in mm; 0 leaves each where it was, so that `count` is at most that of the files in `from`
 */
export function enlargeSeries(from, to, count, { series, spacing = 0.9 } = {}) {
  mkdirSync(to, { recursive: true })
  const sources = readdirSync(from)
    .filter((name) => name.endsWith('.dcm'))
    .sort()
    .map((name) => readFileSync(join(from, name)))
  const first = dicomParser.parseDicom(sources[0])
  const [rx, ry, rz, cx, cy, cz] = numbers(first.string('x00200037'))
  const normal = [ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx]
  const origin = numbers(first.string('x00200032'))
  let bytes = 0
  for (let i = 0; i < count; i++) {
    const file = Buffer.from(sources[i % sources.length])
    const { elements } = dicomParser.parseDicom(file)
    const place = origin.map((value, axis) => value + i * spacing * normal[axis])
    if (spacing > 0) patch(file, elements.x00200032, place.map((value) => Number(value.toFixed(3))).join('\\'), ' ')
    patch(file, elements.x00200013, String((i + 1) % 100), ' ') // Order comes from the positions.
    if (spacing > 0 && elements.x00201041) patch(file, elements.x00201041, (i * spacing).toFixed(1), ' ')
    for (const uid of [elements.x00020003, elements.x00080018])
      if (uid) patch(file, uid, `1.2.826.0.1.3680043.10.999.${series ?? 0}.${i + 1}`, '\0')
    if (series !== undefined) patch(file, elements.x0020000e, `1.2.826.0.1.3680043.10.999.${series}`, '\0')
    writeFileSync(join(to, `slice-${String(i).padStart(4, '0')}.dcm`), file)
    bytes += file.length
  }
  return bytes
}

function numbers(text) {
  return text.split('\\').map(Number)
}

function patch(file, { dataOffset, length }, text, padding) {
  if (text.length > length) throw new Error(`"${text}" does not fit into ${length} bytes`)
  file.write(text.padEnd(length, padding), dataOffset, 'latin1')
}
