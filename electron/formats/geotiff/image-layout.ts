import type { SampleType } from '../../../shared/domain/sequence.ts'
import type { FileSource } from '../file-source.ts'
import { hostile, truncated, unsupported } from './ifd-scan.ts'
import { tiffTag } from './tiff-tags.ts'
import type { TagReader } from './tiff-values.ts'

/** How the pixels of one TIFF image are stored, checked against the size of the file. */
export interface ImageLayout {
  readonly width: number
  readonly height: number
  readonly samples: number
  readonly bitsPerSample: number
  readonly dtype: SampleType
  readonly compression: number
  readonly predictor: number
  readonly photometric: number
  /** True where each band has blocks of its own; false where the bands of a pixel lie together. */
  readonly planar: boolean
  /** Tiles are padded at the edges; strips end with the image. */
  readonly tiled: boolean
  readonly blockWidth: number
  readonly blockHeight: number
  readonly blocksAcross: number
  readonly blocksDown: number
  /** Byte offsets and lengths by block, row by row, band by band where planar; length 0 means a block of nodata. */
  readonly offsets: Float64Array
  readonly byteCounts: Float64Array
  /** Kind of image: bit 0 reduced resolution, bit 2 mask. */
  readonly subfileType: number
}

const maximumSide = 2 ** 31
const maximumBlocks = 4_000_000
const maximumBlockBytes = 2 ** 30
// Deflate cannot shrink by more than 1032, LZW by about 1400; Zstandard can, so a real file of constants stays below this.
const maximumRatio = 3000

/**
 * Reads and checks how an image is stored, before anything of its size is allocated.
 * @throws `geotiff/hostile-header`, `geotiff/truncated`
 */
export async function readImageLayout(source: FileSource, tags: TagReader): Promise<ImageLayout> {
  const width = await tags.number(tiffTag.imageWidth, 0)
  const height = await tags.number(tiffTag.imageLength, 0)
  if (!isSide(width) || !isSide(height)) throw hostile(source, `its image is ${width} by ${height} pixels`)
  const samples = await tags.number(tiffTag.samplesPerPixel, 1)
  if (!Number.isInteger(samples) || samples < 1 || samples > 65535) throw hostile(source, `it has ${samples} bands`)
  const bitsPerSample = await uniform(source, tags, tiffTag.bitsPerSample, samples, 1, 'bits per sample')
  const sampleFormat = await uniform(source, tags, tiffTag.sampleFormat, samples, 1, 'sample formats')
  const planar = (await tags.number(tiffTag.planarConfiguration, 1)) === 2
  if ((await tags.number(tiffTag.fillOrder, 1)) === 2 && bitsPerSample < 8)
    throw unsupported(source.path, 'its bits are stored last first')
  const tiled = tags.has(tiffTag.tileWidth) && tags.has(tiffTag.tileOffsets)
  const block = tiled ? await tileSize(source, tags) : await stripSize(source, tags, width, height)
  const blocksAcross = Math.ceil(width / block.width)
  const blocksDown = Math.ceil(height / block.height)
  const needed = blocksAcross * blocksDown * (planar ? samples : 1)
  const blockBytes = Math.ceil((block.width * bitsPerSample * (planar ? 1 : samples)) / 8) * block.height
  if (needed > maximumBlocks) throw hostile(source, `it is cut into ${needed} blocks`)
  if (blockBytes > maximumBlockBytes) throw hostile(source, `one of its blocks takes ${blockBytes} bytes`)
  const compression = await tags.number(tiffTag.compression, 1)
  const { offsets, byteCounts } = await readBlockTable(
    source,
    tags,
    tiled,
    needed,
    compression === 1 ? blockBytes : null,
  )
  checkAmount(source, byteCounts, blockBytes)
  return {
    width,
    height,
    samples,
    bitsPerSample,
    dtype: sampleType(source, bitsPerSample, sampleFormat),
    compression,
    predictor: await tags.number(tiffTag.predictor, 1),
    photometric: await tags.number(tiffTag.photometric, 1),
    planar,
    tiled,
    blockWidth: block.width,
    blockHeight: block.height,
    blocksAcross,
    blocksDown,
    offsets,
    byteCounts,
    subfileType: await tags.number(tiffTag.newSubfileType, 0),
  }
}

function isSide(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value < maximumSide
}

async function uniform(
  source: FileSource,
  tags: TagReader,
  tag: number,
  samples: number,
  fallback: number,
  what: string,
): Promise<number> {
  const values = await tags.numbers(tag, samples)
  if (!values) return fallback
  const first = values[0] ?? fallback
  if (values.some((value) => value !== first)) throw unsupported(source.path, `its bands differ in ${what}`)
  return first
}

async function tileSize(source: FileSource, tags: TagReader): Promise<{ width: number; height: number }> {
  const width = await tags.number(tiffTag.tileWidth, 0)
  const height = await tags.number(tiffTag.tileLength, 0)
  if (!isSide(width) || !isSide(height)) throw hostile(source, `its tiles are ${width} by ${height} pixels`)
  return { width, height }
}

async function stripSize(
  source: FileSource,
  tags: TagReader,
  width: number,
  height: number,
): Promise<{ width: number; height: number }> {
  const rows = await tags.number(tiffTag.rowsPerStrip, height)
  if (!Number.isInteger(rows) || rows < 1) throw hostile(source, `its strips have ${rows} rows`)
  return { width, height: Math.min(rows, height) }
}

async function readBlockTable(
  source: FileSource,
  tags: TagReader,
  tiled: boolean,
  needed: number,
  plainBytes: number | null,
): Promise<{ offsets: Float64Array; byteCounts: Float64Array }> {
  const offsetTag = tiled ? tiffTag.tileOffsets : tiffTag.stripOffsets
  const countTag = tiled ? tiffTag.tileByteCounts : tiffTag.stripByteCounts
  const offsets = await tags.numbers(offsetTag, needed)
  if (!offsets || offsets.length < needed)
    throw hostile(source, `it needs ${needed} blocks but names ${offsets?.length ?? 0}`)
  let byteCounts = await tags.numbers(countTag, needed)
  // TIFF 6.0 asks for the byte counts, but old writers leave them out where they follow from the size.
  if (!byteCounts && needed === 1)
    byteCounts = Float64Array.of(Math.min(plainBytes ?? Infinity, source.size - (offsets[0] ?? 0)))
  if (!byteCounts || byteCounts.length < needed)
    throw hostile(source, `it needs ${needed} block lengths but names ${byteCounts?.length ?? 0}`)
  for (let i = 0; i < needed; i++) {
    const offset = offsets[i] ?? 0
    const length = byteCounts[i] ?? 0
    if (length > 0 && !(offset >= 8 && offset + length <= source.size))
      throw truncated(source, `block ${i + 1} of ${needed}`, offset, length)
  }
  return { offsets, byteCounts }
}

function checkAmount(source: FileSource, byteCounts: Float64Array, blockBytes: number): void {
  let stored = 0
  let filled = 0
  for (const length of byteCounts) {
    stored += length
    if (length > 0) filled++
  }
  // A small file may be one small block, so the ratio only counts from a megabyte on.
  if (filled * blockBytes > Math.max(2 ** 20, Math.min(stored, source.size) * maximumRatio))
    throw hostile(source, `${stored} bytes of data cannot hold the ${filled * blockBytes} bytes of pixels it promises`)
}

function sampleType(source: FileSource, bits: number, format: number): SampleType {
  if (format === 3) {
    if (bits === 16) return 'float16'
    if (bits === 32) return 'float32'
    if (bits === 64) return 'float64'
    throw unsupported(source.path, `it stores numbers as ${bits}-bit floating point`)
  }
  if (format === 5 || format === 6) throw unsupported(source.path, 'it stores complex numbers')
  const signed = format === 2
  if (bits === 1 && !signed) return 'uint1'
  if (bits >= 1 && bits <= 8) return signed ? 'int8' : 'uint8'
  if (bits <= 16) return signed ? 'int16' : 'uint16'
  if (bits <= 32) return signed ? 'int32' : 'uint32'
  if (bits === 64) return signed ? 'int64' : 'uint64'
  throw unsupported(source.path, `it stores numbers with ${bits} bits`)
}
