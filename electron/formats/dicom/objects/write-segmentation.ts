import { AppError } from '../../../../shared/base/app-error.ts'
import { assert } from '../../../../shared/base/assert.ts'
import { voxelCount } from '../../../../shared/base/volume.ts'
import type { Code } from '../../../../shared/domain/medical/code.ts'
import type { Segment, SegmentMask } from '../../../../shared/domain/medical/segmentation.ts'
import { isEven, voxelSpacing } from '../../../../shared/domain/medical/volume-geometry.ts'
import { type DicomElement, writePart10 } from '../write-part10.ts'
import { hexToCielab } from './cielab.ts'
import { codeSequence, decimalText, decimalTexts, limited, randomUid, tagBytes } from './make-elements.ts'
import { objectHead, type ObjectOptions } from './object-head.ts'
import { instanceItems, referenceElements, type SeriesSource } from './series-source.ts'

/** A file that was made, with the UIDs it is known by. */
export interface WrittenObject {
  readonly bytes: Buffer
  readonly sopClass: string
  readonly sopUid: string
  readonly seriesUid: string
}

/** Options of a segmentation. */
export interface SegmentationOptions extends ObjectOptions {
  /** What the masks are, for people. */
  readonly description?: string
}

/** SOP class of segmentations. */
export const segmentationClass = '1.2.840.10008.5.1.4.1.1.66.4'

const tissue: Code = { value: '85756007', scheme: 'SCT', meaning: 'Tissue' }
const abnormal: Code = { value: '49755003', scheme: 'SCT', meaning: 'Morphologically Abnormal Structure' }
const lesion: Code = { value: '52988006', scheme: 'SCT', meaning: 'Lesion' }

/**
 * Writes masks on a series as a DICOM segmentation (binary; explicit little endian). Slices on which a segment has no voxel
 * are left out. Segments are numbered from 1 in the order given.
 * @param masks  each [slice, row, column] of the series
 * @throws `dicom/empty-masks` when nothing is marked
 * Source: DICOM PS3.3 A.51, C.8.20
 */
export function writeSegmentation(
  source: SeriesSource,
  masks: readonly SegmentMask[],
  options: SegmentationOptions,
): WrittenObject {
  const { makeUid = randomUid } = options
  const { geometry, size } = source.target
  for (const { voxels } of masks) assert(voxels.length === voxelCount(size), 'a mask has the voxels of its series')
  const area = size.rows * size.columns
  const frames = masks.flatMap(({ voxels }, index) =>
    Array.from({ length: size.slices }, (_, slice) => ({ index, slice, bits: sliceOf(voxels, slice, area) })).filter(
      ({ bits }) => bits.includes(1),
    ),
  )
  if (frames.length === 0)
    throw new AppError('dicom/empty-masks', 'There is nothing to write: no voxel of any mask is marked.')
  const [sopUid, seriesUid, dimensionUid] = [makeUid(), makeUid(), makeUid()]
  const isCoded = isEven(geometry) && size.slices > 1
  const [sliceSpacing] = voxelSpacing(geometry)
  const columnSpacing = Math.hypot(...geometry.columnStep)
  const rowSpacing = Math.hypot(...geometry.rowStep)
  const direction = [
    ...geometry.columnStep.map((value) => value / columnSpacing),
    ...geometry.rowStep.map((value) => value / rowSpacing),
  ]
  const shared: DicomElement[] = [
    ['00209116', 'SQ', [[['00200037', 'DS', decimalTexts(direction)]]]],
    [
      '00289110',
      'SQ',
      [
        [
          ['00180050', 'DS', decimalText(sliceSpacing > 0 ? sliceSpacing : 1)],
          ...(isCoded ? [['00180088', 'DS', decimalText(sliceSpacing)] as const] : []),
          ['00280030', 'DS', decimalTexts([rowSpacing, columnSpacing])],
        ],
      ],
    ],
  ]
  const elements: DicomElement[] = [
    ...objectHead(source, { sopClass: segmentationClass, sopUid, modality: 'SEG' }, seriesUid, {
      seriesDescription: 'Segmentation',
      ...options,
    }),
    ['00080008', 'CS', 'DERIVED\\PRIMARY'],
    ['00081115', 'SQ', [seriesItem(source)]],
    ['00200052', 'UI', source.frameOfReferenceUid],
    ['00201040', 'LO', source.positionReference],
    ['00209221', 'SQ', [[['00209164', 'UI', dimensionUid]]]],
    [
      '00209222',
      'SQ',
      [
        dimension(dimensionUid, '0062000b', '0062000a', 'Segment Number'),
        dimension(dimensionUid, '00200032', '00209113', 'Image Position'),
      ],
    ],
    ['00280002', 'US', [1]],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280008', 'IS', String(frames.length)],
    ['00280010', 'US', [size.rows]],
    ['00280011', 'US', [size.columns]],
    ['00280100', 'US', [1]],
    ['00280101', 'US', [1]],
    ['00280102', 'US', [0]],
    ['00280103', 'US', [0]],
    ...source.compression,
    ['00620001', 'CS', 'BINARY'],
    ['00620002', 'SQ', masks.map(({ segment }, index) => segmentElements(segment, index + 1))],
    ['00620013', 'CS', doOverlap(masks) ? 'YES' : 'NO'],
    ['00700080', 'CS', 'SEGMENTATION'],
    ['00700081', 'LO', limited(options.description ?? '', 64)],
    ['00700084', 'PN', ''],
    ['52009229', 'SQ', [shared]],
    ['52009230', 'SQ', frames.map(({ index, slice }) => frameElements(source, index + 1, slice))],
    [
      '7fe00010',
      'OB',
      packBits(
        frames.map(({ bits }) => bits),
        area,
      ),
    ],
  ]
  return { bytes: writePart10(elements), sopClass: segmentationClass, sopUid, seriesUid }
}

function sliceOf(voxels: Uint8Array, slice: number, area: number): Uint8Array {
  return voxels.subarray(slice * area, (slice + 1) * area)
}

function seriesItem({ seriesUid, images }: SeriesSource): DicomElement[] {
  return [
    ['0020000e', 'UI', seriesUid],
    ['0008114a', 'SQ', instanceItems(images)],
  ]
}

function dimension(uid: string, pointer: string, group: string, label: string): DicomElement[] {
  return [
    ['00209164', 'UI', uid],
    ['00209165', 'AT', tagBytes(pointer)],
    ['00209167', 'AT', tagBytes(group)],
    ['00209421', 'LO', label],
  ]
}

const algorithms = { manual: 'MANUAL', semiautomatic: 'SEMIAUTOMATIC', automatic: 'AUTOMATIC' } as const

function segmentElements(segment: Segment, number: number): DicomElement[] {
  const { category, type, site, algorithm, algorithmName, colour, trackingId, trackingUid } = segment
  const kind = type ?? (category ? tissue : lesion)
  return [
    ...(site ? [codeSequence('00082218', site)] : []),
    codeSequence('00620003', category ?? (type ? tissue : abnormal)),
    ['00620004', 'US', [number]],
    ['00620005', 'LO', limited(segment.label, 64) || `Segment ${number}`],
    ['00620008', 'CS', algorithms[algorithm]],
    ...(algorithm === 'manual' ? [] : [['00620009', 'LO', limited(algorithmName ?? 'Chronolens', 64)] as const]),
    ...(colour ? [['0062000d', 'US', hexToCielab(colour)] as const] : []),
    codeSequence('0062000f', kind),
    // Both or none; PS3.3 C.8.20.4.
    ...(trackingId && trackingUid
      ? ([
          ['00620020', 'UT', trackingId],
          ['00620021', 'UI', trackingUid],
        ] as const)
      : []),
  ]
}

const derivedBySegmentation: Code = { value: '113076', scheme: 'DCM', meaning: 'Segmentation' }
const sourceImage: Code = {
  value: '121322',
  scheme: 'DCM',
  meaning: 'Source image for image processing operation',
}

function frameElements({ images, target }: SeriesSource, number: number, slice: number): DicomElement[] {
  const image = images[slice]
  const origin = target.geometry.origins[slice] ?? [0, 0, 0]
  const reference: DicomElement[] = image
    ? [
        ...referenceElements(image.sopClass, image.sopUid),
        ...(image.frame === null ? [] : [['00081160', 'IS', String(image.frame)] as const]),
        ['0028135a', 'CS', 'YES'],
        codeSequence('0040a170', sourceImage),
      ]
    : []
  return [
    ['00089124', 'SQ', [[['00082112', 'SQ', [reference]], codeSequence('00089215', derivedBySegmentation)]]],
    ['00209111', 'SQ', [[['00209157', 'UL', [number, slice + 1]]]]],
    ['00209113', 'SQ', [[['00200032', 'DS', decimalTexts(origin)]]]],
    ['0062000a', 'SQ', [[['0062000b', 'US', [number]]]]],
  ]
}

/** Frames follow each other bit by bit, the lowest bit first; PS3.5 8.1.1. */
function packBits(frames: readonly Uint8Array[], area: number): Uint8Array {
  const packed = new Uint8Array(Math.ceil((frames.length * area) / 8))
  frames.forEach((bits, index) => {
    for (let i = 0, bit = index * area; i < area; i++, bit++)
      if (bits[i]) packed[bit >> 3] = (packed[bit >> 3] ?? 0) | (1 << (bit & 7))
  })
  return packed
}

function doOverlap(masks: readonly SegmentMask[]): boolean {
  const [first, ...others] = masks
  if (!first || others.length === 0) return false
  const any = Uint8Array.from(first.voxels)
  for (const { voxels } of others)
    for (let i = 0; i < any.length; i++)
      if (voxels[i]) {
        if (any[i]) return true
        any[i] = 1
      }
  return false
}
