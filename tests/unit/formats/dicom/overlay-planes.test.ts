import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { dicomFramesOf } from '../../../../electron/formats/dicom/dicom-reader.ts'
import {
  overlayOnImage,
  readFrameOverlays,
  unpackOverlay,
  type FrameOverlay,
  type OverlayPlane,
} from '../../../../electron/formats/dicom/overlay-planes.ts'
import { openSequence } from '../../../../electron/formats/open-sequences.ts'
import { realData } from '../real-data.ts'

interface Oracle {
  readonly real: readonly { file: string; shape: number[]; marked: number[]; sha256: string }[]
  readonly made: Readonly<Record<string, { base64: string; frames: readonly (number[] | null)[] }>>
}
const oracle = JSON.parse(readFileSync(join(import.meta.dirname, 'oracle', 'overlay-planes.json'), 'utf8')) as Oracle
const zoo = realData('dicom_objects')
const folder = mkdtempSync(join(tmpdir(), 'overlays-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The overlays on all frames of a file. */
async function overlaysOf(
  path: string,
): Promise<{ overlays: readonly (readonly FrameOverlay[])[]; warnings: readonly string[]; isKnown: boolean }> {
  // prettier-ignore
  const reader = await openSequence([path])
  const frames = dicomFramesOf(reader) ?? []
  const [first] = frames
  if (!first) throw new Error('there are no frames')
  const found = await readFrameOverlays(first.image, frames.map(({ frame }) => frame.index)) // prettier-ignore
  await reader.close()
  return { ...found, isKnown: reader.medical?.hasOverlayPlanes === true }
}

function write(name: string, change: (bytes: Buffer) => Buffer = (bytes) => bytes): string {
  const path = join(folder, `${name.replaceAll(' ', '-')}.dcm`)
  writeFileSync(path, change(Buffer.from(oracle.made[name]?.base64 ?? '', 'base64')))
  return path
}

describe('overlay planes', () => {
  it.skipIf(!zoo).each(oracle.real)(
    'of $file are those that pydicom reads',
    async ({ file, shape, marked, sha256 }) => {
      const { overlays, warnings, isKnown } = await overlaysOf(join(zoo ?? '', '..', file))
      expect([isKnown, warnings]).toEqual([true, []])
      const [{ plane, bits } = { plane: null, bits: new Uint8Array() }] = overlays[0] ?? []
      expect(plane).toMatchObject({ group: 0x6000, type: 'graphics', label: 'Siemens MedCom Object Graphics' })
      expect([1, plane?.rows, plane?.columns]).toEqual(shape)
      expect(bits.reduce((sum, bit) => sum + bit, 0)).toBe(marked[0])
      expect(createHash('sha256').update(bits).digest('hex')).toBe(sha256)
    },
  )

  it.each(Object.keys(oracle.made))('that are %s-endian lie on their frames, pixel by pixel', async (name) => {
    const { overlays, warnings, isKnown } = await overlaysOf(write(name))
    expect([isKnown, warnings]).toEqual([true, []])
    const expected = oracle.made[name]?.frames ?? []
    expect(overlays.map(([one]) => (one ? [...one.bits] : null))).toEqual(expected)
    if (name.startsWith('shifted'))
      expect(overlays[1]?.[0]?.plane).toMatchObject({ group: 0x6002, type: 'roi', label: 'Shifted', origin: [2, -2] })
  })

  it('that are shorter than their size says are left out', async () => {
    // 4 rows become 400: (6002,0010), US.
    const path = write('shifted little', (bytes) => {
      const at = bytes.indexOf(Buffer.from([0x02, 0x60, 0x10, 0, 0x55, 0x53, 2, 0]))
      bytes.writeUInt16LE(400, at + 8)
      return bytes
    })
    expect((await overlaysOf(path)).overlays).toEqual([[], [], []])
  })

  it('in a place where there are no bits to be read are named', async () => {
    // The bit lies beyond the sixteen of a number: (6000,0102), US.
    const path = write('embedded little', (bytes) => {
      const at = bytes.indexOf(Buffer.from([0x00, 0x60, 0x02, 0x01, 0x55, 0x53, 2, 0]))
      bytes.writeUInt16LE(16, at + 8)
      return bytes
    })
    const { overlays, warnings } = await overlaysOf(path)
    expect(overlays).toEqual([[], []])
    expect(warnings.join()).toContain('unused bits')
  })

  it('are unpacked from the lowest bit on, and cut at the borders of the image', () => {
    const plane: OverlayPlane = {
      ...{ group: 0x6000, label: '', type: 'graphics', rows: 2, columns: 3, frames: null, bitPosition: 0 },
      ...{ origin: [-1, 1], packed: Uint8Array.of(0b10_110_010, 0b1) },
    }
    expect([...unpackOverlay(plane, 0)]).toEqual([0, 1, 0, 0, 1, 1])
    expect([...unpackOverlay(plane, 1)]).toEqual([0, 1, 1, 0, 0, 0])
    // Its second row lies on the first one of the image, from the second column on; its last column lies beside it.
    expect([...overlayOnImage(plane, unpackOverlay(plane, 0), 2, 3)]).toEqual([0, 0, 1, 0, 0, 0])
  })
})
