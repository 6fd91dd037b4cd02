import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NodeAvBackend } from '../../../../electron/formats/video/node-av-backend.ts'
import { loadNodeAv } from '../../../../electron/formats/video/node-av-library.ts'
import { ProgramBackend } from '../../../../electron/formats/video/program-backend.ts'
import type { VideoBackend } from '../../../../electron/formats/video/video-backend.ts'
import { writeMovie } from '../../../../electron/formats/video/write-movie.ts'
import { realData } from '../real-data.ts'

const av = await loadNodeAv()
const programs = await ProgramBackend.find()
const sample = fileURLToPath(new URL('../../../../resources/samples/actions/walk/walk-01.mp4', import.meta.url))
const data = realData('.')
const clips = [
  sample,
  ...(data === null
    ? []
    : [
        'video_formats/torchcodec/av1_video.mkv',
        'video_formats/mmaction2/tests/data/test.avi',
        'video_formats/mmaction2/tests/data/rawvideo_dataset/part_0.mp4',
        'lung_ultrasound_video/regular/Reg_pat1Image_132943.mpeg',
        'lung_ultrasound_video/covid/Cov-Atlas-Day+2.gif',
        'malformed_mp4/mp4parse_capi/tests/video_rotation_90.mp4',
      ].map((name) => join(data, name))),
]

it('the FFmpeg libraries load on this system', () => {
  expect(av).not.toBeNull()
})

describe.skipIf(!av || !programs)('the ffmpeg programs, where there is no library', () => {
  it.each(clips)('%s: the same frames at the same times, in any order', async (path) => {
    const library = await new NodeAvBackend(av as NonNullable<typeof av>).open(path)
    const program = await (programs as ProgramBackend).open(path)
    const { height, width } = library.header
    expect(program.header).toMatchObject({ height, width, isGrey: library.header.isGrey })
    expect(program.seconds.length).toBe(library.seconds.length)
    const worst = Math.max(...program.seconds.map((second, i) => Math.abs(second - (library.seconds[i] ?? NaN))))
    // Where a frame has no time stamp, the two number them in their own ways (MPEG program streams).
    expect(worst).toBeLessThan(path.endsWith('.mpeg') ? 0.1 : 0.002)
    const last = library.seconds.length - 1
    for (const frame of [...new Set([last, 0, Math.floor(last / 2), Math.floor(last / 3)])]) {
      const [ours, theirs] = [
        await library.picture(frame, height, width, 'rgb'),
        await program.picture(frame, height, width, 'rgb'),
      ]
      expect(Buffer.compare(Buffer.from(ours), Buffer.from(theirs)), `frame ${frame}`).toBe(0)
    }
    await library.close()
    await program.close()
  })

  it('say of a file without pictures that it has none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chronolens-programs-'))
    const nothing = (programs as ProgramBackend).open(join(folder, 'none.mp4'))
    await expect(nothing).rejects.toMatchObject({ code: 'video/no-video-stream' })
    rmSync(folder, { recursive: true })
  })
})

describe.skipIf(!av)('reading a movie of known pictures', () => {
  const backends: (VideoBackend | null)[] = [av && new NodeAvBackend(av), programs]
  it.each(backends.filter((backend) => backend !== null))('$name: scales, cancels and closes', async (backend) => {
    const folder = mkdtempSync(join(tmpdir(), 'chronolens-backend-'))
    const path = join(folder, 'steps.mp4')
    const pictures = Array.from({ length: 40 }, (_, frame) => new Uint8Array(64 * 48 * 4).fill(40 + frame * 4))
    await writeMovie(path, pictures, { format: 'mp4', height: 48, width: 64, frameRate: 20 })
    const file = await backend.open(path)
    expect(file.seconds.length).toBe(40)
    expect(file.durationSeconds).toBeCloseTo(2, 6)
    for (const frame of [39, 3, 20]) {
      const small = await file.picture(frame, 6, 8, 'rgba')
      expect(small.length).toBe(6 * 8 * 4)
      expect(Math.abs((small[0] ?? 0) - (40 + frame * 4))).toBeLessThanOrEqual(3)
      expect(small[3]).toBe(255)
    }
    const stop = new AbortController()
    stop.abort()
    await expect(file.picture(5, 6, 8, 'rgb', stop.signal)).rejects.toMatchObject({ name: 'AbortError' })
    expect((await file.picture(5, 6, 8, 'rgb')).length).toBe(6 * 8 * 3)
    await file.close()
    rmSync(folder, { recursive: true })
  })
})
