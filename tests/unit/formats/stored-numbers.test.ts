import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inspectPaths, openSequence } from '../../../electron/formats/open-sequences.ts'
import type { PixelWindow, SequenceReader } from '../../../electron/formats/sequence-reader.ts'
import { writePhysical } from '../../../shared/domain/stored-values.ts'
import { realData } from './real-data.ts'

/** Compares bits, so that NaN equals NaN; of a whole frame, and of a part of it. */
async function compare(reader: SequenceReader): Promise<'same' | 'not stored so'> {
  const { frames, bands, height, width } = reader.info
  const whole = { row: 0, column: 0, height, width }
  const [row, column] = [Math.floor(height / 3), Math.floor(width / 4)]
  const part = { row, column, height: Math.ceil(height / 3), width: Math.ceil(width / 3) }
  let isStored = false
  for (const frame of new Set([0, Math.floor(frames / 2), frames - 1]))
    for (const window of [whole, part] satisfies PixelWindow[])
      for (const wanted of [[0], bands.map((_, band) => band).reverse()]) {
        const stored = await reader.readStored?.({ frame, bands: wanted, window })
        if (!stored) continue
        isStored = true
        const physical = new Float32Array(stored.values.length)
        writePhysical(stored.values, stored.rule, physical)
        const { values } = await reader.read({ frames: [frame], bands: wanted, window })
        expect(Buffer.from(physical.buffer).equals(Buffer.from(values.buffer))).toBe(true)
      }
  return isStored ? 'same' : 'not stored so'
}

async function compareAll(paths: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  const { sequences } = await inspectPaths(paths)
  for (const { id } of sequences) {
    const reader = await openSequence(paths, id)
    // Some files have pixels that cannot be decoded; other tests are about them.
    const result = await compare(reader).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'AppError') return 'refused'
      throw error
    })
    counts[result] = (counts[result] ?? 0) + 1
    await reader.close()
  }
  return counts
}

const folders = ['mr_series_sag_anon', 'ms_longitudinal_p01']
const zoo = realData('dicom_objects')

describe('numbers as they are stored', () => {
  it.each(folders.map((name) => [name, realData(name)] as const))(
    'of %s become the very values that are read otherwise',
    { timeout: 120_000 },
    async (_name, folder) => {
      if (folder === null) return
      const counts = await compareAll([folder])
      expect(counts['same'] ?? 0).toBeGreaterThan(0)
      expect(counts['refused'] ?? 0).toBe(0)
    },
  )

  it.skipIf(!zoo)('of the zoo of DICOM files too, in every encoding', { timeout: 120_000 }, async () => {
    const all: Record<string, number> = {}
    for (const name of readdirSync(zoo ?? ''))
      for (const [key, count] of Object.entries(await compareAll([join(zoo ?? '', name)]).catch(() => ({}))))
        all[key] = (all[key] ?? 0) + count
    expect(all['same']).toBeGreaterThan(60)
  })
})
