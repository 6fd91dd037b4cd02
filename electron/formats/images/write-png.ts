import { crc32, deflateSync } from 'node:zlib'
import { assert } from '../../../shared/base/assert.ts'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const colourTypes = { 1: 0, 3: 2, 4: 6 } as const

/**
 * A picture as a PNG file: 8 bits per channel, without loss.
 * @param pixels [height, width, channels], row-major; one channel is grey, three are RGB, four RGBA
 * Source: PNG specification (third edition), filter 0 in every row.
 */
export function encodePng(
  pixels: Uint8Array,
  { height, width, channels }: { readonly height: number; readonly width: number; readonly channels: 1 | 3 | 4 },
): Buffer {
  const row = width * channels
  assert(pixels.length === height * row, 'a picture has height x width x channels bytes')
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  header[9] = colourTypes[channels]
  const filtered = Buffer.alloc(height * (row + 1))
  for (let y = 0; y < height; y++) filtered.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filtered)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  body.copy(whole, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}
