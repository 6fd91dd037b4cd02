// Makes resources/samples/phantom: three dated MR studies of one invented patient, the same bytes every time. One lesion grows,
// one vanishes, one stays. Run by hand after a change here (`npm run build && node scripts/make-phantom.mjs`); its result is
// committed, with phantom-recipe.json, which says where the lesions are. See docs/formats-dicom.md.
import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writePart10 } from '../dist/electron/formats/dicom/write-part10.js'
import { SeededRandom } from '../dist/shared/base/seeded-random.js'

const root = fileURLToPath(new URL('../resources/samples', import.meta.url))
const [rows, columns, slices] = [96, 96, 24]
/** Distance of rows, of columns and of slices in mm. */
const [rowMm, columnMm, sliceMm] = [2, 2, 5]
/** Middle of the first pixel of the first slice, in mm of the patient (LPS). */
const corner = [-95, -100, -55]
const noise = 11

/** Radii in mm, one for each study; 0 where the lesion is not there. */
const lesions = [
  { name: 'growing', centre: [34, -22, 18], radiiMm: [5, 8, 11], signal: 620 },
  { name: 'vanishing', centre: [-36, 18, 10], radiiMm: [9, 6, 0], signal: 600 },
  { name: 'stable', centre: [-24, -40, 30], radiiMm: [6, 6, 6], signal: 590 },
]
const studies = [
  { folder: 'study-1', date: '20240115', time: '091500' },
  { folder: 'study-2', date: '20240716', time: '102000' },
  { folder: 'study-3', date: '20250120', time: '084500' },
]

/** A UID that depends on nothing but the name; PS3.5 B.2 (UUID-derived form). */
const uid = (name) => {
  const bytes = createHash('sha256').update(`chronolens phantom ${name}`).digest().subarray(0, 16)
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`
}

/** 1 inside an ellipsoid, 0 outside, smooth over about a millimetre at its edge. */
const inside = ([x, y, z], [cx, cy, cz], [rx, ry, rz], edgeMm = 1.2) => {
  const distance = Math.hypot((x - cx) / rx, (y - cy) / ry, (z - cz) / rz)
  return 1 / (1 + Math.exp(((distance - 1) * Math.min(rx, ry, rz)) / edgeMm))
}
const mix = (below, above, share) => below + (above - below) * share

/** Signal of a FLAIR-like image at a place: scalp, skull, grey and white matter, dark ventricles, bright lesions. */
function signalAt(place, study) {
  const [x, y, z] = place
  let signal = mix(0, 430, inside(place, [0, -5, 5], [78, 89, 76])) // scalp
  signal = mix(signal, 40, inside(place, [0, -5, 5], [72, 83, 70])) // bone
  signal = mix(signal, 380, inside(place, [0, -5, 5], [67, 78, 65])) // grey matter
  const folds = 4 * Math.sin(x / 7) * Math.sin(y / 8) * Math.sin(z / 9)
  signal = mix(signal, 300, inside(place, [0, -5, 5], [57 + folds, 72 + folds, 54 + folds])) // white matter
  signal = mix(signal, 390, Math.max(inside(place, [15, -14, 4], [8, 12, 9]), inside(place, [-15, -14, 4], [8, 12, 9])))
  for (const side of [-1, 1]) signal = mix(signal, 60, inside(place, [11 * side, -8 + 0.3 * z, 16], [6, 28, 9]))
  signal = mix(signal, 60, inside(place, [0, 2, 2], [2.5, 11, 8]))
  if (Math.abs(x) < 1.2 && z > 20) signal *= 0.75 // the gap between the hemispheres
  for (const { centre, radiiMm, signal: bright } of lesions) {
    const radius = radiiMm[study]
    if (radius > 0) signal = mix(signal, bright, inside(place, centre, [radius, 1.15 * radius, 1.3 * radius], 0.8))
  }
  return signal
}

function slicePixels(study, slice, random) {
  const dice = random.fork(`${study} ${slice}`)
  const pixels = Buffer.alloc(rows * columns * 2)
  const z = corner[2] + slice * sliceMm
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const place = [corner[0] + column * columnMm, corner[1] + row * rowMm, z]
      // Coils are never quite even; the noise of magnitudes is Rician.
      const bias = 1 + 0.06 * Math.sin((place[0] + 40 * study) / 70) + 0.04 * Math.cos(place[1] / 60)
      const signal = signalAt(place, study) * bias * (1 + 0.03 * study)
      const value = Math.hypot(signal + noise * dice.normal(), noise * dice.normal())
      pixels.writeUInt16LE(Math.min(4095, Math.round(value)), 2 * (row * columns + column))
    }
  return pixels
}

const decimal = (value) => String(Math.round(value * 1e6) / 1e6)

function sliceElements(index, slice, pixels) {
  const { date, time } = studies[index]
  const number = String(slice + 1)
  const z = corner[2] + slice * sliceMm
  return [
    ['00080005', 'CS', 'ISO_IR 192'],
    ['00080008', 'CS', 'DERIVED\\PRIMARY\\OTHER'],
    ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.4'],
    ['00080018', 'UI', uid(`image ${index} ${slice}`)],
    ['00080020', 'DA', date],
    ['00080021', 'DA', date],
    ['00080022', 'DA', date],
    ['00080023', 'DA', date],
    ['00080030', 'TM', time],
    ['00080031', 'TM', time],
    ['00080032', 'TM', time],
    ['00080033', 'TM', time],
    ['00080050', 'SH', ''],
    ['00080060', 'CS', 'MR'],
    ['00080070', 'LO', 'Chronolens'],
    ['00080090', 'PN', ''],
    ['00081030', 'LO', `Phantom head ${index + 1}`],
    ['0008103e', 'LO', 'FLAIR axial (synthetic)'],
    ['00081090', 'LO', 'make-phantom'],
    ['00100010', 'PN', 'Phantom^Chronolens'],
    ['00100020', 'LO', 'PHANTOM-1'],
    ['00100030', 'DA', '19700101'],
    ['00100040', 'CS', 'O'],
    ['00120062', 'CS', 'YES'],
    ['00120063', 'LO', 'Synthetic image; nobody was scanned'],
    ['00180015', 'CS', 'HEAD'],
    ['00180020', 'CS', 'SE\\IR'],
    ['00180021', 'CS', 'NONE'],
    ['00180022', 'CS', ''],
    ['00180023', 'CS', '2D'],
    ['00180050', 'DS', String(sliceMm)],
    ['00180080', 'DS', '9000'],
    ['00180081', 'DS', '120'],
    ['00180082', 'DS', '2500'],
    ['00180088', 'DS', String(sliceMm)],
    ['00180091', 'IS', '1'],
    ['00185100', 'CS', 'HFS'],
    ['0020000d', 'UI', uid(`study ${index}`)],
    ['0020000e', 'UI', uid(`series ${index}`)],
    ['00200010', 'SH', String(index + 1)],
    ['00200011', 'IS', '1'],
    ['00200013', 'IS', number],
    ['00200032', 'DS', [corner[0], corner[1], z].map(decimal).join('\\')],
    ['00200037', 'DS', '1\\0\\0\\0\\1\\0'],
    ['00200052', 'UI', uid('frame of reference')],
    ['00201040', 'LO', ''],
    ['00280002', 'US', [1]],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280010', 'US', [rows]],
    ['00280011', 'US', [columns]],
    ['00280030', 'DS', `${rowMm}\\${columnMm}`],
    ['00280100', 'US', [16]],
    ['00280101', 'US', [12]],
    ['00280102', 'US', [11]],
    ['00280103', 'US', [0]],
    ['00281050', 'DS', '330'],
    ['00281051', 'DS', '660'],
    ['00282110', 'CS', '00'],
    ['7fe00010', 'OW', pixels],
  ]
}

const target = join(root, 'phantom')
await rm(target, { recursive: true, force: true })
const random = new SeededRandom(7)
let bytes = 0
for (const [index, { folder }] of studies.entries()) {
  await mkdir(join(target, folder), { recursive: true })
  for (let slice = 0; slice < slices; slice++) {
    const elements = sliceElements(index, slice, slicePixels(index, slice, random))
    const file = writePart10(elements)
    bytes += file.length
    await writeFile(join(target, folder, `IM${String(slice + 1).padStart(4, '0')}.dcm`), file)
  }
}
const recipe = {
  what: 'Synthetic FLAIR-like MR of a head phantom, three studies of one invented patient; places in mm (LPS).',
  made: 'scripts/make-phantom.mjs',
  seed: 7,
  studies: studies.map(({ folder, date }) => ({ folder, date })),
  size: { rows, columns, slices, spacingMm: [rowMm, columnMm, sliceMm], corner },
  lesions: lesions.map((lesion) => ({ ...lesion, shape: 'ellipsoid of radii r, 1.15 r, 1.3 r along x, y, z' })),
}
await writeFile(join(root, 'phantom-recipe.json'), `${JSON.stringify(recipe, null, 2)}\n`)
console.log(`${studies.length} studies of ${slices} slices, ${Math.round(bytes / 1024)} KiB, in ${target}`)
