import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inspectPaths, openSequence } from '../../../../electron/formats/open-sequences.ts'
import { realData } from '../real-data.ts'

interface PictureOracle {
  readonly shape: readonly number[]
  readonly sum: number
  readonly weighted: number
}

const oracle = JSON.parse(readFileSync(new URL('oracle/pictures.json', import.meta.url), 'utf8')) as {
  readonly made: Readonly<Record<string, PictureOracle>>
  readonly real: Readonly<Record<string, PictureOracle>>
}
const files = fileURLToPath(new URL('files', import.meta.url))
const slices = realData('em_slices')
const radar = realData('radar_fmi')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pictures-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function summaryOf(path: string): Promise<PictureOracle> {
  const reader = await openSequence([path])
  const { frames, bands, height, width } = reader.info
  const { values } = await reader.read({
    frames: Array.from({ length: frames }, (_, i) => i),
    bands: bands.map((_, i) => i),
    window: { row: 0, column: 0, height, width },
  })
  await reader.close()
  let [sum, weighted] = [0, 0]
  values.forEach((value, i) => {
    sum += value
    weighted += value * (1 + (i % 997))
  })
  return { shape: [frames, bands.length, height, width], sum, weighted }
}

describe('pictures', () => {
  it.each(Object.entries(oracle.made))('%s: every value as Pillow reads it', async (name, expected) => {
    expect(await summaryOf(join(files, name))).toEqual(expected)
  })

  it.skipIf(!slices || !radar).each(Object.entries(oracle.real))(
    'real %s: every value as Pillow reads it',
    async (key, expected) => {
      const [data = '', inside = ''] = key.split('/')
      expect(await summaryOf(join(realData(data) ?? '', inside))).toEqual(expected)
    },
  )

  it.skipIf(!slices)('finds slices and their masks as two sequences of one group', async () => {
    const { sequences } = await inspectPaths([slices ?? ''])
    expect(sequences).toMatchObject([
      { id: 'em_slices/image', group: 'em_slices', kind: 'images', frames: 20, times: null },
      { id: 'em_slices/label', group: 'em_slices', kind: 'images', frames: 20, times: null },
    ])
  })

  it.skipIf(!radar)('takes the times of radar pictures from their names, every five minutes', async () => {
    const { sequences } = await inspectPaths([radar ?? ''])
    const times = sequences[0]?.times ?? []
    expect([times[0], times[1], times[39]]).toEqual([
      '2016-09-28T14:45:00',
      '2016-09-28T14:50:00',
      '2016-09-28T18:00:00',
    ])
    expect(sequences[0]?.orderedBy).toContain('dates')
  })

  it('orders by number and not by letter, keeps sizes apart, and joins pictures whose names have nothing in common', async () => {
    for (const number of [10, 9, 1]) copyFileSync(join(files, 'grey.png'), join(folder, `frame${number}.png`))
    copyFileSync(join(files, 'colour.jpg'), join(folder, 'frame2.jpg'))
    for (const name of ['sea', 'dune', 'hill']) copyFileSync(join(files, 'rgb.png'), join(folder, `${name}.png`))
    const { sequences, problems } = await inspectPaths([folder])
    expect(problems).toEqual([])
    expect(sequences.map(({ frames, height, orderedBy }) => [frames, height, orderedBy])).toEqual([
      [3, 7, 'By file name; the names have no number or date in common.'],
      [3, 7, 'By the numbers in the file names.'],
      [1, 24, 'It is a single picture.'],
    ])
    const reader = await openSequence([folder], sequences[1]?.id)
    await expect(
      reader.read({ frames: [3], bands: [0], window: { row: 0, column: 0, height: 1, width: 1 } }),
    ).rejects.toMatchObject({
      code: 'sequence/no-frame',
    })
    await reader.close()
  })

  it('gives colours scaled to the size asked for: grey as grey, transparency kept, 16 bits by their upper 8', async () => {
    const grey = await openSequence([join(files, 'grey16.png')])
    const whole = await grey.readPicture?.(0, 7, 11)
    const { values } = await grey.read({ frames: [0], bands: [0], window: { row: 0, column: 0, height: 7, width: 11 } })
    expect([...(whole?.pixels.subarray(0, 4) ?? [])]).toEqual([
      ...Array<number>(3).fill(Math.round((values[0] ?? 0) / 256)),
      255,
    ])
    const small = await grey.readPicture?.(0, 1, 1)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    expect(small?.pixels[0]).toBe(Math.round(mean / 256))
    await grey.close()
    const alpha = await openSequence([join(files, 'rgba.png')])
    const picture = await alpha.readPicture?.(0, 14, 22)
    const block = await alpha.read({ frames: [0], bands: [3], window: { row: 6, column: 10, height: 1, width: 1 } })
    expect(picture?.pixels.at(-1)).toBe(block.values[0])
    await alpha.close()
  })

  it('refuses pictures that are cut short, claim to be huge, or unpack to far more than they say', async () => {
    const png = readFileSync(join(files, 'rgb.png'))
    writeFileSync(join(folder, 'cut.png'), png.subarray(0, 60))
    const huge = Buffer.from(png)
    huge.writeUInt32BE(60_000, 16)
    huge.writeUInt32BE(60_000, 20)
    writeFileSync(join(folder, 'huge.png'), huge)
    writeFileSync(
      join(folder, 'bomb.pgm.gz'),
      gzipSync(Buffer.concat([Buffer.from('P5 4 4 255\n'), Buffer.alloc(2 ** 24)])),
    )
    writeFileSync(join(folder, 'odd.jpg'), Buffer.from('ffd8ffe000', 'hex'))
    const { problems, sequences } = await inspectPaths([folder])
    expect(problems.map(({ code }) => code).sort()).toEqual(['images/damaged', 'images/too-large'])
    const window = { row: 0, column: 0, height: 1, width: 1 }
    for (const { id } of sequences) {
      const reader = await openSequence([folder], id)
      await expect(reader.read({ frames: [0], bands: [0], window })).rejects.toMatchObject({ code: 'images/damaged' })
      await reader.close()
    }
    expect(sequences).toHaveLength(2)
  })
})
