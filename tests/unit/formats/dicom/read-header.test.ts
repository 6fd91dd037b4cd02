import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type DicomHeader, readHeader } from '../../../../electron/formats/dicom/read-header.ts'
import { memorySource } from '../../../../electron/formats/memory-source.ts'
import { openFileSource } from '../../../../electron/formats/file-source.ts'
import { AppError } from '../../../../shared/base/app-error.ts'
import { realData } from '../real-data.ts'

const sagittal = realData('mr_series_sag_anon')
const zoo = realData('dicom_objects')
const phantom = fileURLToPath(new URL('../../../../resources/samples/phantom/study-1/IM0001.dcm', import.meta.url))

function filesIn(folder: string | null): string[] {
  if (folder === null) return []
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function headerOf(path: string, skipsPrivate: boolean): Promise<DicomHeader | string> {
  const source = await openFileSource(path)
  try {
    return await readHeader(source, { skipsPrivate })
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  } finally {
    await source.close()
  }
}

/** The values of the public elements as bytes, by tag. */
function publicElements({ elements }: DicomHeader): [string, string][] {
  const { table } = elements
  return Object.entries(table.elements)
    .filter(([tag]) => parseInt(tag.slice(1, 5), 16) % 2 === 0)
    .map(([tag, { dataOffset, length }]) => [
      tag,
      Buffer.from(table.byteArray.subarray(dataOffset, dataOffset + length)).toString('base64'),
    ])
}

/** An explicit little-endian element with a long length. */
function element(group: number, number: number, vr: string, value: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt16LE(group, 0)
  head.writeUInt16LE(number, 2)
  head.write(vr, 4, 'latin1')
  head.writeUInt32LE(value.length, 8)
  return Buffer.concat([head, value])
}

describe('the header of a DICOM file', () => {
  it.each([
    ['at the start', 0],
    ['beyond what is read first', 40_000],
  ])('without a long private element %s: the same elements, and the pixels where they are', async (_, before) => {
    const uid = Buffer.from('1.2.840.10008.1.2.1\0')
    const file = Buffer.concat([
      Buffer.alloc(128),
      Buffer.from('DICM'),
      // (0002,0010), with a length of two bytes.
      Buffer.from([2, 0, 16, 0, 0x55, 0x49, uid.length, 0]),
      uid,
      element(0x0008, 0x0001, 'UN', Buffer.alloc(before, 5)),
      element(0x0009, 0x1001, 'OB', Buffer.alloc(100_000, 1)),
      element(0x0009, 0x1002, 'OB', Buffer.alloc(10, 2)),
      element(0x0010, 0x4000, 'UT', Buffer.from('a word ')),
      element(0x7fe0, 0x0010, 'OW', Buffer.from([1, 2, 3, 4])),
    ])
    const source = memorySource('made.dcm', file)
    const [whole, less] = [await readHeader(source), await readHeader(source, { skipsPrivate: true })]
    expect(less.elements.text('x00104000')).toBe('a word')
    expect(publicElements(less)).toEqual(publicElements(whole))
    expect(Object.keys(whole.elements.table.elements)).toContain('x00091001')
    expect(Object.keys(less.elements.table.elements)).not.toContain('x00091001')
    expect(Object.keys(less.elements.table.elements)).toContain('x00091002')
    expect(less.pixels).toEqual(whole.pixels)
    expect(whole.pixels).toMatchObject({ offset: file.length - 4, length: 4 })
    // Cut within the element that is passed over, and within the pixels.
    for (const length of [file.length - 200, file.length - 2])
      await expect(
        readHeader(memorySource('cut.dcm', file.subarray(0, length)), { skipsPrivate: true }),
      ).rejects.toMatchObject({ code: 'dicom/truncated', details: { size: length } })
  })

  it('is the same with and without long private elements for every file', async () => {
    const files = [
      phantom,
      ...filesIn(sagittal)
        .filter((path) => path.endsWith('.dcm'))
        .slice(0, 3),
      ...filesIn(zoo),
    ]
    for (const path of files) {
      const [whole, less] = [await headerOf(path, false), await headerOf(path, true)]
      if (typeof whole === 'string' || typeof less === 'string') {
        expect([path, less]).toEqual([path, whole])
        continue
      }
      expect([path, publicElements(less)]).toEqual([path, publicElements(whole)])
      expect([path, less.pixels, less.warnings]).toEqual([path, whole.pixels, whole.warnings])
    }
  })
})
