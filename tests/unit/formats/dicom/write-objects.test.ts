import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { dicomFramesOf } from '../../../../electron/formats/dicom/dicom-reader.ts'
import { cielabToHex, hexToCielab } from '../../../../electron/formats/dicom/objects/cielab.ts'
import { decimalText, randomUid } from '../../../../electron/formats/dicom/objects/make-elements.ts'
import { readReport } from '../../../../electron/formats/dicom/objects/read-report.ts'
import { readSegmentation } from '../../../../electron/formats/dicom/objects/read-segmentation.ts'
import { segmentMasks } from '../../../../electron/formats/dicom/objects/segment-masks.ts'
import { readSeriesSource, type SeriesSource } from '../../../../electron/formats/dicom/objects/series-source.ts'
import { writeReport } from '../../../../electron/formats/dicom/objects/write-report.ts'
import { segmentationClass, writeSegmentation } from '../../../../electron/formats/dicom/objects/write-segmentation.ts'
import { openSequence } from '../../../../electron/formats/open-sequences.ts'
import type { LesionMeasurement, MeasuredLesion } from '../../../../shared/domain/medical/lesion-report.ts'
import type { Segment, SegmentMask } from '../../../../shared/domain/medical/segmentation.ts'
import { realData } from '../real-data.ts'
import { writeSlice } from './dicom-fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'objects-'))
afterAll(() => rmSync(folder, { recursive: true }))
const hasValidator = spawnSync('dciodvfy', ['-version']).error === undefined
const sclerosis = realData('ms_longitudinal_p01')
const phantom = join(import.meta.dirname, '../../../../resources/samples/phantom/study-1')
/** A Python with pydicom and highdicom, where one is named. */
const oraclePython = process.env['CHRONOLENS_DICOM_PYTHON'] ?? ''

/** Errors that the validator of dicom3tools finds. */
function errorsOf(bytes: Buffer, name: string): string[] {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  const { stderr } = spawnSync('dciodvfy', [path], { encoding: 'utf8' })
  return stderr.split('\n').filter((line) => line.startsWith('Error'))
}

async function sourceOf(path: string): Promise<SeriesSource> {
  const reader = await openSequence([path])
  await reader.close()
  return readSeriesSource(dicomFramesOf(reader) ?? [], reader.medical?.geometry ?? null, reader.info.name)
}

const plain: Segment = {
  number: 1,
  label: 'Lesion 1',
  algorithm: 'manual',
  algorithmName: null,
  category: { value: '49755003', scheme: 'SCT', meaning: 'Morphologically Abnormal Structure' },
  type: { value: '52988006', scheme: 'SCT', meaning: 'Lesion' },
  site: { value: '12738006', scheme: 'SCT', meaning: 'Brain' },
  colour: '#ff8000',
  trackingId: 'Lesion 1',
  trackingUid: '2.25.1',
}
const other: Segment = {
  ...plain,
  number: 2,
  label: '病灶 2 \\ "ö"',
  algorithm: 'semiautomatic',
  algorithmName: 'Region growing',
  category: null,
  type: null,
  site: null,
  colour: null,
  trackingId: null,
  trackingUid: null,
}

/** Two overlapping, asymmetric masks that leave out some slices. */
function makeMasks({ target: { size } }: SeriesSource): SegmentMask[] {
  const { slices, rows, columns } = size
  const make = (segment: Segment, isIn: (z: number, y: number, x: number) => boolean): SegmentMask => ({
    segment,
    voxels: Uint8Array.from({ length: slices * rows * columns }, (_, i) => {
      const [z, y, x] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns]
      return isIn(z, y, x) ? 1 : 0
    }),
  })
  return [
    make(plain, (z, y, x) => z % 3 === 1 && y > rows / 3 && x < columns / 2 && (x + 2 * y) % 7 < 5),
    make(other, (z, y, x) => z > 1 && z < 6 && y < rows / 2 && x > columns / 4 && x % 5 !== 2),
  ]
}

const version = '1.2.3'

async function roundTrip(source: SeriesSource, name: string): Promise<void> {
  const masks = makeMasks(source)
  const written = writeSegmentation(source, masks, { version, description: 'two masks' })
  const path = join(folder, name)
  writeFileSync(path, written.bytes)
  const read = await readSegmentation(path)
  expect(read.summary).toMatchObject({ sopUid: written.sopUid, name: 'Segmentation' })
  expect(read.segments[0]).toMatchObject({ ...plain, colour: expect.stringMatching(/^#ff(7f|80|81)0[01]$/) as unknown })
  expect(read.segments[1]).toMatchObject({ label: '病灶 2   "ö"', algorithm: 'semiautomatic', trackingUid: null })
  let index = 0
  for await (const { voxels, outside, warnings } of segmentMasks(read, source.target)) {
    expect(outside).toBe(0)
    expect(warnings).toEqual([])
    expect(Buffer.compare(voxels, masks[index++]?.voxels ?? new Uint8Array())).toBe(0)
  }
  expect(index).toBe(2)
}

describe('written segmentations', () => {
  it('read back equal over the phantom, overlapping masks and names in any script included', async () => {
    await roundTrip(await sourceOf(phantom), 'phantom.dcm')
  })

  it.skipIf(!sclerosis)('read back equal over a real series of JPEG 2000', async () => {
    await roundTrip(await sourceOf(join(sclerosis ?? '', 'dicom/study2/FLAIR_common_grid')), 'real.dcm')
  })

  it('read back equal over slices that are tilted, uneven and come in two directions of numbering', async () => {
    const series = join(folder, 'tilted')
    const depths = [0, 2, 4.5, 10]
    depths.forEach((z, i) =>
      writeSlice(series, {
        name: `${i}.dcm`,
        instance: 9 - i,
        position: [0.4 * z, -1.25, z],
        orientation: [1, 0, 0, 0, 1, 0],
      }),
    )
    const source = await sourceOf(series)
    expect(source.target.geometry.origins.map(([, , z]) => z)).toEqual(depths)
    const masks: SegmentMask[] = [
      { segment: plain, voxels: Uint8Array.from({ length: 48 }, (_, i) => (i % 5 === 0 ? 1 : 0)) },
    ]
    const path = join(folder, 'tilted.dcm')
    writeFileSync(path, writeSegmentation(source, masks, { version }).bytes)
    const read = await readSegmentation(path)
    for await (const { voxels, outside } of segmentMasks(read, source.target)) {
      expect([...voxels]).toEqual([...(masks[0]?.voxels ?? [])])
      expect(outside).toBe(0)
    }
  })

  it('are not written when nothing is marked', async () => {
    const source = await sourceOf(phantom)
    const { slices, rows, columns } = source.target.size
    const empty = [{ segment: plain, voxels: new Uint8Array(slices * rows * columns) }]
    expect(() => writeSegmentation(source, empty, { version })).toThrow(/nothing to write/)
  })

  it('are not written for a series without places', async () => {
    const series = join(folder, 'placeless')
    writeSlice(series, { name: '1.dcm', position: null })
    await expect(sourceOf(series)).rejects.toMatchObject({ code: 'dicom/no-place' })
  })

  it.skipIf(!hasValidator)('have no errors by dciodvfy', async () => {
    const source = await sourceOf(phantom)
    expect(errorsOf(writeSegmentation(source, makeMasks(source), { version }).bytes, 'valid-seg.dcm')).toEqual([])
  })
})

const mm = { value: 'mm', scheme: 'UCUM', meaning: 'millimeter' }
const ml = { value: 'ml', scheme: 'UCUM', meaning: 'milliliter' }
const longAxis: LesionMeasurement = {
  quantity: { value: '103339001', scheme: 'SCT', meaning: 'Long Axis' },
  value: 23.456789012345678,
  unit: mm,
  derivation: null,
  line: [
    [1.5, -2.25, 3],
    [10.75, 4, 3],
  ],
}
const measurements: LesionMeasurement[] = [
  longAxis,
  { ...longAxis, quantity: { value: '103340004', scheme: 'SCT', meaning: 'Short Axis' }, value: 11, line: null },
  {
    quantity: { value: '118565006', scheme: 'SCT', meaning: 'Volume' },
    value: 1.25e-7,
    unit: ml,
    derivation: null,
    line: null,
  },
  {
    quantity: { value: '112031', scheme: 'DCM', meaning: 'Attenuation Coefficient' },
    value: -12.5,
    unit: { value: "[hnsf'U]", scheme: 'UCUM', meaning: 'Hounsfield unit' },
    derivation: { value: '373098007', scheme: 'SCT', meaning: 'Mean' },
    line: null,
  },
]

function makeLesions(segmentationUid: string, seriesUid: string): MeasuredLesion[] {
  return [
    {
      trackingId: 'Lesion 1',
      trackingUid: '2.25.1',
      finding: { value: '52988006', scheme: 'SCT', meaning: 'Lesion' },
      site: { value: '12738006', scheme: 'SCT', meaning: 'Brain' },
      segment: { sopInstanceUid: segmentationUid, number: 1 },
      sourceSeriesUid: seriesUid,
      measurements,
    },
    {
      trackingId: '病灶 2',
      trackingUid: '2.25.2',
      finding: null,
      site: null,
      segment: null,
      sourceSeriesUid: null,
      measurements: [longAxis],
    },
  ]
}

describe('written reports', () => {
  it('read back equal: tracking, codes, segments, numbers to the last digit, lines', async () => {
    const source = await sourceOf(phantom)
    const segmentation = writeSegmentation(source, makeMasks(source), { version })
    const lesions = makeLesions(segmentation.sopUid, source.seriesUid)
    const written = writeReport(source, lesions, { version, segmentations: [segmentation] })
    const path = join(folder, 'report.dcm')
    writeFileSync(path, written.bytes)
    const { report, summary } = await readReport(path)
    expect(report.title).toMatchObject({ value: '126000' })
    expect(report.lesions).toEqual(lesions)
    expect(summary.instances.has(segmentation.sopUid)).toBe(true)
    expect(source.images.every(({ sopUid }) => summary.instances.has(sopUid))).toBe(true)
  })

  it.skipIf(!hasValidator)('have no errors by dciodvfy', async () => {
    const source = await sourceOf(phantom)
    const segmentation = writeSegmentation(source, makeMasks(source), { version })
    const lesions = makeLesions(segmentation.sopUid, source.seriesUid)
    const { bytes } = writeReport(source, lesions, { version, segmentations: [segmentation] })
    expect(errorsOf(bytes, 'valid-sr.dcm')).toEqual([])
  })

  it('are not written when a lesion names a segmentation that is not given', async () => {
    const source = await sourceOf(phantom)
    expect(() => writeReport(source, makeLesions('1.2.3', source.seriesUid), { version })).toThrow(
      /not among those given/,
    )
  })
})

describe.skipIf(oraclePython === '')('other programs', () => {
  it('read the same masks and numbers: highdicom and pydicom (oracle/check-written.py)', async () => {
    const source = await sourceOf(phantom)
    const masks = makeMasks(source)
    const segmentation = writeSegmentation(source, masks, { version })
    const report = writeReport(source, makeLesions(segmentation.sopUid, source.seriesUid), {
      version,
      segmentations: [segmentation],
    })
    writeFileSync(join(folder, 'seg-out.dcm'), segmentation.bytes)
    writeFileSync(join(folder, 'sr-out.dcm'), report.bytes)
    const script = join(import.meta.dirname, 'oracle/check-written.py')
    const text = execFileSync(oraclePython, [script, join(folder, 'seg-out.dcm'), join(folder, 'sr-out.dcm')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const found = JSON.parse(text) as { class: string; segments: number[][]; groups: unknown[] }
    const { slices, rows, columns } = source.target.size
    const area = rows * columns
    expect(found.class).toBe(segmentationClass)
    expect(found.segments).toEqual(
      masks.map(({ voxels }) =>
        Array.from({ length: slices }, (_, z) => {
          let sum = 0
          for (let i = 0; i < area; i++) if (voxels[z * area + i]) sum += 1 + (i % 997)
          return sum
        }),
      ),
    )
    expect(found.groups).toEqual([
      [
        'Lesion 1',
        '2.25.1',
        'VolumetricROIMeasurementsAndQualitativeEvaluations',
        [23.456789012345677, 11, 1.25e-7, -12.5],
      ],
      ['病灶 2', '2.25.2', 'MeasurementsAndQualitativeEvaluations', [23.456789012345677]],
    ])
  })
})

describe('parts of objects', () => {
  it('write numbers in at most 16 letters, as exactly as fits', () => {
    expect([0, -0, 1.5, 1 / 3, -1234567.8901234567, 1e-20, 123456789012345680].map(decimalText)).toEqual([
      '0',
      '0',
      '1.5',
      '0.33333333333333',
      '-1234567.8901235',
      '1e-20',
      '1.2345678901e+17',
    ])
    for (const value of [Math.PI * 1e-9, -Math.E * 1e12, 1 / 7e8]) {
      expect(decimalText(value).length).toBeLessThanOrEqual(16)
      expect(Number(decimalText(value)) / value).toBeCloseTo(1, 8)
    }
  })

  it('keep colours through CIELab within one step', () => {
    for (const colour of ['#ff0000', '#00ff00', '#0000ff', '#123456', '#fedcba', '#000000', '#ffffff']) {
      const back = cielabToHex(hexToCielab(colour))
      for (const at of [1, 3, 5]) {
        const [a, b] = [colour, back].map((hex) => Number.parseInt(hex.slice(at, at + 2), 16))
        expect(Math.abs((a ?? 0) - (b ?? 0))).toBeLessThanOrEqual(1)
      }
    }
  })

  it('make UIDs of at most 64 letters that differ', () => {
    const uids = Array.from({ length: 100 }, randomUid)
    expect(new Set(uids).size).toBe(100)
    for (const uid of uids) expect(uid).toMatch(/^2\.25\.[1-9][0-9]{0,38}$/)
  })
})
