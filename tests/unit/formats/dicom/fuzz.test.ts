import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSequence } from '../../../../electron/formats/open-sequences.ts'
import { AppError } from '../../../../shared/base/app-error.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'
import { realData } from '../real-data.ts'

const mutationsPerFile = 12
/** What a mutated header may ask for and still be read here. */
const mostValues = 2e7

const zoo = realData('dicom_objects')
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const made = [
  ...['ras_int16.nii', 'four_d_float32.nii.gz', 'nifti2_float64.nii'].map((name) => here(`../nifti/files/${name}`)),
  ...['rgb.png', 'grey16.png', 'colour.jpg', 'grey.bmp', 'lossless.webp', 'deep.pgm'].map((name) =>
    here(`../images/files/${name}`),
  ),
  here('../../../../resources/samples/phantom/study-1/IM0012.dcm'),
]
const real = [
  'MR_small',
  'MR_small_implicit',
  'MR_small_bigendian',
  'MR_small_RLE',
  'MR_small_jp2klossless',
  'MR_small_jpeg_ls_lossless',
  'emri_small_jpeg_2k_lossless',
  'JPGExtended',
  'JPEG-LL',
  'SC_rgb_jpeg_dcmtk',
  'HTJ2K_08_RGB',
  'OBXXXX1A_rle_2frame',
  'image_dfl',
  'rtdose_rle',
].map((name) => join(zoo ?? '', 'pydicom', `${name}.dcm`))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Cut short, a few bytes of the header changed, or many anywhere. */
function mutate(original: Buffer, kind: number, dice: SeededRandom): Buffer {
  if (kind === 0) return original.subarray(0, dice.integer(original.length))
  const bytes = Buffer.from(original)
  const isDicom = original.toString('latin1', 128, 132) === 'DICM'
  const first = kind === 1 && isDicom ? 132 : 0
  const last = kind === 1 ? Math.min(bytes.length, 3000) : bytes.length
  const changes = 1 + dice.integer(kind === 1 ? 4 : 24)
  for (let i = 0; i < changes; i++) bytes[first + dice.integer(last - first)] = dice.integer(256)
  return bytes
}

/** An error of the language that only looks like a reason. */
function isBug({ code, message }: AppError): boolean {
  return code === 'internal/unexpected' || /undefined|not a function|Cannot read prop|Broken assumption/.test(message)
}

async function outcome(path: string): Promise<string> {
  try {
    const reader = await openSequence([path])
    const { frames, bands, height, width } = reader.info
    try {
      const count = Math.min(frames, 2)
      if (count * bands.length * height * width > mostValues) return 'large'
      const request = {
        frames: Array.from({ length: count }, (_, i) => i),
        bands: bands.map((_, i) => i),
        window: { row: 0, column: 0, height, width },
      }
      const { values } = await reader.read(request)
      expect(values.length).toBe(count * bands.length * height * width)
      return 'read'
    } finally {
      await reader.close()
    }
  } catch (error) {
    if (error instanceof AppError) return isBug(error) ? error.message : error.code
    throw error
  }
}

describe('damaged files', () => {
  it.each(zoo ? [...real, ...made] : made)(
    '%s: mutations are read or refused with a reason',
    async (path) => {
      const original = readFileSync(path)
      const dice = new SeededRandom(23).fork(basename(path))
      const outcomes: string[] = []
      for (let i = 0; i < mutationsPerFile; i++) {
        const mutated = join(folder, basename(path))
        writeFileSync(mutated, mutate(original, i % 3, dice))
        outcomes.push(await outcome(mutated))
      }
      const expected = /^(read|large|(dicom|nifti|images|formats|video|tiff|geotiff)\/[a-z-]+)$/
      expect(outcomes.filter((result) => !expected.test(result))).toEqual([])
    },
    60_000,
  )
})
