import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = '1.2.826.0.1.3680043.10.999'

/**
 * Writes series of small generated DICOM images (MR, explicit little-endian) below a folder, several to a study; nobody was imaged.
 * @param slices  images of each series
 */
export function writeSeries(folder: string, series: number, slices: number, perStudy = 25): void {
  for (let s = 0; s < series; s++) {
    const study = Math.floor(s / perStudy) + 1
    const place = join(folder, `study${study}`, `series${s + 1}`)
    mkdirSync(place, { recursive: true })
    for (let i = 0; i < slices; i++) writeFileSync(join(place, `IM${i + 1}.dcm`), dicomImage(study, s + 1, i))
  }
}

const edge = 16

function dicomImage(study: number, series: number, slice: number): Buffer {
  const uid = `${root}.${study}.${series}.${slice + 1}`
  const meta = Buffer.concat([
    element(0x0002, 0x0001, 'OB', Buffer.from([0, 1])),
    element(0x0002, 0x0002, 'UI', '1.2.840.10008.5.1.4.1.1.4'),
    element(0x0002, 0x0003, 'UI', uid),
    element(0x0002, 0x0010, 'UI', '1.2.840.10008.1.2.1'),
    element(0x0002, 0x0012, 'UI', `${root}.1`),
  ])
  const pixels = Buffer.alloc(edge * edge * 2)
  for (let p = 0; p < edge * edge; p++)
    pixels.writeUInt16LE(((p % edge) * 37 + Math.floor(p / edge) * 11 + series) % 1000, p * 2)
  const data = [
    element(0x0008, 0x0016, 'UI', '1.2.840.10008.5.1.4.1.1.4'),
    element(0x0008, 0x0018, 'UI', uid),
    element(0x0008, 0x0020, 'DA', '20200102'),
    element(0x0008, 0x0060, 'CS', 'MR'),
    element(0x0008, 0x1030, 'LO', `Study ${study}`),
    element(0x0008, 0x103e, 'LO', `Generated series ${series}`),
    element(0x0018, 0x0050, 'DS', '2'),
    element(0x0020, 0x000d, 'UI', `${root}.${study}`),
    element(0x0020, 0x000e, 'UI', `${root}.${study}.${series}`),
    element(0x0020, 0x0011, 'IS', String(series)),
    element(0x0020, 0x0013, 'IS', String(slice + 1)),
    element(0x0020, 0x0032, 'DS', `-8\\-8\\${slice * 2}`),
    element(0x0020, 0x0037, 'DS', '1\\0\\0\\0\\1\\0'),
    element(0x0028, 0x0002, 'US', short(1)),
    element(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
    element(0x0028, 0x0010, 'US', short(edge)),
    element(0x0028, 0x0011, 'US', short(edge)),
    element(0x0028, 0x0030, 'DS', '1\\1'),
    element(0x0028, 0x0100, 'US', short(16)),
    element(0x0028, 0x0101, 'US', short(16)),
    element(0x0028, 0x0102, 'US', short(15)),
    element(0x0028, 0x0103, 'US', short(0)),
    element(0x7fe0, 0x0010, 'OW', pixels),
  ]
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element(0x0002, 0x0000, 'UL', length), meta, ...data])
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

/** One element in explicit little-endian form; PS3.5 7.1.2. Values are padded to even length. */
function element(group: number, number: number, vr: string, given: Buffer | string): Buffer {
  const plain = typeof given === 'string' ? Buffer.from(given, 'latin1') : given
  const value = plain.length % 2 ? Buffer.concat([plain, Buffer.from(vr === 'UI' ? '\0' : ' ')]) : plain
  const isLong = ['OB', 'OW'].includes(vr)
  const head = Buffer.alloc(isLong ? 12 : 8)
  head.writeUInt16LE(group, 0)
  head.writeUInt16LE(number, 2)
  head.write(vr, 4, 'latin1')
  if (isLong) head.writeUInt32LE(value.length, 8)
  else head.writeUInt16LE(value.length, 6)
  return Buffer.concat([head, value])
}
