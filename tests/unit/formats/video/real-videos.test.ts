import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'
import { inspectPaths, openSequence } from '../../../../electron/formats/open-sequences.ts'
import type { SequenceReader } from '../../../../electron/formats/sequence-reader.ts'
import { realData } from '../real-data.ts'

interface Oracle {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly frames: number
        readonly width: number
        readonly height: number
        readonly means: Readonly<Record<string, readonly number[]>>
      } | null
    >
  >
}
const oracle = JSON.parse(readFileSync(new URL('ffmpeg-frames.json', import.meta.url), 'utf8')) as Oracle
const root = realData('.')

/**
 * Greatest difference of a mean over a quarter of the picture. Eight-bit video is equal byte by byte (the means are rounded
 * to 0.001); with ten bits, the two
 * versions of FFmpeg scale chroma in different ways, and both clip the saturated colours of these test pictures.
 */
const toleranceOf = (name: string): number => (/10bits/.test(name) ? 3 : 0.01)
/** Damaged on purpose: which frames a decoder gives after an error depends on its version. */
const damaged = new Set(['malformed_mp4/mp4parse_capi/tests/no_timescale.mp4'])

const readable = Object.entries(oracle.files).flatMap(([name, file]) =>
  file && !damaged.has(name) ? [{ name, file }] : [],
)

describe.skipIf(!root)('real videos', () => {
  it.each(readable)(
    '$name: the frames that the ffmpeg program decodes, whichever comes first',
    async ({ name, file }) => {
      const reader = await openSequence([join(root ?? '', name)])
      try {
        expect(reader.info).toMatchObject({
          kind: 'video',
          frames: file.frames,
          height: file.height,
          width: file.width,
        })
        const frames = shuffled(Object.keys(file.means).map(Number))
        for (const frame of frames) {
          const means = await quarters(reader, frame)
          const expected = file.means[frame] ?? []
          const worst = Math.max(...means.map((mean, i) => Math.abs(mean - (expected[i] ?? NaN))))
          expect(worst, `frame ${frame}`).toBeLessThanOrEqual(toleranceOf(name))
        }
      } finally {
        await reader.close()
      }
    },
  )

  it.each(readable.filter(({ file }) => file.frames > 1))(
    '$name: a frame is the same whether it is reached by decoding on or by jumping',
    async ({ name, file }) => {
      const path = join(root ?? '', name)
      const straight = await openSequence([path])
      const jumping = await openSequence([path])
      try {
        const pictures: Buffer[] = []
        for (let frame = 0; frame < file.frames; frame++)
          pictures.push(Buffer.from((await straight.readPicture?.(frame, 64, 64))?.pixels ?? []))
        const all = Array.from({ length: file.frames }, (_, frame) => frame)
        for (const frame of shuffled(all).slice(0, 7)) {
          const picture = await jumping.readPicture?.(frame, 64, 64)
          expect(Buffer.from(picture?.pixels ?? []).equals(pictures[frame] ?? Buffer.of()), `frame ${frame}`).toBe(true)
        }
      } finally {
        await straight.close()
        await jumping.close()
      }
    },
  )

  it('says of every other file why it cannot be read', async () => {
    const { sequences, problems } = await inspectPaths([join(root ?? '', 'malformed_mp4')])
    const found = new Set(sequences.map(({ id }) => id))
    for (const [name, file] of Object.entries(oracle.files))
      if (name.startsWith('malformed_mp4/')) {
        const problem = problems.find(({ path }) => path.endsWith(name))
        expect([name, found.has(name), problem !== undefined]).toEqual([name, file !== null, file === null])
        if (problem) expect(problem.message, name).toMatch(/^".+\.mp4" (holds|cannot|is encrypted)/)
      }
    const codes = new Set(problems.map(({ code }) => code))
    expect(codes).toEqual(
      new Set(['video/no-frames', 'video/no-video-stream', 'video/unreadable', 'formats/not-a-sequence']),
    )
  })

  it('reads what it can of a file that is damaged in the middle, the same way each time', async () => {
    const [name = ''] = damaged
    const reader = await openSequence([join(root ?? '', name)])
    const first = await reader.readPicture?.(100, 60, 80)
    await reader.readPicture?.(3, 60, 80)
    expect((await reader.readPicture?.(100, 60, 80))?.pixels).toEqual(first?.pixels)
    expect(reader.info.frames).toBeGreaterThan(100)
    await reader.close()
  })

  it('groups clips by the folders they lie in', async () => {
    const { sequences } = await inspectPaths([join(root ?? '', 'lung_ultrasound_video')])
    const counts = Object.fromEntries(
      ['covid', 'pneumonia', 'regular'].map((group) => [
        group,
        sequences.filter((clip) => clip.group === group).length,
      ]),
    )
    expect(counts).toEqual({ covid: 15, pneumonia: 22, regular: 25 })
  })

  it.each([
    ['lung_ultrasound_video/covid/Cov_combatting_Image1.mp4', 9 / 8],
    ['lung_ultrasound_video/covid/Cov-Atlas+(45).gif', 1],
    ['video_formats/mmaction2/demo/demo.mp4', 64 / 51],
  ])('knows how wide the pixels of %s are', async (name, aspect) => {
    const reader = await openSequence([join(root ?? '', name)])
    expect(reader.clip?.pixelAspect).toBeCloseTo(aspect, 10)
    expect(reader.info.warnings.some((warning) => warning.includes('as wide as tall'))).toBe(aspect !== 1)
    await reader.close()
  })

  it('keeps the uneven times of a file (0.033 s and 0.067 s between frames)', async () => {
    const reader = await openSequence([
      join(root ?? '', 'video_formats/mmaction2/tests/data/rawvideo_dataset/part_0.mp4'),
    ])
    const seconds = reader.clip?.seconds ?? []
    expect(reader.clip?.isVariable).toBe(true)
    const steps = new Set(seconds.slice(1).map((second, i) => Math.round((second - (seconds[i] ?? 0)) * 15360)))
    expect([...steps].sort((a, b) => a - b)).toEqual([512, 1024])
    await reader.close()
  })
})

/** Mean of red, green and blue in the four quarters, as in the oracle. */
async function quarters(reader: SequenceReader, frame: number): Promise<number[]> {
  const { height, width, bands } = reader.info
  const rows = [0, Math.floor(height / 2), height] as const
  const columns = [0, Math.floor(width / 2), width] as const
  const means: number[] = []
  for (const r of [0, 1] as const)
    for (const c of [0, 1] as const) {
      const window = {
        row: rows[r],
        column: columns[c],
        height: rows[r + 1]! - rows[r],
        width: columns[c + 1]! - columns[c],
      }
      // Grey video has one band; the oracle has it three times.
      const wanted = bands.length === 1 ? [0, 0, 0] : [0, 1, 2]
      const { values } = await reader.read({ frames: [frame], bands: wanted, window })
      const area = window.height * window.width
      for (let band = 0; band < 3; band++) {
        let sum = 0
        for (let i = 0; i < area; i++) sum += values[band * area + i] ?? NaN
        means.push(sum / Math.max(1, area))
      }
    }
  return means
}

function shuffled(numbers: readonly number[]): number[] {
  return new SeededRandom(7).shuffled(numbers)
}
