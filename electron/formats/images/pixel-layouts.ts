import type { PictureHeader } from './picture-header.ts'

/** A decoded plane of FFmpeg. */
export interface Plane {
  readonly plane: Buffer
  /** Bytes from one row to the next. */
  readonly stride: number
  readonly header: PictureHeader
}

/** Takes the values [row, column, band] out of a plane. */
export type ReadPlane = (plane: Plane) => Uint8Array | Uint16Array

/** How the pixel formats that pictures decode to lie in memory, by FFmpeg's names; the others (indexed, YUV) are converted by it. */
export const pixelLayouts: Readonly<Record<string, ReadPlane>> = {
  gray: bytes(1, [0]),
  ya8: bytes(2, [0, 1]),
  rgb24: bytes(3, [0, 1, 2]),
  bgr24: bytes(3, [2, 1, 0]),
  rgba: bytes(4, [0, 1, 2, 3]),
  bgra: bytes(4, [2, 1, 0, 3]),
  argb: bytes(4, [1, 2, 3, 0]),
  bgr0: bytes(4, [2, 1, 0]),
  gray16be: words(1, [0]),
  ya16be: words(2, [0, 1]),
  rgb48be: words(3, [0, 1, 2]),
  rgba64be: words(4, [0, 1, 2, 3]),
  monob: bits(255, 0),
  monow: bits(0, 255),
}

function bytes(size: number, order: readonly number[]): ReadPlane {
  return ({ plane, stride, header }) => {
    const { height, width, bands } = header
    const values = new Uint8Array(height * width * bands.length)
    let to = 0
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        for (let band = 0; band < bands.length; band++)
          values[to++] = plane[row * stride + column * size + (order[band] ?? 0)] ?? 0
    return values
  }
}

function words(size: number, order: readonly number[]): ReadPlane {
  return ({ plane, stride, header }) => {
    const { height, width, bands } = header
    const values = new Uint16Array(height * width * bands.length)
    let to = 0
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        for (let band = 0; band < bands.length; band++)
          values[to++] = plane.readUInt16BE(row * stride + 2 * (column * size + (order[band] ?? 0)))
    return values
  }
}

function bits(one: number, zero: number): ReadPlane {
  return ({ plane, stride, header }) => {
    const { height, width, bands } = header
    const values = new Uint8Array(height * width * bands.length)
    let to = 0
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        const isSet = ((plane[row * stride + (column >> 3)] ?? 0) >> (7 - (column & 7))) & 1
        values[to] = isSet ? one : zero
        to += bands.length
      }
    return values
  }
}
