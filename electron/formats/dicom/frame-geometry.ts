import type { Elements } from './elements.ts'
import type { DicomFrame, FrameKeys, Vector3 } from './image.ts'
import { readDateTime, readDateTimeValue } from './dicom-date.ts'

const sharedGroups = 'x52009229'
const perFrameGroups = 'x52009230'

/**
 * Describes the frames of a file: from the functional groups of enhanced objects, from the frame vectors of nuclear
 * medicine and dose, else from the file's own plane. PS3.3 C.7.6.16, C.8.8.3.
 * @param count number of frames, at least 1
 */
export function describeFrames(elements: Elements, count: number): DicomFrame[] {
  const shared = elements.item(sharedGroups)
  const perFrame = elements.items(perFrameGroups)
  const base = plainFrame(elements)
  if (!shared && perFrame.length === 0)
    return Array.from({ length: count }, (_, index) => plainFrameAt(elements, base, index, count))
  return Array.from({ length: count }, (_, index) => groupedFrame(perFrame[index] ?? null, shared, base, index))
}

/** A vector of the patient; null unless it has three numbers. */
function vector(numbers: readonly number[], from = 0): Vector3 | null {
  const [x, y, z] = numbers.slice(from, from + 3)
  return x === undefined || y === undefined || z === undefined ? null : [x, y, z]
}

/** Directions of a row and a column, made exactly one long; null when they are missing, zero or not at right angles. */
function orientationOf(numbers: readonly number[]): DicomFrame['orientation'] {
  const [row, column] = [vector(numbers), vector(numbers, 3)]
  if (!row || !column) return null
  const [rowLength, columnLength] = [Math.hypot(...row), Math.hypot(...column)]
  if (!(rowLength > 0.5 && columnLength > 0.5)) return null
  const unit = ([x, y, z]: Vector3, length: number): Vector3 => [x / length, y / length, z / length]
  const [right, down] = [unit(row, rowLength), unit(column, columnLength)]
  const cosine = right[0] * down[0] + right[1] * down[1] + right[2] * down[2]
  return Math.abs(cosine) < 0.01 ? [right, down] : null
}

function pairOf(numbers: readonly number[]): readonly [number, number] | null {
  const [row = 0, column = 0] = numbers
  return row > 0 && column > 0 ? [row, column] : null
}

function plainFrame(elements: Elements): DicomFrame {
  const keys: FrameKeys = {
    temporalPosition: elements.number('x00200100', 'IS'),
    triggerTime: elements.number('x00181060', 'DS'),
    bValue: elements.number('x00189087', 'FD'),
    echoTime: elements.number('x00180081', 'DS'),
    acquisitionNumber: elements.number('x00200012', 'IS'),
  }
  // Nuclear medicine states the plane of its detector; PS3.3 C.8.4.11.
  const detector = elements.item('x00540022')
  const has = elements.has('x00200037')
  const plane = !has && detector ? detector : elements
  return {
    index: 0,
    position: vector(plane.numbers('x00200032', 'DS')),
    orientation: orientationOf(plane.numbers('x00200037', 'DS')),
    pixelSpacing: pairOf(elements.numbers('x00280030', 'DS')),
    sliceThickness: elements.number('x00180050', 'DS'),
    slope: slopeOf(elements) ?? elements.number('x3004000e', 'DS') ?? 1,
    intercept: elements.number('x00281052', 'DS') ?? 0,
    time: timeOf(elements),
    type: elements.text('x00080008'),
    keys,
  }
}

/** A slope of 0 would make all values equal; some writers leave it so. */
function slopeOf(elements: Elements): number | null {
  return elements.number('x00281053', 'DS') || null
}

function timeOf(elements: Elements): string | null {
  const whole = readDateTimeValue(elements.text('x0008002a'))
  if (whole) return whole
  const [date, time] = [elements.text('x00080022'), elements.text('x00080032')]
  if (time !== '') return readDateTime(date === '' ? elements.text('x00080020') : date, time)
  return readDateTime(elements.text('x00080023'), elements.text('x00080033'))
}

/** Frames of objects without functional groups: their places come from vectors along the normal, where there are any. */
function plainFrameAt(elements: Elements, base: DicomFrame, index: number, count: number): DicomFrame {
  if (count === 1) return base
  const offset = frameOffset(elements, index)
  const { position, orientation } = base
  if (offset === null || !position || !orientation) return { ...base, index, position: null, orientation: null }
  const [right, down] = orientation
  const normal = cross(right, down)
  const moved: Vector3 = [
    position[0] + normal[0] * offset,
    position[1] + normal[1] * offset,
    position[2] + normal[2] * offset,
  ]
  return { ...base, index, position: moved }
}

/** Distance of a frame from the first one along the normal; null where frames are no slices. */
function frameOffset(elements: Elements, index: number): number | null {
  const offsets = elements.numbers('x3004000c', 'DS') // Grid Frame Offset Vector of a dose
  const [first, own] = [offsets[0], offsets[index]]
  // Either distances from the first frame (which is 0), or places in the patient; PS3.3 C.8.8.3.2.
  if (first !== undefined && own !== undefined) return own - first
  const slice = elements.numbers('x00540080', 'US')[index] // Slice Vector of a tomographic NM image
  const spacing = elements.number('x00180088', 'DS')
  return slice !== undefined && spacing !== null ? (slice - 1) * spacing : null
}

function groupedFrame(own: Elements | null, shared: Elements | null, base: DicomFrame, index: number): DicomFrame {
  const group = (tag: string): Elements | null => own?.item(tag) ?? shared?.item(tag) ?? null
  const measures = group('x00289110')
  const content = group('x00209111')
  const values = group('x00289145')
  const type = group('x00189226') ?? group('x00189329') ?? group('x00189751')
  const time =
    readDateTimeValue(content?.text('x00189074') ?? '') ?? readDateTimeValue(content?.text('x00189151') ?? '')
  return {
    index,
    position: vector(group('x00209113')?.numbers('x00200032', 'DS') ?? []) ?? base.position,
    orientation: orientationOf(group('x00209116')?.numbers('x00200037', 'DS') ?? []) ?? base.orientation,
    pixelSpacing: pairOf(measures?.numbers('x00280030', 'DS') ?? []) ?? base.pixelSpacing,
    sliceThickness: measures?.number('x00180050', 'DS') ?? base.sliceThickness,
    slope: (values && slopeOf(values)) ?? base.slope,
    intercept: values?.number('x00281052', 'DS') ?? base.intercept,
    time: time ?? base.time,
    type: type?.text('x00089007') ?? base.type,
    keys: {
      temporalPosition: content?.number('x00209128', 'UL') ?? base.keys.temporalPosition,
      triggerTime: group('x00189118')?.number('x00209153', 'FD') ?? base.keys.triggerTime,
      bValue: group('x00189117')?.number('x00189087', 'FD') ?? base.keys.bValue,
      echoTime: group('x00189114')?.number('x00189082', 'FD') ?? base.keys.echoTime,
      acquisitionNumber: content?.number('x00209156', 'US') ?? base.keys.acquisitionNumber,
    },
  }
}

/** The direction at right angles to two others. */
export function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/** How far a place lies along a direction. */
export function along(place: Vector3, direction: Vector3): number {
  return place[0] * direction[0] + place[1] * direction[1] + place[2] * direction[2]
}
