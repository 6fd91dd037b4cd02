import { AppError } from '../base/app-error.ts'

/**
 * Runs of a mask, column by column from the top left, the first of them unset, as COCO counts them.
 * @param bits  [height × width], row by row; any value but 0 is set
 * @returns     lengths of the runs by turns unset and set; they add up to height × width
 * Source: COCO API, maskApi.c, rleEncode
 */
export function runsOfMask(bits: ArrayLike<number>, height: number, width: number): number[] {
  const runs: number[] = []
  let [isSet, length] = [false, 0]
  for (let column = 0; column < width; column++)
    for (let row = 0; row < height; row++) {
      const isSetHere = (bits[row * width + column] ?? 0) !== 0
      if (isSetHere === isSet) length++
      else {
        runs.push(length)
        isSet = isSetHere
        length = 1
      }
    }
  runs.push(length)
  return runs
}

/**
 * The mask of such runs, [height × width], row by row, 0 and 1.
 * @throws `labels/bad-mask` when the runs do not add up to height × width
 */
export function maskOfRuns(runs: readonly number[], height: number, width: number): Uint8Array {
  const bits = new Uint8Array(height * width)
  let at = 0
  runs.forEach((length, index) => {
    if (!Number.isInteger(length) || length < 0 || at + length > bits.length) throw badMask(height, width)
    if (index % 2 === 1) for (let i = at; i < at + length; i++) bits[(i % height) * width + Math.floor(i / height)] = 1
    at += length
  })
  if (at !== bits.length) throw badMask(height, width)
  return bits
}

/** How many pixels of such runs are set. */
export function areaOfRuns(runs: readonly number[]): number {
  return runs.reduce((area, length, index) => (index % 2 === 1 ? area + length : area), 0)
}

/**
 * Runs as COCO's short text: from the fourth on the difference to the one before the last, five bits to a character.
 * Source: COCO API, maskApi.c, rleToString
 */
export function rleToText(runs: readonly number[]): string {
  let text = ''
  runs.forEach((length, index) => {
    let rest = index > 2 ? length - (runs[index - 2] ?? 0) : length
    for (let isMore = true; isMore;) {
      let part = rest & 0x1f
      rest >>= 5
      isMore = (part & 0x10) !== 0 ? rest !== -1 : rest !== 0
      if (isMore) part |= 0x20
      text += String.fromCharCode(part + 48)
    }
  })
  return text
}

/** The runs in such a text. @throws `labels/bad-mask` when it is none */
export function rleFromText(text: string): number[] {
  const runs: number[] = []
  for (let at = 0; at < text.length;) {
    let [length, shift, isMore] = [0, 0, true]
    while (isMore) {
      const part = text.charCodeAt(at++) - 48
      if (!(part >= 0 && part < 64) || shift > 30)
        throw new AppError('labels/bad-mask', `Character ${at} of the run lengths of a mask does not belong there.`)
      length |= (part & 0x1f) << shift
      shift += 5
      isMore = (part & 0x20) !== 0
      if (!isMore && (part & 0x10) !== 0 && shift < 32) length |= -1 << shift
    }
    runs.push(runs.length > 2 ? length + (runs[runs.length - 2] ?? 0) : length)
  }
  return runs
}

/** A mask as text; see `runsOfMask` and `rleToText`. */
export function maskToText(bits: ArrayLike<number>, height: number, width: number): string {
  return rleToText(runsOfMask(bits, height, width))
}

/** The mask in a text, [height × width]. @throws `labels/bad-mask` */
export function maskFromText(text: string, height: number, width: number): Uint8Array {
  return maskOfRuns(rleFromText(text), height, width)
}

function badMask(height: number, width: number): AppError {
  return new AppError('labels/bad-mask', `The runs of a mask do not add up to its ${height} x ${width} pixels.`, {
    height,
    width,
  })
}
