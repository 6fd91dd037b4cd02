import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSequence } from '../../../../electron/formats/open-sequences.ts'
import type { DicomElement } from '../../../../electron/formats/dicom/write-part10.ts'
import { noteInChinese } from '../../../../renderer/composables/use-core-text.ts'
import { writeSlice } from './dicom-fixture.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'suv-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Fluorine-18, 60 minutes from 370 MBq to the scan, 74 kg. */
const drug = (changes: Readonly<Record<string, string>> = {}): DicomElement => {
  const values = { '00181072': '093000.00', '00181074': '370000000', '00181075': '6586.2', ...changes }
  const vr = (tag: string): string => (tag === '00181072' ? 'TM' : tag === '00181078' ? 'DT' : 'DS')
  return ['00540016', 'SQ', [Object.entries(values).filter(([, value]) => value !== '').map(([tag, value]): DicomElement => [tag, vr(tag), value])]] // prettier-ignore
}
const pet: Readonly<Record<string, DicomElement>> = {
  modality: ['00080060', 'CS', 'PT'],
  units: ['00541001', 'CS', 'BQML'],
  corrected: ['00280051', 'CS', 'DECY\\ATTN\\SCAT'],
  correction: ['00541102', 'CS', 'START'],
  weight: ['00101030', 'DS', '74'],
  seriesDate: ['00080021', 'DA', '20240305'],
  seriesTime: ['00080031', 'TM', '103000'],
  acquisitionDate: ['00080022', 'DA', '20240305'],
  acquisitionTime: ['00080032', 'TM', '104500'],
  slope: ['00281053', 'DS', '2.5'],
  intercept: ['00281052', 'DS', '0'],
  centre: ['00281050', 'DS', '5000'],
  width: ['00281051', 'DS', '10000'],
  drug: drug(),
}

async function read(
  changes: Readonly<Record<string, DicomElement>> = {},
  second: Readonly<Record<string, DicomElement>> = changes,
) {
  // prettier-ignore
  for (const [instance, own] of [changes, second].entries())
    writeSlice(folder, {
      name: `${instance}.dcm`,
      instance: instance + 1,
      start: 1000,
      extra: Object.values({ ...pet, ...own }),
    })
  const reader = await openSequence([folder])
  const { values } = await reader.read({ frames: [0, 1], bands: [0], window: { row: 0, column: 1, height: 1, width: 1 } }) // prettier-ignore
  await reader.close()
  const { units, windows } = reader.medical ?? { units: null, windows: [] }
  return { values: [...values], units, windows, warnings: reader.info.warnings }
}

describe('PET in SUV by body weight', () => {
  it('takes the decay from the injection to the start of the series (values worked out by hand)', async () => {
    const { values, units, windows, warnings } = await read()
    // 1001 * 2.5 Bq/ml; 370 MBq * 2^(-3600 / 6586.2) = 253.3145 MBq were left; 74 000 g.
    const left = 370e6 * Math.exp((-Math.LN2 * 3600) / 6586.2)
    expect(left / 1e6).toBeCloseTo(253.3145, 3)
    expect(values[0]).toBeCloseTo((1001 * 2.5 * 74_000) / left, 6)
    expect(values[0]).toBeCloseTo(0.731049, 5)
    expect([values[1], units, warnings]).toEqual([values[0], 'SUV', []])
    expect(windows[0]?.width).toBeCloseTo((10_000 * 74_000) / left, 6)
  })

  it('needs no times where the values are corrected to the injection', async () => {
    const { values, units } = await read({
      correction: ['00541102', 'CS', 'ADMIN'],
      seriesTime: ['00080031', 'TM', ''],
    })
    expect([values[0], units]).toEqual([Math.fround((1001 * 2.5 * 74_000) / 370e6), 'SUV'])
  })

  it('takes an injection before midnight for one of the day before', async () => {
    const after = { seriesTime: ['00080031', 'TM', '001500'], drug: drug({ '00181072': '231500' }) } as const
    const { values } = await read(after)
    expect(values[0]).toBeCloseTo(0.731049, 5)
  })

  it('prefers the whole moment of the injection, where it is stated', async () => {
    const { values } = await read({ drug: drug({ '00181072': '080000', '00181078': '20240305093000' }) })
    expect(values[0]).toBeCloseTo(0.731049, 5)
  })

  it.each([
    ['weight', { weight: ['00101030', 'DS', '0'] }],
    ['dose', { drug: drug({ '00181074': '370' }) }],
    ['half-life', { drug: drug({ '00181075': '' }) }],
    ['injection', { drug: drug({ '00181072': '' }) }],
    ['time of the series', { seriesTime: ['00080031', 'TM', '110000'] }],
    ['decay correction', { correction: ['00541102', 'CS', 'NONE'] }],
    ['attenuation', { corrected: ['00280051', 'CS', 'DECY'] }],
  ] as [string, Record<string, DicomElement>][])('stays in Bq/ml and says why, without %s', async (what, changes) => {
    // One image that lacks it is enough: a series has one unit.
    const { values, units, warnings } = await read({}, changes)
    expect([values, units]).toEqual([[1001 * 2.5, 1001 * 2.5], 'Bq/ml'])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(new RegExp(`not in SUV: .*${what}`))
    expect(noteInChinese(warnings[0] ?? '')).toMatch(
      /^数值以 Bq\/ml 表示，而不是 SUV：[^A-Za-z]*(\(\d{4},\d{4}\))?[^A-Za-z]*$/,
    )
  })
})
