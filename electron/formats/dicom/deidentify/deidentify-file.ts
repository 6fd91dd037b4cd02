import { AppError } from '../../../../shared/base/app-error.ts'
import { type AtomicFile, createAtomicFile } from '../../atomic-file.ts'
import { type FileSource, openFileSource } from '../../file-source.ts'
import { describeSubject } from '../describe-image.ts'
import type { DicomHeader } from '../read-header.ts'
import { inflateSource, readHeader } from '../read-header.ts'
import { explicitLittleEndian, type TransferSyntax } from '../transfer-syntax.ts'
import { cleanElements } from './clean-elements.ts'
import { clearOverlayBits } from './clear-overlay-bits.ts'
import { elementHead, encodeElements, rawElements, type RawElement } from './data-elements.ts'
import type { DatePolicy, Pseudonyms } from './pseudonyms.ts'

const chunkBytes = 8 * 2 ** 20
const undefinedLength = 0xffffffff
const implementationClass = '2.25.216379403741562088474109182205117404593'

/**
 * Opens a file, cleans it and writes it under another name; the pixels are copied as they are, but for overlays in their unused
 * bits. @throws `dicom/*`, `store/*`
 */
export async function deidentifyFile(
  path: string,
  out: string,
  { pseudonyms, dates }: { readonly pseudonyms: Pseudonyms; readonly dates: DatePolicy },
): Promise<void> {
  const file = await openFileSource(path)
  try {
    const header = await readHeader(file)
    const { elements } = header
    const source = header.syntax.isDeflated ? await inflateSource(file) : file
    const syntax = header.syntax.isDeflated ? explicitLittleEndian : header.syntax
    const subject = describeSubject(elements)
    const cleaned = withRemarks(
      cleanElements(rawElements(elements.table), { pseudonyms, dates, subject }),
      dates,
      syntax,
    )
    const sopClass = elements.code('x00080016') ?? ''
    const sopUid = pseudonyms.uid(elements.code('x00080018') ?? path)
    const target = await createAtomicFile(out)
    try {
      const head = Buffer.concat([metaGroup(sopClass, sopUid, syntax), encodeElements(cleaned, syntax)])
      await target.write(head, 0)
      await copyPixels(header, source, target, head.length, syntax)
      await target.commit()
    } catch (error) {
      await target.discard()
      throw error
    }
  } finally {
    await file.close()
  }
}

function metaGroup(sopClass: string, sopUid: string, syntax: TransferSyntax): Buffer {
  const uid = (tag: string, text: string): RawElement => ({ tag, vr: 'UI', value: text8(text, '\0') })
  const meta = encodeElements(
    [
      { tag: 'x00020001', vr: 'OB', value: Uint8Array.of(0, 1) },
      uid('x00020002', sopClass),
      uid('x00020003', sopUid),
      uid('x00020010', syntax.uid),
      uid('x00020012', implementationClass),
      { tag: 'x00020013', vr: 'SH', value: text8('CHRONOLENS', ' ') },
    ],
    explicitLittleEndian,
  )
  const preamble = Buffer.alloc(132)
  preamble.write('DICM', 128)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  return Buffer.concat([preamble, elementHead('x00020000', 'UL', 4, explicitLittleEndian), length, meta])
}

const basicProfile = { value: '113100', meaning: 'Basic Application Confidentiality Profile' }
const movedDates = { value: '113107', meaning: 'Retain Longitudinal Temporal Information Modified Dates Option' }

/** Says in the file that and how it was made unrecognisable; PS3.15 E.1.1. */
function withRemarks(elements: readonly RawElement[], dates: DatePolicy, syntax: TransferSyntax): RawElement[] {
  const make = (tag: string, vr: string, value: RawElement['value']): RawElement => ({
    tag,
    vr: syntax.isExplicit ? vr : null,
    value,
  })
  const code = ({ value, meaning }: typeof basicProfile): RawElement[] => [
    make('x00080100', 'SH', text8(value, ' ')),
    make('x00080102', 'SH', text8('DCM', ' ')),
    make('x00080104', 'LO', text8(meaning, ' ')),
  ]
  const codes = dates === 'shift' ? [basicProfile, movedDates] : [basicProfile]
  const added = [
    make('x00120062', 'CS', text8('YES', ' ')),
    make('x00120063', 'LO', text8('DICOM PS3.15 Basic Profile, Chronolens', ' ')),
    make('x00120064', 'SQ', codes.map(code)),
    make('x00280303', 'CS', text8(dates === 'shift' ? 'MODIFIED' : 'REMOVED', ' ')),
  ]
  const tags = new Set(added.map(({ tag }) => tag))
  return [...elements.filter(({ tag }) => !tags.has(tag)), ...added].sort((a, b) => (a.tag < b.tag ? -1 : 1))
}

const pixelTags = { integer: 'x7fe00010', float32: 'x7fe00008', float64: 'x7fe00009' } as const

async function copyPixels(
  header: DicomHeader,
  source: FileSource,
  target: AtomicFile,
  at: number,
  syntax: TransferSyntax,
): Promise<void> {
  const { pixels } = header
  if (!pixels) return
  const clear = clearOverlayBits(header)
  const vr = { integer: pixels.isInWords ? 'OW' : 'OB', float32: 'OF', float64: 'OD' }[pixels.kind]
  const length = pixels.length ?? undefinedLength
  const head = elementHead(pixelTags[pixels.kind], vr, length, syntax)
  await target.write(head, at)
  const end = pixels.length === null ? await endOfFragments(source, pixels.offset) : pixels.offset + pixels.length
  let to = at + head.length
  for (let from = pixels.offset; from < end; from += chunkBytes) {
    const read = await source.read(from, Math.min(chunkBytes, end - from))
    const bytes = clear ? clear(read) : read
    await target.write(bytes, to)
    to += bytes.length
  }
  // What follows the last fragment is not taken over, but the sequence is closed.
  if (pixels.length === null) await target.write(Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]), to)
}

/** The first byte after the last fragment. @throws `dicom/damaged` */
async function endOfFragments(source: FileSource, start: number): Promise<number> {
  let position = start
  while (position + 8 <= source.size) {
    const head = await source.read(position, 8)
    const [tag, length] = [head.readUInt32LE(0), head.readUInt32LE(4)]
    if (tag !== 0xe000fffe) return position
    if (position + 8 + length > source.size)
      throw new AppError(
        'dicom/truncated',
        `"${source.path}" ends too early: its last fragment of pixels is cut off.`,
        {
          path: source.path,
        },
      )
    position += 8 + length
  }
  return position
}

function text8(text: string, padding: string): Uint8Array {
  return Buffer.from(text.length % 2 === 0 ? text : text + padding, 'latin1')
}
