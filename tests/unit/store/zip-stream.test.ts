import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { zipBytes, type ZipFile, zipPieces } from '../../../electron/store/zip-stream.ts'

async function all(files: readonly ZipFile[]): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of zipPieces(files)) pieces.push(piece)
  return Buffer.concat(pieces)
}
async function* pieceOf(content: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(content)
}
/** A file that comes in two pieces. */
const file = (name: string, content: Buffer, bytes = content.length): ZipFile => ({
  name,
  bytes,
  open: async function* () {
    yield await Promise.resolve(content.subarray(0, 1))
    yield content.subarray(1)
  },
})

describe('an archive that is made piece by piece', () => {
  it('holds each file with its checksum where its directory says, and is as long as was said before', async () => {
    const contents = [Buffer.from('first'), Buffer.from('zweiter Inhalt'), Buffer.from('!')]
    const files = contents.map((content, i) => file(`ordner/第${i}.dcm`, content))
    const zip = await all(files)
    expect(zip).toHaveLength(zipBytes(files))
    const end = zip.lastIndexOf('PK\x05\x06')
    expect(end).toBe(zip.length - 22)
    let at = zip.readUInt32LE(end + 16)
    for (const content of contents) {
      expect(zip.readUInt32LE(at + 16)).toBe(crc32(content))
      const local = zip.readUInt32LE(at + 42)
      const start = local + 30 + zip.readUInt16LE(local + 26)
      expect(zip.subarray(start, start + content.length).equals(content)).toBe(true)
      at += 46 + zip.readUInt16LE(at + 28)
    }
    expect(at).toBe(end)
  })

  it('says how many files there are where the old field is too short (65540, ZIP64)', async () => {
    const one = { ...file('', Buffer.from('x')), open: () => pieceOf(Buffer.from('x')) }
    const files = Array.from({ length: 65_540 }, (_, i) => ({ ...one, name: String(i) }))
    const zip = await all(files)
    expect(zip).toHaveLength(zipBytes(files))
    const locator = zip.lastIndexOf('PK\x06\x07')
    const record = Number(zip.readBigUInt64LE(locator + 8))
    expect(zip.toString('latin1', record, record + 4)).toBe('PK\x06\x06')
    expect(zip.readBigUInt64LE(record + 32)).toBe(65_540n)
    const directory = Number(zip.readBigUInt64LE(record + 48))
    expect(zip.toString('latin1', directory, directory + 4)).toBe('PK\x01\x02')
    expect(zip.readUInt16LE(zip.length - 12)).toBe(0xffff)
  })

  it('counts long sizes and places in their long fields (5 GB, not read)', () => {
    const large = { ...file('large', Buffer.from('x')), bytes: 5e9 }
    const last = file('last', Buffer.from('x'))
    // Two long sizes in the local header and in the directory; one long place; the long end.
    const plain = zipBytes([file('large', Buffer.from('x')), last]) - 1 + 5e9
    expect(zipBytes([large, last])).toBe(plain + 20 + 20 + 12 + 76)
  })

  it.each([
    ['shorter', 'abc', 4],
    ['longer', 'abcde', 4],
  ])('ends with an error where a file is %s than was stated', async (_, content, bytes) => {
    await expect(all([file('a', Buffer.from(content), bytes)])).rejects.toMatchObject({ code: 'exports/file-changed' })
  })
})
