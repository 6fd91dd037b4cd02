import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DicomElement, encapsulate, writePart10 } from '../../../../electron/formats/dicom/write-part10.ts'
import { inspectPaths, openSequence } from '../../../../electron/formats/open-sequences.ts'
import type { SequenceInfo } from '../../../../shared/domain/sequence.ts'
import { sliceElements, writeSlice } from './dicom-fixture.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dicom-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function only(): Promise<SequenceInfo> {
  const { sequences, problems } = await inspectPaths([folder])
  expect(problems).toEqual([])
  expect(sequences).toHaveLength(1)
  const [sequence] = sequences
  if (!sequence) throw new Error('one sequence was expected')
  return sequence
}

/** First pixel of every frame in the order shown. */
async function firstPixels(id?: string): Promise<number[]> {
  const reader = await openSequence([folder], id)
  const frames = Array.from({ length: reader.info.frames }, (_, i) => i)
  try {
    const { values } = await reader.read({ frames, bands: [0], window: { row: 0, column: 0, height: 1, width: 1 } })
    return [...values]
  } finally {
    await reader.close()
  }
}

async function geometryOf(): Promise<{ isVolume: boolean; frameSpacing: number | null } | null | undefined> {
  const reader = await openSequence([folder])
  await reader.close()
  return reader.medical?.geometry
}

describe('the order of slices', () => {
  it('follows the position along the normal, not names or instance numbers; also for oblique slices', async () => {
    const half = Math.SQRT1_2
    const orientation = [half, half, 0, 0, 0, -1]
    // The normal of these directions is (-h, h, 0).
    const at = (depth: number): number[] => [-half * depth, half * depth, 5]
    writeSlice(folder, { name: 'a', instance: 1, position: at(9), orientation, start: 900 })
    writeSlice(folder, { name: 'b', instance: 2, position: at(3), orientation, start: 300 })
    writeSlice(folder, { name: 'c', instance: 3, position: at(6), orientation, start: 600 })
    const info = await only()
    expect(info).toMatchObject({ frames: 3, warnings: [], times: null, timePoints: null })
    expect(info.spacingMm?.map((value) => Math.round(value * 1e6) / 1e6)).toEqual([2, 1.5, 3])
    expect(info.orderedBy).toContain('position')
    expect(await firstPixels()).toEqual([300, 600, 900])
    expect(await geometryOf()).toMatchObject({ isVolume: true })
  })

  it('says where slices are missing, and that distances vary', async () => {
    for (const [i, z] of [0, 2, 4, 8, 10].entries())
      writeSlice(folder, { name: `s${i}`, instance: i, position: [0, 0, z] })
    expect((await only()).warnings).toEqual([
      '1 slice seems to be missing (after slice 3; the usual distance is 2 mm).',
    ])
    expect(await geometryOf()).toMatchObject({ isVolume: false, frameSpacing: null })
    rmSync(folder, { recursive: true })
    for (const [i, z] of [0, 2, 4.3, 6.3].entries())
      writeSlice(folder, { name: `s${i}`, instance: i, position: [0, 0, z] })
    expect((await only()).warnings[0]).toContain('vary (2 to 2.3 mm)')
  })

  it('says that a gantry was tilted', async () => {
    for (let i = 0; i < 5; i++)
      writeSlice(folder, { name: `s${i}`, instance: i, position: [0, i * Math.tan(Math.PI / 12), i] })
    expect((await only()).warnings[0]).toContain('sheared by 15.0 degrees')
    expect(await geometryOf()).toMatchObject({ isVolume: false, frameSpacing: 1 })
  })

  it('shows a slice once that lies there twice, and counts the same image in two files once', async () => {
    for (let i = 0; i < 5; i++) writeSlice(folder, { name: `s${i}`, instance: i, start: 10 * i })
    writeSlice(folder, { name: 'again', instance: 9, position: [0, 0, 2], start: 777 })
    const copy = readFileSync(join(folder, 's3'))
    writeFileSync(join(folder, 'copy'), copy)
    const info = await only()
    expect(info.frames).toBe(5)
    expect(info.warnings).toEqual([
      '1 file repeats an image that is already there; it counts once.',
      '1 of 6 slices lie at the same place as another; only the first of each is shown.',
    ])
    expect(await firstPixels()).toEqual([0, 10, 20, 30, 40])
  })

  it('takes the instance number where there are no positions, then the acquisition time, with the times', async () => {
    for (const i of [3, 1, 2]) writeSlice(folder, { name: `x${9 - i}`, instance: i, position: null, start: i })
    expect((await only()).orderedBy).toContain('instance number')
    expect(await firstPixels()).toEqual([1, 2, 3])
    rmSync(folder, { recursive: true })
    for (const i of [3, 1, 2]) {
      const extra = [['00080022', 'DA', '20240229'] as const, ['00080032', 'TM', `0${i}1530.25`] as const]
      writeSlice(folder, { name: `x${9 - i}`, position: null, start: i, extra })
    }
    expect(await only()).toMatchObject({
      times: ['2024-02-29T01:15:30.250', '2024-02-29T02:15:30.250', '2024-02-29T03:15:30.250'],
    })
    expect(await firstPixels()).toEqual([1, 2, 3])
  })
})

describe('series that are more than one stack', () => {
  it.each([
    ['temporal position', '00200100', 'IS'],
    ['trigger time', '00181060', 'DS'],
    ['acquisition number', '00200012', 'IS'],
  ])('orders time points by %s, with the slices of each in order, and says so', async (name, tag, vr) => {
    for (let i = 0; i < 6; i++) {
      // Three times of two slices, written slice by slice.
      const [slice, time] = [Math.floor(i / 3), [20, 5, 10][i % 3] ?? 0]
      const extra = [
        [tag, vr, String(time)] as const,
        ['00080022', 'DA', '20240101'] as const,
        ['00080032', 'TM', `1200${String(time).padStart(2, '0')}`] as const,
      ]
      writeSlice(folder, { name: `s${i}`, instance: i + 1, position: [0, 0, slice], start: 100 * time + slice, extra })
    }
    const info = await only()
    expect(info).toMatchObject({ frames: 6, timePoints: 3 })
    expect(info.orderedBy).toContain(name)
    expect(info.warnings[0]).toContain('3 time points of 2 slices')
    expect(info.times?.[2]).toBe('2024-01-01T12:00:10')
    expect(await firstPixels()).toEqual([500, 501, 1000, 1001, 2000, 2001])
    expect(await geometryOf()).toMatchObject({ isVolume: false, frameSpacing: 1 })
  })

  it('keeps magnitude and phase, and the directions of a localizer, in sequences of their own', async () => {
    for (let i = 0; i < 4; i++) {
      const extra = [['00080008', 'CS', i % 2 === 0 ? 'ORIGINAL\\PRIMARY\\M' : 'ORIGINAL\\PRIMARY\\P'] as const]
      writeSlice(folder, { name: `s${i}`, instance: i, position: [0, 0, Math.floor(i / 2)], start: i, extra })
    }
    const { sequences } = await inspectPaths([folder])
    expect(sequences.map(({ frames, warnings }) => [frames, warnings[0]?.includes('image type')])).toEqual([
      [2, true],
      [2, true],
    ])
    expect(await firstPixels(sequences[1]?.id)).toEqual([1, 3])
    rmSync(folder, { recursive: true })
    const directions = [
      [1, 0, 0, 0, 1, 0],
      [0, 1, 0, 0, 0, -1],
      [1, 0, 0, 0, 0, -1],
    ]
    directions.forEach((orientation, i) => writeSlice(folder, { name: `l${i}`, instance: i, orientation }))
    expect((await inspectPaths([folder])).sequences).toHaveLength(3)
  })
})

describe('values and what they mean', () => {
  it('rescales, masks bits that are not stored, extends the sign, and reads padding as no value', async () => {
    const pixels = new Uint8Array(Uint16Array.from({ length: 12 }, (_, i) => (i === 1 ? 0xf801 : 0xf000 | i)).buffer)
    const extra = [
      ['00080060', 'CS', 'CT'] as const,
      ['00280101', 'US', [12]] as const,
      ['00280102', 'US', [11]] as const,
      ['00280103', 'US', [1]] as const,
      ['00280120', 'SS', [5]] as const,
      ['00281050', 'DS', '50\\-600'] as const,
      ['00281051', 'DS', '350\\1500'] as const,
      ['00281052', 'DS', '-1024'] as const,
      ['00281053', 'DS', '2'] as const,
      ['00281055', 'LO', 'SOFT\\LUNG'] as const,
      ['7fe00010', 'OW', pixels] as const,
    ]
    writeSlice(folder, { name: 'ct', extra })
    const reader = await openSequence([folder])
    const { values } = await reader.read({
      frames: [0],
      bands: [0],
      window: { row: 0, column: 0, height: 2, width: 4 },
    })
    // 0x801 of 12 bits is -2047.
    expect([...values]).toEqual([-1024, 2 * -2047 - 1024, -1020, -1018, -1016, NaN, -1012, -1010])
    expect(reader.info.dtype).toBe('int16')
    expect(reader.medical).toMatchObject({ units: 'HU', modality: 'CT', isInverted: false })
    expect(reader.medical?.windows.slice(0, 4)).toEqual([
      { name: 'SOFT', centre: 50, width: 350 },
      { name: 'LUNG', centre: -600, width: 1500 },
      { name: 'Soft tissue', centre: 40, width: 400 },
      { name: 'Bone', centre: 480, width: 2500 },
    ])
    await reader.close()
  })

  it('goes through a modality table, which replaces slope and intercept', async () => {
    const table = [['00283002', 'US', [3, 101, 16]] as const, ['00283006', 'US', [7, 70, 700]] as const]
    writeSlice(folder, { name: 'lut', extra: [['00283000', 'SQ', [[...table]]]] })
    const reader = await openSequence([folder])
    const { values } = await reader.read({
      frames: [0],
      bands: [0],
      window: { row: 0, column: 0, height: 1, width: 4 },
    })
    expect([...values]).toEqual([7, 7, 70, 700])
    await reader.close()
  })

  it('gives a cine its rate and calibrated ultrasound its scale, without a place in the patient', async () => {
    const region: DicomElement[] = [
      ['00186012', 'US', [1]],
      ['00186024', 'US', [3]],
      ['00186026', 'US', [3]],
      ['0018602c', 'FD', [0.025]],
      ['0018602e', 'FD', [0.03]],
    ]
    const extra: DicomElement[] = [
      ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.3.1'],
      ['00080060', 'CS', 'US'],
      ['00181063', 'DS', '40'],
      ['00186011', 'SQ', [region]],
      ['00280008', 'IS', '3'],
      ['7fe00010', 'OW', new Uint8Array(Uint16Array.from({ length: 36 }, (_, i) => i).buffer)],
    ]
    writeSlice(folder, { name: 'us', position: null, extra })
    expect(await only()).toMatchObject({ frames: 3, frameRate: 25, durationSeconds: 0.12, spacingMm: null })
    expect(await firstPixels()).toEqual([0, 12, 24])
    const reader = await openSequence([folder])
    expect(reader.medical?.geometry).toBeNull()
    expect(reader.medical?.pixelSpacing?.map((value) => Math.round(value * 1e9) / 1e9)).toEqual([0.3, 0.25])
    await reader.close()
  })

  it.each([
    ['ISO_IR 192', Buffer.from('王^小东', 'utf8'), '王, 小东'],
    ['GB18030', Buffer.from('cdf55ed0a1b6ab', 'hex'), '王, 小东'],
    ['ISO_IR 100', Buffer.from('M\xfcller^J\xf6rg', 'latin1'), 'Müller, Jörg'],
    [
      '\\ISO 2022 IR 87',
      Buffer.from('Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B', 'latin1'),
      'Yamada, Tarou / 山田, 太郎',
    ],
  ])('reads a name in %s, and tells it to nobody but the medical viewer', async (charset, bytes, name) => {
    const extra = [['00080005', 'CS', charset] as const, ['00100010', 'PN', bytes] as const]
    writeSlice(folder, { name: 'named', extra })
    const reader = await openSequence([folder])
    expect(reader.medical?.patient.name).toBe(name)
    expect(JSON.stringify(reader.info)).not.toContain(name.slice(0, 2))
    await reader.close()
  })
})

describe('compressed frames in fragments', () => {
  const jpeg = readFileSync(fileURLToPath(new URL('../images/files/grey.jpg', import.meta.url)))
  const base = sliceElements({ name: 'jpeg', position: null }).filter(([tag]) => tag !== '7fe00010')
  const changed = new Set(['00280008', '00280010', '00280011', '00280100', '00280101', '00280102'])
  const elements = [
    ...base.filter(([tag]) => !changed.has(tag)),
    ['00280010', 'US', [24]] as const,
    ['00280011', 'US', [40]] as const,
    ['00280100', 'US', [8]] as const,
    ['00280101', 'US', [8]] as const,
    ['00280102', 'US', [7]] as const,
    ['00280008', 'IS', '2'] as const,
  ]
  const transferSyntax = '1.2.840.10008.1.2.4.50'
  const halves = [jpeg.subarray(0, 300), jpeg.subarray(300)]

  it.each([
    ['a basic offset table', encapsulate([jpeg, jpeg], true)],
    ['one fragment for each frame and no table', encapsulate([jpeg, jpeg], false)],
    ['two fragments for each frame and no table', encapsulate([...halves, ...halves], false)],
    ['no closing delimiter', encapsulate([jpeg, jpeg], false, true)],
  ])('finds frames by %s', async (_, pixels) => {
    writeFileSync(join(folder, 'two.dcm'), writePart10([...elements, pixels], { transferSyntax }))
    expect(await only()).toMatchObject({ frames: 2, height: 24, width: 40, dtype: 'uint8' })
    const reader = await openSequence([folder])
    const window = { row: 0, column: 0, height: 24, width: 40 }
    const { values } = await reader.read({ frames: [0, 1], bands: [0], window })
    expect(values.subarray(0, 960)).toEqual(values.subarray(960))
    expect(values[959]).toBeGreaterThan(150)
    await reader.close()
  })

  it('finds frames by an extended offset table', async () => {
    // First fragments of two bytes are too short to be recognised, so nothing but the table tells.
    const parts = [jpeg.subarray(0, 2), jpeg.subarray(2)]
    const padded = (length: number): number => 8 + length + (length % 2)
    const offsets = Buffer.alloc(16)
    offsets.writeBigUInt64LE(BigInt(padded(2) + padded(jpeg.length - 2)), 8)
    const pixels = encapsulate([...parts, ...parts], false)
    writeFileSync(join(folder, 'two.dcm'), writePart10([...elements, pixels], { transferSyntax }))
    await expect(firstPixels()).rejects.toThrow('cannot be assigned to 2 frames')
    const table = ['7fe00001', 'OV', offsets] as const
    writeFileSync(join(folder, 'two.dcm'), writePart10([...elements, table, pixels], { transferSyntax }))
    expect(await firstPixels()).toEqual([0, 0])
  })

  it('reads frames that are encapsulated but not compressed, and refuses video with its name', async () => {
    const extra = [encapsulate([Buffer.from(Uint16Array.from({ length: 12 }, (_, i) => 7 * i).buffer)], false)] as const
    writeSlice(folder, { name: 'plain', extra: [...extra], transferSyntax: '1.2.840.10008.1.2.1.98' })
    const reader = await openSequence([folder])
    const { values } = await reader.read({
      frames: [0],
      bands: [0],
      window: { row: 2, column: 1, height: 1, width: 3 },
    })
    expect([...values]).toEqual([63, 70, 77])
    await reader.close()
    writeSlice(folder, { name: 'plain', extra: [...extra], transferSyntax: '1.2.840.10008.1.2.4.102' })
    const { problems } = await inspectPaths([folder])
    expect(problems).toMatchObject([{ code: 'dicom/unsupported' }])
    expect(problems[0]?.message).toContain('H.264 video')
  })

  it('says that a frame is missing, and refuses a stream of another size', async () => {
    writeFileSync(join(folder, 'one.dcm'), writePart10([...elements, encapsulate([jpeg], false)], { transferSyntax }))
    await expect(firstPixels()).rejects.toMatchObject({ code: 'dicom/damaged' })
    const wrong = elements.map((element) => (element[0] === '00280011' ? (['00280011', 'US', [41]] as const) : element))
    writeFileSync(
      join(folder, 'one.dcm'),
      writePart10([...wrong, encapsulate([jpeg, jpeg], false)], { transferSyntax }),
    )
    await expect(firstPixels()).rejects.toThrow('it says 40 x 24 pixels of 1 samples, but the file 41 x 24 of 1')
  })
})
