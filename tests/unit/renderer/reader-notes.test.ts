import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { inspectPaths } from '../../../electron/formats/open-sequences.ts'
import { fillIn, noteInChinese } from '../../../renderer/composables/use-core-text.ts'
import { zhCnErrors } from '../../../renderer/locales/zh-cn-errors.ts'
import { zhCnNotes, zhCnNoteWords } from '../../../renderer/locales/zh-cn-notes.ts'
import { knownNote, readerNote, readerNotes, type ReaderNoteCode } from '../../../shared/domain/reader-notes.ts'
import { realData } from '../formats/real-data.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const codes = Object.keys(readerNotes) as ReaderNoteCode[]
const placesOf = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

/** Values such as readers give, different for each place. */
function values(code: ReaderNoteCode): Record<string, string> {
  const kinds = ['temporal position', '12.5', 'MOD (1).txt', '3']
  return Object.fromEntries(placesOf(readerNotes[code]).map((place, i) => [place.slice(1, -1), kinds[i % 4] ?? '']))
}

describe('what readers say of a sequence', () => {
  it.each(codes)('is found again in its sentence: %s', (code) => {
    const details = values(code)
    expect(knownNote(readerNote(code, details))).toEqual({ code, details })
  })

  it.each(codes)('has a Chinese text with the same values: %s', (code) => {
    expect(placesOf(zhCnNotes[code])).toEqual(placesOf(readerNotes[code]))
    expect(noteInChinese(readerNote(code, values(code)))).toMatch(/^[^a-z]*\p{Script=Han}/u)
  })

  it('says the words within a sentence in Chinese as well', () => {
    const order = readerNote('order/key-and-position', { key: 'trigger time' })
    expect(noteInChinese(order)).toBe('先按触发时间，再按切片沿法线方向的位置。')
    expect(noteInChinese('By the months in the folder names (taken as the first day).')).toBe(
      '按文件夹名称中的月份（取当月第一天）。',
    )
  })

  it('is left as it is where nobody knows it', () => expect(noteInChinese('By chance.')).toBe('By chance.'))

  it('comes from the list wherever a reader notes something', () => {
    const folder = join(root, 'electron/formats')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
    const own = files.flatMap((name) =>
      [
        ...readFileSync(join(folder, name), 'utf8').matchAll(
          /(?:warnings\.push\(|warnings\.add\(|noted\.push\(|warnings: \[|orderedBy:|orderedBy =)\s*[`'"][A-Z]/g,
        ),
      ].map((match) => `${name}: ${match[0]}`),
    )
    expect(own).toEqual([])
  })

  it('has a Chinese word for every scheme of dates in names and every key of time points', () => {
    const sources = ['dates/name-date.ts', 'dicom/order-frames.ts'].map((name) =>
      readFileSync(join(root, 'electron/formats', name), 'utf8'),
    )
    const schemes = [...(sources[0] ?? '').matchAll(/scheme: '([^']+)'/g)].map((match) => match[1] ?? '')
    const keys = [...(sources[1] ?? '').matchAll(/\[\s*'([a-z -]+)',\s*(?:'|\(\{)/g)].map((match) => match[1] ?? '')
    expect([schemes.length, keys.length].every((count) => count > 5)).toBe(true)
    const inFolders = schemes.map((scheme) => scheme.replace('in the names', 'in the folder names'))
    const asked = [...schemes, ...inFolders, ...keys]
    expect(asked.filter((word) => zhCnNoteWords[word] === undefined)).toEqual([])
  })
})

const folders = [
  ...['mr_series_sag_anon', 'ms_longitudinal_p01', 'dicom_objects', 'em_slices', 'video_formats', 'malformed_tiff'],
  ...['modis_mt_dtwsat', 's2_eolearn_patch', 'radar_fmi'],
]
const present = folders.flatMap((name) => realData(name) ?? [])

describe.skipIf(present.length === 0)('real data', () => {
  it.each(present)('is described and its problems are told in Chinese: %s', async (folder) => {
    const { sequences, problems } = await inspectPaths([folder])
    const said = sequences.flatMap(({ orderedBy, warnings }) => [orderedBy, ...warnings])
    expect(said.length + problems.length).toBeGreaterThan(0)
    expect(said.filter((sentence) => knownNote(sentence) === null)).toEqual([])
    const untold = problems.filter(({ code, details }) => fillIn(zhCnErrors[code], details ?? {}) === null)
    expect(untold.map(({ code, message }) => `${code} ${message}`)).toEqual([])
  })
})
