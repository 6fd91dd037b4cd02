import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { confidentialityProfile } from '../../../../electron/formats/dicom/deidentify/confidentiality-profile.ts'
import { rawElements, type RawElement } from '../../../../electron/formats/dicom/deidentify/data-elements.ts'
import { deidentifyFiles } from '../../../../electron/formats/dicom/deidentify/deidentify-files.ts'
import { Pseudonyms, shiftedDate } from '../../../../electron/formats/dicom/deidentify/pseudonyms.ts'
import { readHeader } from '../../../../electron/formats/dicom/read-header.ts'
import { openFileSource } from '../../../../electron/formats/file-source.ts'
import { inspectPaths, openSequence } from '../../../../electron/formats/open-sequences.ts'
import { realData } from '../real-data.ts'
import { writeSlice } from './dicom-fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'without-names-'))
afterAll(() => rmSync(folder, { recursive: true }))
const zoo = realData('dicom_objects')
const sclerosis = realData('ms_longitudinal_p01')

function filesBelow(path: string): string[] {
  if (statSync(path).isFile()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)))
}

async function elementsOf(path: string): Promise<RawElement[]> {
  const source = await openFileSource(path)
  try {
    return rawElements((await readHeader(source)).elements.table)
  } finally {
    await source.close()
  }
}

/** The numbers of 16 bits that uncompressed pixels are stored as. */
async function storedNumbers(path: string): Promise<number[]> {
  const source = await openFileSource(path)
  try {
    const { pixels, syntax } = await readHeader(source)
    const bytes = await source.read(pixels?.offset ?? 0, pixels?.length ?? 0)
    return Array.from({ length: bytes.length / 2 }, (_, i) =>
      syntax.isBigEndian ? bytes.readUInt16BE(i * 2) : bytes.readUInt16LE(i * 2),
    )
  } finally {
    await source.close()
  }
}

/** All elements, those in sequences too. */
function walk(elements: readonly RawElement[]): RawElement[] {
  return elements.flatMap((element) =>
    element.value instanceof Uint8Array ? [element] : [element, ...element.value.flatMap((item) => walk(item))],
  )
}

const text = ({ value }: RawElement): string =>
  value instanceof Uint8Array
    ? Buffer.from(value)
        .toString('latin1')
        .replace(/[\0 ]+$/, '')
    : ''

/** What may not be in a file that went through the profile; empty when it is clean. */
function findings(elements: readonly RawElement[], isShifted: boolean): string[] {
  const added = new Set(['x00120062', 'x00120063', 'x00120064'])
  return walk(elements).flatMap((element): string[] => {
    const { tag, value } = element
    const group = Number.parseInt(tag.slice(1, 5), 16)
    if (group % 2 === 1) return [`${tag} is private`]
    if ((group & 0xff00) === 0x6000 || (group & 0xff00) === 0x5000) return [`${tag} is an overlay or a curve`]
    const rule = confidentialityProfile[tag]
    if (rule === undefined || added.has(tag)) return []
    const isTime = ['DA', 'DT', 'TM'].includes(rule.slice(1))
    if (isTime && isShifted && group !== 0x10) return []
    const length = value.length
    switch (rule[0]) {
      case 'X':
        return [`${tag} should be gone`]
      case 'Z':
        return length === 0 || tag === 'x00100010' ? [] : [`${tag} should be empty`]
      case 'D':
        if (tag === 'x00100020') return /^P-[0-9A-F]{8}$/.test(text(element)) ? [] : [`${tag} is no pseudonym`]
        return value instanceof Uint8Array &&
          !/^(REMOVED|0+|0+Y|19000101(000000)?|)$/.test(text(element).replaceAll('\0', ''))
          ? [`${tag} holds ${text(element)}`]
          : []
      default: {
        const uids = text(element).split('\\')
        return uids.every((uid) => uid === '' || uid.startsWith('2.25.') || uid.startsWith('1.2.840.10008.'))
          ? []
          : [`${tag} holds ${text(element)}`]
      }
    }
  })
}

describe('files without names', () => {
  it.skipIf(!zoo)('hold nothing that the profile takes away, whatever file of the zoo they come from', async () => {
    const out = join(folder, 'zoo')
    const { written, problems } = await deidentifyFiles([zoo ?? ''], out, { dates: 'remove', secret: 'one' })
    const made = filesBelow(out)
    expect(made.length).toBe(written)
    expect(written).toBe(165)
    expect(problems.filter(({ code }) => code.startsWith('internal/'))).toEqual([])
    const found: string[] = []
    for (const path of made) found.push(...findings(await elementsOf(path), false))
    expect([...new Set(found)]).toEqual([])
    // Reports and the like are left out, and said.
    expect(problems.some(({ code, path }) => code === 'dicom/not-deidentified' && path.endsWith('sr.dcm'))).toBe(true)
  })

  it.skipIf(!zoo)('have the pixels they had, in every transfer syntax', async () => {
    const names = [
      'MR_small',
      'MR_small_RLE',
      'MR_small_bigendian',
      'MR_small_implicit',
      'image_dfl',
      'JPEG2000',
      'emri_small_RLE',
      'emri_small_big_endian',
      'US1_J2KR',
      'parametric_map_float',
    ]
    for (const name of names) {
      const path = join(zoo ?? '', 'pydicom', `${name}.dcm`)
      const out = join(folder, 'pixels', name)
      await deidentifyFiles([path], out, { dates: 'remove' })
      const values = await Promise.all(
        [path, out].map(async (from) => {
          const reader = await openSequence([from])
          const { frames, height, width } = reader.info
          const all = Array.from({ length: frames }, (_, i) => i)
          const block = await reader.read({ frames: all, bands: [0], window: { row: 0, column: 0, height, width } })
          await reader.close()
          return block.values
        }),
      )
      expect(values[1], name).toEqual(values[0])
    }
  })

  it.skipIf(!sclerosis)(
    'keep belonging together: studies in their order, the segmentation with its series; no name is left',
    async () => {
      const from = join(sclerosis ?? '', 'dicom')
      const out = join(folder, 'sclerosis')
      const before = await inspectPaths([from])
      const { written, patients } = await deidentifyFiles([from], out, { dates: 'shift', secret: 'one' })
      expect([written, patients]).toEqual([189, 1])
      const after = await inspectPaths([out])
      expect(after.problems).toEqual([])
      const shapeOf = ({ patients: all }: typeof after): unknown =>
        all.map(({ studies }) =>
          studies.map(({ sequences, objects }) => [
            sequences.length,
            objects.map(({ kind, sequences: over }) => [kind, over.length]),
          ]),
        )
      expect(shapeOf(after)).toEqual(shapeOf(before))
      expect(after.patients[0]?.studies.map(({ date }) => date)).toEqual(['2000-01-01', '2000-12-31'])
      for (const path of filesBelow(out)) {
        expect(readFileSync(path).includes('OPENMS'), path).toBe(false)
        expect(path.slice(folder.length)).not.toMatch(/OPENMS|FLAIR|SEG/)
        expect(findings(await elementsOf(path), true)).toEqual([])
      }
    },
  )

  it('are clean where names hide: private elements, sequences, overlays, comments, free text', async () => {
    const secret = 'DOE-JOHN'
    writeSlice(join(folder, 'hidden'), {
      name: 'JOHN_DOE.dcm',
      extra: [
        ['00100010', 'PN', secret],
        ['00100020', 'LO', secret],
        ['00104000', 'LT', secret],
        ['00081030', 'LO', secret],
        [
          '00081140',
          'SQ',
          [
            [
              ['00081155', 'UI', '1.2.3.99'],
              ['00104000', 'LT', secret],
            ],
          ],
        ],
        ['00091001', 'LO', secret],
        ['60000010', 'US', [3]],
        ['60003000', 'OW', Buffer.from(secret)],
        ['60004000', 'LO', secret],
        ['50000010', 'LO', secret],
        ['00400275', 'SQ', [[['00400007', 'LO', secret]]]],
      ],
    })
    const out = join(folder, 'hidden-out')
    await deidentifyFiles([join(folder, 'hidden')], out, { dates: 'remove' })
    const [made] = filesBelow(out)
    expect(readFileSync(made ?? '').includes(secret)).toBe(false)
    expect(made).not.toContain('JOHN')
    const tags = walk(await elementsOf(made ?? '')).map(({ tag }) => tag)
    expect(tags).toContain('x00120062')
    expect(tags.filter((tag) => /^x(0009|6000|5000)/.test(tag))).toEqual([])
  })

  // Two frames of twelve bits in use; the overlay of group 6000 is bit 13, and bit 14 is nobody's.
  it.each([
    ['embedded little', false],
    ['embedded big', false],
    ['embedded little', true],
  ])(
    'have no overlay left in unused bits of the pixels, and all their values (%s-endian, signed: %s)',
    async (name, isSigned) => {
      const oracle = JSON.parse(readFileSync(join(import.meta.dirname, 'oracle', 'overlay-planes.json'), 'utf8')) as {
        readonly made: Readonly<Record<string, { readonly base64: string }>>
      }
      const bytes = Buffer.from(oracle.made[name]?.base64 ?? '', 'base64')
      // (0028,0103), US: whether numbers are signed.
      if (isSigned) bytes[bytes.indexOf(Buffer.from([0x28, 0, 0x03, 0x01, 0x55, 0x53, 2, 0])) + 8] = 1
      const from = join(folder, `${name} ${isSigned}`)
      mkdirSync(from)
      writeFileSync(join(from, 'a.dcm'), bytes)
      await deidentifyFiles([from], `${from} out`, { dates: 'remove' })
      const before = await storedNumbers(join(from, 'a.dcm'))
      const after = await storedNumbers(filesBelow(`${from} out`)[0] ?? '')
      const overlay = 1 << 13
      expect(before.some((value) => (value & overlay) !== 0)).toBe(true)
      const isNegative = (value: number): boolean => isSigned && (value & 0x800) !== 0
      expect(after).toEqual(before.map((value) => (isNegative(value) ? value | overlay : value & ~overlay)))
    },
  )

  it('are not made of images that say that text is burned in; doubtful ones are counted', async () => {
    const from = join(folder, 'burned')
    writeSlice(from, { name: '1.dcm', extra: [['00280301', 'CS', 'YES']] })
    writeSlice(from, { name: '2.dcm', extra: [['00080060', 'CS', 'US']] })
    const { written, perhapsBurnedIn, problems } = await deidentifyFiles([from], join(folder, 'burned-out'), {
      dates: 'remove',
    })
    expect([written, perhapsBurnedIn]).toEqual([1, 1])
    expect(problems).toMatchObject([{ code: 'dicom/not-deidentified' }])
  })

  it('stop when asked to', async () => {
    const stopped = deidentifyFiles([join(folder, 'burned')], join(folder, 'stopped'), {
      dates: 'remove',
      signal: AbortSignal.abort(),
    })
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('pseudonyms', () => {
  it('are the same for the same secret only, and UIDs are valid', () => {
    const [one, again, other] = ['a', 'a', 'b'].map((secret) => new Pseudonyms(secret).uid('1.2.3'))
    expect(one).toBe(again)
    expect(one).not.toBe(other)
    expect(one).toMatch(/^2\.25\.(0|[1-9][0-9]{0,38})$/)
  })

  it.each([
    ['20150131', 1, '20150201'],
    ['2015.01.31', -31, '20141231'],
    ['20160229081102.5+0100', 365, '20170228081102.5+0100'],
    ['no date', 1, null],
  ])('move %s by %i days to %s', (date, days, expected) => {
    expect(shiftedDate(date, days)).toBe(expected)
  })
})
