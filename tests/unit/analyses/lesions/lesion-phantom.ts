import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'
import {
  aroundCentre,
  inverted,
  moved,
  type PatientTransform,
  turnedBy,
} from '../../../../shared/domain/medical/patient-transform.ts'
import { placeOf, type PatientVector, type VolumeGeometry } from '../../../../shared/domain/medical/volume-geometry.ts'
import { type DicomElement, writePart10 } from '../../../../electron/formats/dicom/write-part10.ts'

/** A lesion at one date: a body whose inside is known exactly. Places in mm of the first study. */
export type Shape =
  | { readonly kind: 'sphere'; readonly centre: PatientVector; readonly radiusMm: number }
  | { readonly kind: 'ellipsoid'; readonly centre: PatientVector; readonly radiiMm: PatientVector }
  /** Bumps on a sphere: radius · (1 + bump · sin 3φ · sin² θ). */
  | { readonly kind: 'irregular'; readonly centre: PatientVector; readonly radiusMm: number; readonly bump: number }

/** A lesion of the phantom; `null` where it is not there. One date may hold several bodies of it (a split). */
export interface PhantomLesion {
  readonly name: string
  readonly dates: readonly (readonly Shape[] | null)[]
}

/** One study of the phantom. */
export interface PhantomStudy {
  /** `20240115` */
  readonly date: string
  readonly geometry: VolumeGeometry
  /** Places of the first study to places of this one. */
  readonly pose: PatientTransform
}

/** What is made. */
export interface Phantom {
  readonly patientId: string
  readonly lesions: readonly PhantomLesion[]
  readonly studies: readonly PhantomStudy[]
  /** Standard deviation of the noise; lesions are 300 above what is around them. */
  readonly noise: number
}

/** Even or uneven stack of slices with any direction and shear. */
export function stack(options: {
  readonly size: readonly [slices: number, rows: number, columns: number]
  readonly spacingMm: readonly [slice: number, row: number, column: number]
  /** Middle of the stack. */
  readonly middle?: PatientVector
  /** Turn of the whole stack, in degrees about x, y, z. */
  readonly turnDegrees?: PatientVector
  /** Gantry tilt: slices are shifted along their columns, in degrees. */
  readonly tiltDegrees?: number
  /** Slices that are left out. */
  readonly missing?: readonly number[]
}): VolumeGeometry {
  const { size, spacingMm, middle = [0, 0, 0], turnDegrees = [0, 0, 0], tiltDegrees = 0, missing = [] } = options
  const [slices, rows, columns] = size
  const turn = turnedBy(turnDegrees.map((angle) => (angle * Math.PI) / 180) as unknown as PatientVector)
  const axis = (i: number, length: number): PatientVector =>
    turn.map((row) => (row[i] ?? 0) * length) as unknown as PatientVector
  const [columnStep, rowStep, normal] = [axis(0, spacingMm[2]), axis(1, spacingMm[1]), axis(2, 1)]
  const shear = Math.tan((tiltDegrees * Math.PI) / 180) / spacingMm[1]
  const origins = Array.from({ length: slices }, (_, slice) => {
    const depth = (slice - (slices - 1) / 2) * spacingMm[0]
    const [r, c] = [-(rows - 1) / 2 + shear * depth, -(columns - 1) / 2]
    return [0, 1, 2].map(
      (i) => (middle[i] ?? 0) + depth * (normal[i] ?? 0) + r * (rowStep[i] ?? 0) + c * (columnStep[i] ?? 0),
    ) as unknown as PatientVector
  }).filter((_, slice) => !missing.includes(slice))
  return { size: { slices: origins.length, rows, columns }, origins, columnStep, rowStep, frameOfReference: null }
}

/** A rigid pose: turn about the origin in degrees, then shift in mm. */
export function pose(turnDegrees: PatientVector, shiftMm: PatientVector): PatientTransform {
  const radians = turnDegrees.map((angle) => (angle * Math.PI) / 180) as unknown as PatientVector
  return aroundCentre(turnedBy(radians), [0, 0, 0], shiftMm)
}

/** Whether a place lies in a shape. */
export function isInside(shape: Shape, [x, y, z]: PatientVector): boolean {
  const [dx, dy, dz] = [x - shape.centre[0], y - shape.centre[1], z - shape.centre[2]]
  if (shape.kind === 'ellipsoid') {
    const [a, b, c] = shape.radiiMm
    return (dx / a) ** 2 + (dy / b) ** 2 + (dz / c) ** 2 <= 1
  }
  const distance = Math.hypot(dx, dy, dz)
  if (shape.kind === 'sphere') return distance <= shape.radiusMm
  if (distance === 0) return true
  const sine = 1 - (dz / distance) ** 2
  return distance <= shape.radiusMm * (1 + shape.bump * Math.sin(3 * Math.atan2(dy, dx)) * sine)
}

/** Volume of a shape in mm3: by formula, or for irregular ones by fine counting (within 0.2 %). */
export function shapeVolume(shape: Shape): number {
  if (shape.kind === 'sphere') return (4 / 3) * Math.PI * shape.radiusMm ** 3
  if (shape.kind === 'ellipsoid') return (4 / 3) * Math.PI * shape.radiiMm[0] * shape.radiiMm[1] * shape.radiiMm[2]
  const reach = shape.radiusMm * (1 + shape.bump)
  const n = 90
  const step = (2 * reach) / n
  let count = 0
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      for (let k = 0; k < n; k++) {
        const place = [i, j, k].map((at, axis) => (shape.centre[axis] ?? 0) - reach + (at + 0.5) * step)
        if (isInside(shape, place as unknown as PatientVector)) count++
      }
  return count * step ** 3
}

/** Signal of the body around the lesions, in mm of the first study: not even, so that it can be registered. */
function bodySignal([x, y, z]: PatientVector): number {
  const shell = Math.hypot(x / 62, (y + 4) / 74, z / 66)
  if (shell > 1) return 20
  if (shell > 0.93) return 330
  let signal = 250 + 40 * Math.sin(x / 9 + 0.4) * Math.cos(y / 11) * Math.sin(z / 10 + 1)
  for (const [cx, cy, cz, r] of [
    [12, -8, 14, 11],
    [-14, -4, 12, 9],
    [4, 34, -20, 13],
    [-28, -30, -16, 8],
    [30, 12, -26, 7],
  ] as const)
    if (Math.hypot(x - cx, y - cy, z - cz) < r) signal = 90
  return signal
}

const lesionSignal = 620

/** Values of a study [slice, row, column]: each voxel the mean over 2 x 2 pixels and three depths, then noise. */
export function phantomValues(phantom: Phantom, study: number): Float32Array {
  const own = phantom.studies[study]
  if (!own) throw new Error('no such study')
  const { geometry } = own
  const { slices, rows, columns } = geometry.size
  const back = inverted(own.pose)
  const shapes = phantom.lesions.flatMap(({ dates }) => dates[study] ?? [])
  const random = new SeededRandom(3 + study)
  const values = new Float32Array(slices * rows * columns)
  const normal = unitNormal(geometry)
  const height = slices > 1 ? Math.abs(depthBetween(geometry)) : 1
  // Near lesions the mean is over many more parts, so that their volume is known to a fraction of a voxel.
  for (let s = 0, i = 0; s < slices; s++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, i++) {
        const middle = moved(back, placeOf(geometry, s, r, c))
        const near = shapes.filter((shape) => isNear(shape, middle, 2 + height))
        const parts = near.length > 0 ? 4 : 1
        let sum = 0
        for (let a = 0; a < parts; a++)
          for (let b = 0; b < parts; b++)
            for (let d = 0; d < parts; d++) {
              const offset = (k: number): number => (k + 0.5) / parts - 0.5
              const at = placeOf(geometry, s, r + offset(a), c + offset(b))
              const depth = offset(d) * height
              const place = moved(back, [
                at[0] + depth * normal[0],
                at[1] + depth * normal[1],
                at[2] + depth * normal[2],
              ])
              sum += near.some((shape) => isInside(shape, place)) ? lesionSignal : bodySignal(place)
            }
        values[i] = Math.max(0, sum / parts ** 3 + phantom.noise * random.normal())
      }
  return values
}

/** 1 where the middle of a voxel lies in a lesion, else 0. */
export function phantomMask(phantom: Phantom, study: number): Uint8Array {
  const own = phantom.studies[study]
  if (!own) throw new Error('no such study')
  const { slices, rows, columns } = own.geometry.size
  const back = inverted(own.pose)
  const shapes = phantom.lesions.flatMap(({ dates }) => dates[study] ?? [])
  const mask = new Uint8Array(slices * rows * columns)
  for (let s = 0, i = 0; s < slices; s++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, i++) {
        const place = moved(back, placeOf(own.geometry, s, r, c))
        if (shapes.some((shape) => isNear(shape, place, 0) && isInside(shape, place))) mask[i] = 1
      }
  return mask
}

function isNear(shape: Shape, place: PatientVector, margin: number): boolean {
  const reach =
    shape.kind === 'ellipsoid'
      ? Math.max(...shape.radiiMm)
      : shape.radiusMm * (shape.kind === 'irregular' ? 1 + shape.bump : 1)
  return Math.hypot(place[0] - shape.centre[0], place[1] - shape.centre[1], place[2] - shape.centre[2]) < reach + margin
}

function unitNormal({ columnStep: c, rowStep: r }: VolumeGeometry): PatientVector {
  const n = [c[1] * r[2] - c[2] * r[1], c[2] * r[0] - c[0] * r[2], c[0] * r[1] - c[1] * r[0]]
  const length = Math.hypot(...n)
  return n.map((value) => value / length) as unknown as PatientVector
}

function depthBetween(geometry: VolumeGeometry): number {
  const normal = unitNormal(geometry)
  const [a, b] = [geometry.origins[0] ?? [0, 0, 0], geometry.origins[1] ?? [0, 0, 0]]
  return (b[0] - a[0]) * normal[0] + (b[1] - a[1]) * normal[1] + (b[2] - a[2]) * normal[2]
}

const uid = (name: string): string => {
  const bytes = createHash('sha256').update(`lesion phantom ${name}`).digest().subarray(0, 16)
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`
}

const decimals = (values: readonly number[]): string =>
  values.map((value) => String(Number(value.toFixed(6)))).join('\\')

/** Writes one study as DICOM, a file for each slice. @returns its folder */
export function writePhantomStudy(phantom: Phantom, study: number, root: string): string {
  const own = phantom.studies[study]
  if (!own) throw new Error('no such study')
  const folder = join(root, `study-${study + 1}`)
  mkdirSync(folder, { recursive: true })
  const values = phantomValues(phantom, study)
  const { geometry } = own
  const { slices, rows, columns } = geometry.size
  const [rowMm, columnMm] = [Math.hypot(...geometry.rowStep), Math.hypot(...geometry.columnStep)]
  for (let slice = 0; slice < slices; slice++) {
    const pixels = Uint16Array.from(values.subarray(slice * rows * columns, (slice + 1) * rows * columns), Math.round)
    const name = `${phantom.patientId} ${study}`
    const elements: DicomElement[] = [
      ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.4'],
      ['00080018', 'UI', uid(`${name} ${slice}`)],
      ['00080020', 'DA', own.date],
      ['00080060', 'CS', 'MR'],
      ['0008103e', 'LO', 'phantom'],
      ['00100010', 'PN', 'Phantom^Lesion'],
      ['00100020', 'LO', phantom.patientId],
      ['00180050', 'DS', String(Math.abs(depthBetween(geometry)))],
      ['0020000d', 'UI', uid(`${name} study`)],
      ['0020000e', 'UI', uid(`${name} series`)],
      ['00200011', 'IS', '1'],
      ['00200013', 'IS', String(slice + 1)],
      ['00200032', 'DS', decimals(placeOf(geometry, slice, 0, 0))],
      [
        '00200037',
        'DS',
        decimals([
          ...geometry.columnStep.map((value) => value / columnMm),
          ...geometry.rowStep.map((value) => value / rowMm),
        ]),
      ],
      ['00200052', 'UI', uid(`${name} frame of reference`)],
      ['00280002', 'US', [1]],
      ['00280004', 'CS', 'MONOCHROME2'],
      ['00280010', 'US', [rows]],
      ['00280011', 'US', [columns]],
      ['00280030', 'DS', decimals([rowMm, columnMm])],
      ['00280100', 'US', [16]],
      ['00280101', 'US', [16]],
      ['00280102', 'US', [15]],
      ['00280103', 'US', [0]],
      ['7fe00010', 'OW', new Uint8Array(pixels.buffer)],
    ]
    // Names say nothing of the order: it comes from the positions.
    writeFileSync(join(folder, `IM${String((slice * 7) % 1000).padStart(4, '0')}_${slice}.dcm`), writePart10(elements))
  }
  return folder
}

/** Writes a mask as NIfTI (uint8, sform) on the grid of a study; a sheared stack cannot be written so. */
export function writeNiftiMask(mask: Uint8Array, geometry: VolumeGeometry, path: string): void {
  const header = Buffer.alloc(352)
  const { slices, rows, columns } = geometry.size
  header.writeInt32LE(348, 0)
  ;[3, columns, rows, slices, 1, 1, 1, 1].forEach((value, i) => header.writeInt16LE(value, 40 + 2 * i))
  header.writeInt16LE(2, 70)
  header.writeInt16LE(8, 72)
  const [first, next] = [geometry.origins[0] ?? [0, 0, 0], geometry.origins[1] ?? [0, 0, 1]]
  const sliceStep = next.map((value, i) => value - (first[i] ?? 0))
  const spacing = [1, geometry.columnStep, geometry.rowStep, sliceStep].map((v) =>
    v === 1 ? 1 : Math.hypot(...(v as number[])),
  )
  spacing.forEach((value, i) => header.writeFloatLE(value, 76 + 4 * i))
  header.writeFloatLE(352, 108)
  header.writeFloatLE(1, 112)
  header.writeUInt8(2, 123)
  header.writeInt16LE(0, 252)
  header.writeInt16LE(1, 254)
  for (let axis = 0; axis < 3; axis++) {
    const sign = axis < 2 ? -1 : 1
    const row = [geometry.columnStep[axis], geometry.rowStep[axis], sliceStep[axis], first[axis]]
    row.forEach((value, i) => header.writeFloatLE(sign * (value ?? 0), 280 + 16 * axis + 4 * i))
  }
  header.write('n+1\0', 344, 'latin1')
  writeFileSync(path, Buffer.concat([header, mask]))
}
