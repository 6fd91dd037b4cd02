import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readFrame } from '../../../electron/compute/reading/frame-read.ts'
import { PlaceReads } from '../../../electron/core/reading/place-reads.ts'
import { findSequences, openSequence } from '../../../electron/formats/open-sequences.ts'
import type { SequenceReader } from '../../../electron/formats/sequence-reader.ts'
import { decodeDataArray, encodeDataArray, floatsOf } from '../../../shared/contracts/data-array.ts'
import type { FrameRead } from '../../../shared/contracts/data-plane.ts'
import { maskBits } from '../../../shared/domain/stored-bits.ts'
import { realData } from '../formats/real-data.ts'

const study = fileURLToPath(new URL('../../../resources/samples/phantom/study-1', import.meta.url))
const [sagittal, zoo] = [realData('mr_series_sag_anon'), realData('dicom_objects')]

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronolens-places-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function whole({ info }: SequenceReader, frame = 0): FrameRead {
  const { height, width } = info
  const window = { row: 0, column: 0, height, width }
  return { kind: 'frame', frame, bands: [0], window, outHeight: height, outWidth: width, resampling: 'nearest' }
}

const placesOf = (reader: SequenceReader, paths: readonly string[]): PlaceReads =>
  new PlaceReads(reader.storedPlaces?.() ?? [], reader.info, paths)

/** A folder with one slice of the phantom. */
async function one(): Promise<{ path: string; reader: SequenceReader }> {
  const path = join(folder, 'slice.dcm')
  copyFileSync(join(study, 'IM0001.dcm'), path)
  return { path, reader: await openSequence([folder]) }
}

describe('frames whose numbers lie in a file as they are', () => {
  it('read the same without their process, of all files that are like that', async () => {
    let read = 0
    for (const root of [study, ...(sagittal ? [sagittal] : []), ...(zoo ? [zoo] : [])]) {
      const { sequences } = await findSequences([root])
      for (const found of sequences) {
        const reader = await found.open()
        const places = placesOf(reader, [root])
        for (const frame of [0, reader.info.frames - 1]) {
          const direct = await places.view(whole(reader, frame))
          if (!direct) continue
          read++
          const expected = encodeDataArray(await readFrame(reader, whole(reader, frame)))
          expect([reader.info.id, frame, Buffer.from(direct).equals(Buffer.from(expected))]).toEqual([
            reader.info.id,
            frame,
            true,
          ])
        }
        await reader.close()
      }
    }
    // The first and the last slice of the phantom at least; of the real files many more.
    expect(read).toBeGreaterThanOrEqual(sagittal && zoo ? 40 : 2)
  })

  it('leave bits out that do not count', async () => {
    const path = join(folder, 'slice.dcm')
    const bytes = readFileSync(join(study, 'IM0001.dcm'))
    // Twelve bits of sixteen, as scanners write them: (0028,0101) and (0028,0102), US.
    const tag = (element: number): number => bytes.indexOf(Buffer.from([0x28, 0, element, 1, 0x55, 0x53, 2, 0]))
    bytes.writeUInt16LE(12, tag(1) + 8)
    bytes.writeUInt16LE(11, tag(2) + 8)
    bytes.writeUInt16LE(0xf123, bytes.length - 2)
    writeFileSync(path, bytes)
    const reader = await openSequence([folder])
    const direct = await placesOf(reader, [folder]).view(whole(reader))
    const expected = await readFrame(reader, whole(reader))
    expect(direct && floatsOf(decodeDataArray(direct))).toEqual(floatsOf(expected))
    expect(maskBits(Uint16Array.of(0xf123, 7), { bitsStored: 12, highBit: 11, isSigned: false })).toEqual(
      Uint16Array.of(0x123, 7),
    )
    expect(maskBits(Int16Array.of(0x0fff, 0x1001), { bitsStored: 12, highBit: 11, isSigned: true })).toEqual(
      Int16Array.of(-1, 1),
    )
    await reader.close()
  })

  it.each([0, 1, 2, 3, 4, 5])('find a bit that does not count wherever it lies (number %i of six)', (at) => {
    for (const first of [0, 1]) {
      for (const [kind, stored, bit] of [
        [Uint16Array, 12, 12],
        [Uint16Array, 12, 15],
        [Uint8Array, 6, 7],
      ] as const) {
        // prettier-ignore
        const numbers = new kind(first + 6).subarray(first)
        const bits = { bitsStored: stored, highBit: stored - 1, isSigned: false }
        numbers.fill(2 ** stored - 1)
        expect(maskBits(numbers, bits)).toBe(numbers)
        numbers[at] = 5 + 2 ** bit
        expect(maskBits(numbers, bits)[at]).toBe(5)
      }
    }
  })

  it('are left to the process once their file was written, and when it has gone', async () => {
    const { path, reader } = await one()
    const places = placesOf(reader, [folder])
    expect(await places.view(whole(reader))).not.toBeNull()
    utimesSync(path, new Date(0), new Date(0))
    expect(await places.view(whole(reader))).toBeNull()
    const anew = placesOf(await openSequence([folder]), [folder])
    expect(await anew.view(whole(reader))).not.toBeNull()
    appendFileSync(path, 'more')
    expect(await anew.view(whole(reader))).toBeNull()
    rmSync(path)
    expect(await anew.view(whole(reader))).toBeNull()
  })

  it('are not read outside of what was opened, whatever a process says', async () => {
    const { path, reader } = await one()
    const beside = join(folder, 'slic')
    for (const paths of [[join(folder, 'other')], [beside], [], [join(folder, 'slice.dcm', 'x')]])
      expect(await placesOf(reader, paths).view(whole(reader))).toBeNull()
    for (const paths of [[folder], [`${folder}/`], [path], [beside, path]])
      expect(await placesOf(reader, paths).view(whole(reader))).not.toBeNull()
    const [place] = reader.storedPlaces?.() ?? []
    const elsewhere = place ? { ...place, path: `${folder}/../${folder.split('/').at(-1) ?? ''}x/slice.dcm` } : null
    expect(await new PlaceReads([elsewhere], reader.info, [folder]).view(whole(reader))).toBeNull()
  })

  it('are left to the process for parts, other sizes and frames that are not there', async () => {
    const { reader } = await one()
    const places = placesOf(reader, [folder])
    const all = whole(reader)
    for (const read of [
      { ...all, frame: 1 },
      { ...all, bands: [0, 0] },
      { ...all, bands: [1] },
      { ...all, outHeight: all.outHeight / 2 },
      { ...all, window: { ...all.window, row: 1, height: all.window.height - 1 }, outHeight: all.outHeight - 1 },
    ])
      expect(await places.view(read)).toBeNull()
    await expect(places.view(all, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
  })
})
