import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { connectedComponents, type VolumeSize, type VoxelSpacing } from '../../../shared/base/volume.ts'
import type { SplitDescription } from '../../../shared/domain/dataset.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import { identityTransform } from '../../../shared/domain/medical/patient-transform.ts'
import { voxelSpacing } from '../../../shared/domain/medical/volume-geometry.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import { FrameStore } from '../frames/frame-store.ts'
import { loadMasks, type MaskSources } from '../lesions/load-masks.ts'
import { type PatientVolume, readVolume } from '../lesions/patient-volume.ts'
import { registerVolumes } from '../lesions/register-volumes.ts'
import type { SeriesCandidate } from '../lesions/study-source.ts'
import type { JobContext } from '../task.ts'
import { findStudies, type LabelledStudy } from './find-studies.ts'
import { bodyPercentiles, type GreyRange, greyRangeOf, type Intensity, windowAround } from './intensity.ts'
import { darkestOf, type EarlierStudy, inGreyRange, type ModelSlices, resizeMask, slicesOf } from './model-slices.ts'
import type { SegmentationData } from './segmentation-options.ts'
import { splitStudies } from './split-studies.ts'

/** A study as it is learned from and tested on. */
export interface StudySample {
  readonly name: string
  readonly subset: Subset
  /** On the network's grid, brightness in the same terms for all studies. */
  readonly slices: ModelSlices
  /** Fills [row, column] of the network's grid, 1 in lesions. */
  readonly readMask: (slice: number, out: Float32Array) => void
  /** Voxels of each lesion on the network's grid; some of them where it is large. */
  readonly lesions: readonly Int32Array[]
  /** The series as it was taken: its size, its spacing in mm, and its marked voxels. */
  readonly own: { readonly size: VolumeSize; readonly spacing: VoxelSpacing; readonly marked: Int32Array }
}

/** What a trained network needs to know about the form of its slices; part of the model. */
export interface SliceForm {
  /** Distance of rows and columns in mm. */
  readonly spacingMm: number
  /** Middle distance of the slices learned from, in mm. */
  readonly sliceSpacingMm: number
  readonly intensity: Intensity
  /** Whether studies before, and masks of these, were learned from. */
  readonly usesEarlier: boolean
  readonly usesEarlierMask: boolean
  readonly modality: string
}

/** Studies in the form the network sees them. Close it when done. */
export interface SegmentationDataset {
  readonly form: SliceForm
  readonly samples: readonly StudySample[]
  readonly split: SplitDescription
  readonly remarks: readonly Remark[]
  readonly close: () => void
}

/** Memory for all studies together; the rest goes to temporary files. */
const memoryBytes = 2 ** 30
const mostVoxelsOfLesion = 2000
const mostSampledLesionValues = 200_000

/**
 * Reads the studies of a folder with their masks and the studies before them, and divides them.
 * @param fixed  the form of a trained model; made from the studies to learn from where absent
 * @throws `dataset/*`, `split/*`, `lesions/*`, codes of the readers, `AbortError`
 */
export async function readSegmentationDataset(
  path: string,
  data: SegmentationData,
  seed: number,
  context: JobContext,
  options: { readonly fixed?: SliceForm; readonly isWhole?: boolean } = {},
): Promise<SegmentationDataset> {
  const { studies, remarks: found } = await findStudies(path, data, context)
  const {
    subsets,
    description,
    remarks: noted,
  } = options.isWhole
    ? { subsets: studies.map((): Subset => 'test'), description: wholeSplit, remarks: [] }
    : splitStudies(studies, data, seed)
  const train = studies.filter((_, i) => subsets[i] === 'train')
  const spacingMm = options.fixed?.spacingMm ?? data.spacing ?? middle(train.map(pixelSpacing))
  const open: OpenStudy[] = []
  const close = (): void => {
    for (const { store } of open) store.close()
  }
  try {
    for (const [i, study] of studies.entries()) {
      throwIfAborted(context.signal)
      context.report({ stage: 'Reading studies', done: i, total: studies.length })
      open.push(await readStudy(study, subsets[i] ?? 'train', spacingMm, data, memoryBytes / studies.length, context))
    }
    const learned = open.filter(({ subset }) => subset === 'train')
    if (!options.isWhole && learned.every(({ lesions }) => lesions.length === 0))
      throw new AppError(
        'dataset/no-lesions',
        `No lesion is marked in the ${learned.length} studies to learn from, so there is nothing to learn; check the masks, or change the seed to divide the studies in another way.`,
        { count: learned.length },
      )
    const form = options.fixed ?? {
      spacingMm,
      sliceSpacingMm: middle(learned.map(({ own }) => own.spacing[0])),
      intensity: intensityOf(learned, data),
      usesEarlier: learned.some(({ slices }) => slices.hasEarlier),
      usesEarlierMask: learned.some(({ hasEarlierMask }) => hasEarlierMask),
      modality: learned[0]?.modality ?? '',
    }
    return {
      form,
      samples: open.map((study) => finished(study, form)),
      split: description,
      remarks: [...found, ...noted, ...open.flatMap((study) => study.remarks)],
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

const wholeSplit: SplitDescription = { method: 'source', text: 'all studies', seed: null, blockSize: null }

function pixelSpacing({ series }: LabelledStudy): number {
  const [row = 1, column = 1] = series.medical.geometry?.pixelSpacing ?? []
  return Math.sqrt(row * column)
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return Number((sorted[Math.floor((sorted.length - 1) / 2)] ?? 1).toPrecision(6))
}

/** A study whose slices lie in a store, brightness as the file says. */
interface OpenStudy extends StudySample {
  readonly store: FrameStore
  readonly modality: string
  /** Ranges by the study's own percentiles: of its image, and of the study before. */
  readonly ranges: { readonly own: GreyRange; readonly earlier: GreyRange | null }
  readonly hasEarlierMask: boolean
  /** Some values inside lesions, evenly. */
  readonly lesionValues: Float32Array
  readonly remarks: readonly Remark[]
}

async function readSeries({ found }: SeriesCandidate, context: JobContext): Promise<PatientVolume> {
  const reader = await found.open()
  try {
    return await readVolume(reader, { signal: context.signal, report: context.report })
  } finally {
    await reader.close()
  }
}

/** All lesions of a study as one mask. */
async function readLesions(
  masks: MaskSources,
  { geometry }: PatientVolume,
  name: string,
  context: JobContext,
): Promise<{ mask: Uint8Array; warnings: readonly string[] }> {
  const loaded = await loadMasks(masks, geometry, name, context.signal)
  const { slices, rows, columns } = geometry.size
  const mask = new Uint8Array(slices * rows * columns)
  for (const part of loaded.masks) for (let i = 0; i < mask.length; i++) if (part.mask[i]) mask[i] = 1
  return { mask, warnings: loaded.warnings }
}

/** The study before, laid over a study. */
async function readEarlier(
  before: LabelledStudy,
  volume: PatientVolume,
  { registration }: SegmentationData,
  context: JobContext,
): Promise<EarlierStudy & { readonly remark: string | null }> {
  const earlier = await readSeries(before.series, context)
  const mask = before.masks ? (await readLesions(before.masks, earlier, before.name, context)).mask : null
  if (registration === 'none') return { volume: earlier, mask, transform: identityTransform, remark: null }
  const { transform, remark } = await registerVolumes(volume, earlier, {
    kind: registration,
    signal: context.signal,
    report: context.report,
  })
  return { volume: earlier, mask, transform, remark }
}

async function readStudy(
  study: LabelledStudy,
  subset: Subset,
  spacingMm: number,
  data: SegmentationData,
  bytes: number,
  context: JobContext,
): Promise<OpenStudy> {
  const { name, masks, before, series } = study
  const volume = await readSeries(series, context)
  const { mask, warnings } = masks
    ? await readLesions(masks, volume, name, context)
    : { mask: new Uint8Array(), warnings: [] }
  const earlier = data.earlier === 'auto' && before ? await readEarlier(before, volume, data, context) : null
  const source = slicesOf(volume, spacingMm, earlier)
  const { slices, rows, columns } = source
  const area = rows * columns
  const own = volume.geometry.size
  const ownArea = own.rows * own.columns
  const [range, earlierRange] = [storedRange(volume.values), earlier && storedRange(earlier.volume.values)]
  const store = new FrameStore(4 * area, { memoryBytes: bytes })
  const small = new Uint8Array(slices * area)
  const planes = new Float32Array(4 * area)
  for (let slice = 0; slice < slices; slice++) {
    source.read(slice, planes)
    toShare(planes.subarray(0, area), range)
    if (earlierRange) toShare(planes.subarray(area, 2 * area), earlierRange)
    const marks = resizeMask(
      mask.subarray(slice * ownArea, (slice + 1) * ownArea),
      [own.rows, own.columns],
      [rows, columns],
    )
    small.set(marks, slice * area)
    planes.set(marks, 3 * area)
    store.add(planes)
  }
  const marked = indicesOf(mask)
  const stored = new Float32Array(4 * area)
  let held = -1
  const load = (slice: number): Float32Array => {
    if (held !== slice) store.copyTo(stored, 0, slice)
    held = slice
    return stored
  }
  return {
    name,
    subset,
    slices: {
      ...source,
      read: (slice, out) => {
        out.set(load(slice).subarray(0, 3 * area))
        fromShare(out.subarray(0, area), range)
        if (earlierRange) fromShare(out.subarray(area, 2 * area), earlierRange)
      },
    },
    readMask: (slice, out) => out.set(load(slice).subarray(3 * area)),
    lesions: lesionVoxels(small, { slices, rows, columns }),
    own: { size: own, spacing: voxelSpacing(volume.geometry), marked },
    store,
    modality: series.medical.modality,
    ranges: {
      own: greyRangeOf(bodyPercentiles, volume.values),
      earlier: earlier && greyRangeOf(bodyPercentiles, earlier.volume.values),
    },
    hasEarlierMask: earlier?.mask?.includes(1) ?? false,
    lesionValues: evenlySampled(marked, mostSampledLesionValues).map((voxel) => volume.values[voxel] ?? NaN),
    remarks: [...series.info.warnings, ...warnings, ...(earlier?.remark ? [earlier.remark] : [])].map((text) => ({
      code: 'dataset/study-note',
      message: `"${name}": ${text}`,
      details: { name, note: text },
    })),
  }
}

/** The range that 16 bits are spread over. */
function storedRange(values: Float32Array): GreyRange {
  const low = darkestOf(values)
  let high = low
  for (const value of values) if (value > high && Number.isFinite(value)) high = value
  return { low, high: high > low ? high : low + 1 }
}

function toShare(values: Float32Array, { low, high }: GreyRange): void {
  for (let i = 0; i < values.length; i++) values[i] = ((values[i] ?? low) - low) / (high - low)
}

function fromShare(values: Float32Array, { low, high }: GreyRange): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * (high - low) + low
}

function indicesOf(mask: Uint8Array): Int32Array {
  let count = 0
  for (const value of mask) if (value) count++
  const indices = new Int32Array(count)
  let at = 0
  for (let i = 0; i < mask.length; i++) if (mask[i]) indices[at++] = i
  return indices
}

function evenlySampled(indices: Int32Array, most: number): Float32Array {
  const count = Math.min(most, indices.length)
  return Float32Array.from({ length: count }, (_, i) => indices[Math.floor((i * indices.length) / count)] ?? 0)
}

function lesionVoxels(mask: Uint8Array, size: VolumeSize): Int32Array[] {
  const { labels, count } = connectedComponents(mask, size)
  const lists = Array.from({ length: count }, (): number[] => [])
  labels.forEach((label, i) => {
    if (label > 0) lists[label - 1]?.push(i)
  })
  return lists.map((list) => Int32Array.from(evenlySampled(Int32Array.from(list), mostVoxelsOfLesion)))
}

/** How brightness is made comparable: by the settings, and by what the studies to learn from are of. */
function intensityOf(learned: readonly OpenStudy[], { intensity, window }: SegmentationData): Intensity {
  const isCt = learned.length > 0 && learned.every(({ modality }) => modality === 'CT')
  if (intensity === 'percentiles' || (intensity === 'auto' && !isCt && !window)) return bodyPercentiles
  const [low, high] = window ?? []
  if (low !== undefined && high !== undefined) return { kind: 'window', low, high }
  const values = learned.flatMap(({ lesionValues }) => [...lesionValues])
  return { kind: 'window', ...windowAround(Float32Array.from(values)) }
}

function finished(study: OpenStudy, form: SliceForm): StudySample {
  const { name, subset, slices, readMask, lesions, own, ranges } = study
  const { intensity } = form
  const [range, earlier] =
    intensity.kind === 'window' ? [intensity, slices.hasEarlier ? intensity : null] : [ranges.own, ranges.earlier]
  return { name, subset, slices: inGreyRange(slices, range, earlier), readMask, lesions, own }
}
