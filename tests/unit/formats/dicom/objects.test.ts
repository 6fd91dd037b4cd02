import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dicomFramesOf } from '../../../../electron/formats/dicom/dicom-reader.ts'
import type { MaskTarget } from '../../../../electron/formats/dicom/objects/mask-target.ts'
import { readReport } from '../../../../electron/formats/dicom/objects/read-report.ts'
import { readSegmentation } from '../../../../electron/formats/dicom/objects/read-segmentation.ts'
import { readStructureSet } from '../../../../electron/formats/dicom/objects/read-structure-set.ts'
import { segmentMasks, type PlacedMask } from '../../../../electron/formats/dicom/objects/segment-masks.ts'
import { seriesTarget } from '../../../../electron/formats/dicom/objects/series-target.ts'
import { outlinesToMask, placeStructures } from '../../../../electron/formats/dicom/objects/structure-masks.ts'
import { openSequence } from '../../../../electron/formats/open-sequences.ts'
import { dot, normalOf } from '../../../../shared/domain/medical/volume-geometry.ts'
import { realData } from '../real-data.ts'

interface OracleFrame {
  frame: number
  position: [number, number, number] | null
  pixels: number
  weighted: number
}
interface ObjectOracle {
  segmentations: Record<
    string,
    {
      kind: string
      segments: { number: number; label: string; type: string[]; trackingUid: string | null; frames: OracleFrame[] }[]
    }
  >
  structures: Record<
    string,
    {
      number: number
      name: string
      contours: number
      points: number
      slices: { image: string; pixels: number; weighted: number }[]
    }[]
  >
  reports: Record<
    string,
    {
      trackingId: string | null
      trackingUid: string | null
      finding: string[] | null
      numbers: [string[], number, string][]
    }[]
  >
}
const oracle = JSON.parse(readFileSync(new URL('oracle/medical-objects.json', import.meta.url), 'utf8')) as ObjectOracle
const zoo = realData('dicom_objects')
const sclerosis = realData('ms_longitudinal_p01')
const at = (key: string): string => join(zoo ?? '', '..', ...key.split('/'))

async function targetOf(path: string, sequence?: string): Promise<MaskTarget> {
  const reader = await openSequence([path], sequence)
  await reader.close()
  return seriesTarget(dicomFramesOf(reader) ?? [], reader.medical?.geometry ?? null, reader.info.name)
}

async function masksOf(path: string, target: MaskTarget): Promise<PlacedMask[]> {
  const masks: PlacedMask[] = []
  for await (const mask of segmentMasks(await readSegmentation(path), target)) masks.push(mask)
  return masks
}

function summaryOf(voxels: Uint8Array, slice: number, area: number): { pixels: number; weighted: number } {
  let [pixels, weighted] = [0, 0]
  for (let i = 0; i < area; i++)
    if (voxels[slice * area + i]) {
      pixels++
      weighted += 1 + (i % 997)
    }
  return { pixels, weighted }
}

describe.skipIf(!zoo || !sclerosis)('segmentations', () => {
  it.each(Object.entries(oracle.segmentations))(
    '%s describes its segments as pydicom reads them',
    async (key, expected) => {
      const { type, segments, frames } = await readSegmentation(at(key))
      expect(type).toBe(expected.kind.toLowerCase())
      expect(
        segments.map(({ number, label, type: kind, trackingUid }) => ({
          number,
          label,
          type: [kind?.value, kind?.scheme, kind?.meaning],
          trackingUid,
        })),
      ).toEqual(expected.segments.map(({ frames: _, ...segment }) => segment))
      for (const { number, frames: marked } of expected.segments)
        for (const { frame } of marked) expect(frames[frame]?.segment ?? number).toBe(number)
    },
  )

  const series: readonly (readonly [string, string])[] = [
    ['dicom_objects/dcmqi/segmentations/23x38x3/seg/label.seg', 'dicom_objects/dcmqi/segmentations/23x38x3/image'],
    ['dicom_objects/dcmqi/segmentations/24x38x3/seg/label.seg', 'dicom_objects/dcmqi/segmentations/24x38x3/image'],
    ['dicom_objects/dcmqi/segmentations/24x38x3/seg/label.seg', 'dicom_objects/dcmqi/segmentations/24x38x3/multiframe'],
    ['dicom_objects/dcmqi/segmentations/liver.dcm', 'dicom_objects/dcmqi/segmentations/ct-3slice'],
    ['dicom_objects/dcmqi/segmentations/partial_overlaps.dcm', 'dicom_objects/dcmqi/segmentations/ct-3slice'],
    ['dicom_objects/dcmqi/segmentations/sparse-labelmap-noppv.dcm', 'dicom_objects/dcmqi/segmentations/24x38x3/image'],
    ['dicom_objects/dcmqi/segmentations/sparse-labelmap-ppv5.dcm', 'dicom_objects/dcmqi/segmentations/24x38x3/image'],
    ['ms_longitudinal_p01/dicom/study2/SEG_lesion_change.dcm', 'ms_longitudinal_p01/dicom/study2/FLAIR_common_grid'],
  ]
  it.each(series)('%s lies on %s voxel for voxel', async (key, folder) => {
    const expected = oracle.segmentations[key]
    const target = await targetOf(at(folder))
    const area = target.size.rows * target.size.columns
    const masks = await masksOf(at(key), target)
    expect(masks.map(({ segment }) => segment.number)).toEqual(expected?.segments.map(({ number }) => number))
    masks.forEach(({ voxels, outside }, index) => {
      const frames = expected?.segments[index]?.frames ?? []
      const { geometry } = target
      if (!geometry) throw new Error('the series has places')
      const normal = normalOf(geometry)
      const depth = (place: readonly [number, number, number]): number => Math.round(dot(place, normal) * 100)
      const wanted = new Map(
        frames.map(({ position, pixels, weighted }) => [depth(position ?? [0, 0, 0]), { pixels, weighted }]),
      )
      const found = new Map(
        geometry.origins.flatMap((origin, slice) => {
          const summary = summaryOf(voxels, slice, area)
          return summary.pixels > 0 ? [[depth(origin), summary] as const] : []
        }),
      )
      expect(found).toEqual(wanted)
      expect(outside).toBe(0)
    })
  })

  it('finds the image of a mask without places by its reference, and refuses any other', async () => {
    const key = 'dicom_objects/highdicom/seg_image_cr_binary.dcm'
    const { summary, frames } = await readSegmentation(at(key))
    const [source] = frames[0]?.sources ?? []
    const target: MaskTarget = {
      name: 'CR',
      size: { slices: 1, rows: 16, columns: 16 },
      geometry: null,
      seriesUid: '1.2.3',
      slices: [{ sopUid: source?.sopUid ?? '', frame: null }],
    }
    const [mask] = await masksOf(at(key), target)
    const [frame] = oracle.segmentations[key]?.segments[0]?.frames ?? []
    expect(summaryOf(mask?.voxels ?? new Uint8Array(), 0, 256)).toEqual({
      pixels: frame?.pixels,
      weighted: frame?.weighted,
    })
    expect(summary.name).toBe('CR_SEG')
    const other = { ...target, slices: [{ sopUid: '1.2.3.4', frame: null }] }
    await expect(masksOf(at(key), other)).rejects.toMatchObject({ code: 'dicom/masks-elsewhere' })
  })

  it('is refused over a series of another coordinate system whose images it does not name', async () => {
    const target = await targetOf(at('mr_series_sag_anon'))
    await expect(masksOf(at('dicom_objects/dcmqi/segmentations/liver.dcm'), target)).rejects.toMatchObject({
      code: 'dicom/other-frame-of-reference',
    })
  })

  it('takes the nearest voxel where the series has another grid: volumes agree within 10 %', async () => {
    const path = at('ms_longitudinal_p01/dicom/study2/SEG_lesion_change.dcm')
    const common = await targetOf(at('ms_longitudinal_p01/dicom/study2/FLAIR_common_grid'))
    const { geometry } = common
    if (!geometry) throw new Error('the series has places')
    // Half as many columns, twice as wide.
    const size = { ...common.size, columns: Math.floor(common.size.columns / 2) }
    const wide: MaskTarget = {
      ...common,
      size,
      geometry: {
        ...geometry,
        size,
        columnStep: [geometry.columnStep[0] * 2, geometry.columnStep[1] * 2, geometry.columnStep[2] * 2],
      },
    }
    const sum = (voxels: Uint8Array): number => voxels.reduce((total, value) => total + value, 0)
    const [one] = await masksOf(path, common)
    const [other] = await masksOf(path, wide)
    expect(other?.outside).toBeNull()
    const ratio = (2 * sum(other?.voxels ?? new Uint8Array())) / sum(one?.voxels ?? new Uint8Array())
    expect(Math.abs(ratio - 1)).toBeLessThan(0.1)
  })
})

describe.skipIf(!zoo)('structure sets', () => {
  it.each(Object.entries(oracle.structures))('%s has the contours that pydicom reads', async (key, expected) => {
    const { structures } = await readStructureSet(at(key))
    expect(
      structures.map(({ number, name, contours }) => ({
        number,
        name,
        contours: contours.length,
        points: contours.reduce((sum, { points }) => sum + points.length / 3, 0),
      })),
    ).toEqual(expected.map(({ slices: _, ...structure }) => structure))
  })

  it('fills contours on the series they were drawn on as the crossing number says', async () => {
    const key = 'dicom_objects/rt/rt.dcm'
    const target = await targetOf(dirname(at(key)))
    const area = target.size.rows * target.size.columns
    const placed = placeStructures(await readStructureSet(at(key)), target)
    placed.forEach(({ outlines }, index) => {
      const voxels = outlinesToMask(outlines, target)
      for (const { image, pixels, weighted } of oracle.structures[key]?.[index]?.slices ?? []) {
        const slice = target.slices.findIndex(({ sopUid }) => sopUid === image)
        expect(summaryOf(voxels, slice, area)).toEqual({ pixels, weighted })
      }
    })
    expect(oracle.structures[key]?.[0]?.slices.length).toBe(1)
    // The file names a frame of reference of its own; it is believed because it names these images.
    expect(placed[0]?.warnings[0]).toContain('another frame of reference')
  })

  it('leaves a hole where one contour lies within another', () => {
    const square = (from: number, to: number): Float64Array =>
      Float64Array.from([from, from, from, to, to, to, to, from])
    const outlines = [square(0.5, 8.5), square(2.5, 5.5)].map((points) => ({ slice: 1, points, isClosed: true }))
    const voxels = outlinesToMask(outlines, { size: { slices: 2, rows: 10, columns: 10 } })
    expect(summaryOf(voxels, 0, 100).pixels).toBe(0)
    expect(summaryOf(voxels, 1, 100).pixels).toBe(64 - 9)
    expect(voxels[100 + 33]).toBe(0)
  })

  it('is refused over a series of another coordinate system', async () => {
    const target = await targetOf(at('mr_series_sag_anon'))
    const set = await readStructureSet(at('dicom_objects/rt/rt.dcm'))
    expect(() => placeStructures(set, target)).toThrow(/another coordinate system/)
  })
})

describe.skipIf(!zoo)('reports', () => {
  it.each(Object.entries(oracle.reports))('%s has the measurements that pydicom reads', async (key, expected) => {
    const { report } = await readReport(at(key))
    expect(
      report.lesions.map(({ trackingId, trackingUid, finding, measurements }) => ({
        trackingId,
        trackingUid,
        finding: finding && [finding.value, finding.scheme, finding.meaning],
        numbers: measurements.map(({ quantity, value, unit }) => [
          [quantity.value, quantity.scheme, quantity.meaning],
          value,
          unit.value,
        ]),
      })),
    ).toEqual(
      expected.map(({ numbers, ...group }) => ({
        ...group,
        // A report may state a number twice, the second time with more digits.
        numbers: numbers.map(([name, value, unit]) => [name, expect.closeTo(value, 9) as unknown, unit]),
      })),
    )
  })
})

describe('objects that are something else', () => {
  it.skipIf(!zoo)('are refused by name', async () => {
    const image = at('dicom_objects/rt/ct_1.dcm')
    await expect(readSegmentation(image)).rejects.toMatchObject({ code: 'dicom/not-a-segmentation' })
    await expect(readStructureSet(image)).rejects.toMatchObject({ code: 'dicom/not-a-structure-set' })
    await expect(readReport(image)).rejects.toMatchObject({ code: 'dicom/not-a-report' })
  })
})
