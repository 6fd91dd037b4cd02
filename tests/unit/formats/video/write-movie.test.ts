import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync, readFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSequence } from '../../../../electron/formats/open-sequences.ts'
import { createMovie, writeMovie } from '../../../../electron/formats/video/write-movie.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronolens-movie-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const frames = 50
/** Four flat quarters, one of which changes with the frame: a wrong matrix, order or number of frames shows. */
function* pictures(height: number, width: number, count = frames): Generator<Uint8Array> {
  for (let frame = 0; frame < count; frame++) {
    const pixels = new Uint8Array(height * width * 4)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        pixels.set(colourAt(frame, row < height / 2, column < width / 2), (row * width + column) * 4)
    yield pixels
  }
}
function colourAt(frame: number, isTop: boolean, isLeft: boolean): [number, number, number, number] {
  if (isTop) return isLeft ? [200, 40, 30, 255] : [30, 160, 60, 255]
  return isLeft ? [40, 60, 190, 255] : [frame * 4 + 20, frame * 4 + 20, frame * 4 + 20, 255]
}

describe.each([
  { format: 'mp4', height: 76, width: 100, tolerance: 6, why: 'H.264 at quality 18 and 4:2:0' },
  { format: 'mp4', height: 77, width: 101, tolerance: 6, why: 'odd sizes, which H.264 has not' },
  { format: 'gif', height: 77, width: 101, tolerance: 9, why: '256 colours' },
] as const)('a movie written as $format of $width x $height ($why)', ({ format, height, width, tolerance }) => {
  it('is read back with all frames, at its size, rate and length, in its colours', async () => {
    const path = join(folder, `movie.${format}`)
    const written = await writeMovie(path, pictures(height, width), { format, height, width, frameRate: 12.5 })
    const even = format === 'mp4' ? 2 : 1
    const size = { height: Math.ceil(height / even) * even, width: Math.ceil(width / even) * even }
    expect(written).toMatchObject({ frames, ...size })
    expect(readdirSync(folder)).toEqual([`movie.${format}`])
    const reader = await openSequence([path])
    expect(reader.info).toMatchObject({ frames, ...size })
    expect(reader.clip?.frameRate).toBeCloseTo(12.5, 6)
    expect(reader.clip?.durationSeconds).toBeCloseTo(frames / 12.5, 6)
    for (const frame of [0, 17, frames - 1])
      for (const [isTop, isLeft] of [
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ] as const) {
        const window = { row: isTop ? 8 : height - 24, column: isLeft ? 8 : width - 24, height: 16, width: 16 }
        const { values } = await reader.read({ frames: [frame], bands: [0, 1, 2], window })
        const means = [0, 1, 2].map((band) => mean(values.subarray(band * 256, (band + 1) * 256)))
        means.forEach((value, band) => {
          const wanted = colourAt(frame, isTop, isLeft)[band] ?? NaN
          expect(Math.abs(value - wanted), `frame ${frame}, band ${band}`).toBeLessThanOrEqual(tolerance)
        })
      }
    await reader.close()
  })

  it('is what ffprobe, another version of FFmpeg, takes it for', async ({ skip }) => {
    if (!hasProbe()) skip()
    const path = join(folder, `movie.${format}`)
    const { height: rows, width: columns } = await writeMovie(path, pictures(height, width), {
      format,
      height,
      width,
      frameRate: 12.5,
    })
    const entries = 'stream=codec_name,pix_fmt,width,height,nb_read_frames,duration,avg_frame_rate'
    const printed = execFileSync('ffprobe', [
      '-v',
      'error',
      '-count_frames',
      '-show_entries',
      entries,
      '-of',
      'json',
      path,
    ])
    const { streams } = JSON.parse(printed.toString()) as { streams: Record<string, unknown>[] }
    expect(streams[0]).toMatchObject({
      codec_name: format === 'mp4' ? 'h264' : 'gif',
      pix_fmt: format === 'mp4' ? 'yuv420p' : 'bgra',
      height: rows,
      width: columns,
      nb_read_frames: String(frames),
      duration: '4.000000',
      avg_frame_rate: '25/2',
    })
  })
})

it('an MP4 begins with its table of frames, so that it plays while it loads', async () => {
  const path = join(folder, 'movie.mp4')
  await writeMovie(path, pictures(32, 32), { format: 'mp4', height: 32, width: 32, frameRate: 25 })
  const bytes = readFileSync(path).toString('latin1')
  expect(bytes.indexOf('moov')).toBeGreaterThan(0)
  expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'))
})

it('a movie that is cancelled leaves the file of that name as it was, and nothing beside it', async () => {
  const path = join(folder, 'movie.mp4')
  writeFileSync(path, 'before')
  const stop = new AbortController()
  function* cancelledAt(count: number): Generator<Uint8Array> {
    for (const picture of pictures(48, 64)) {
      if (count-- === 0) stop.abort()
      yield picture
    }
  }
  const writing = writeMovie(path, cancelledAt(20), {
    format: 'mp4',
    height: 48,
    width: 64,
    frameRate: 10,
    signal: stop.signal,
  })
  await expect(writing).rejects.toMatchObject({ name: 'AbortError' })
  expect(readFileSync(path, 'utf8')).toBe('before')
  expect(readdirSync(folder)).toEqual(['movie.mp4'])
})

it('reports each picture that was written', async () => {
  const done: number[] = []
  await writeMovie(join(folder, 'a.gif'), pictures(8, 8, 3), {
    format: 'gif',
    height: 8,
    width: 8,
    frameRate: 2,
    total: 3,
    report: (progress) => done.push(progress.done),
  })
  expect(done).toEqual([1, 2, 3])
})

it.each([
  ['video/wrong-size', { height: 0, width: 10, frameRate: 5 }],
  ['video/wrong-size', { height: 10, width: 10.5, frameRate: 5 }],
  ['video/wrong-rate', { height: 10, width: 10, frameRate: 0 }],
  ['video/wrong-rate', { height: 10, width: 10, frameRate: NaN }],
])('refuses with %s: %j', async (code, shape) => {
  await expect(createMovie(join(folder, 'movie.mp4'), { format: 'mp4', ...shape })).rejects.toMatchObject({ code })
  expect(readdirSync(folder)).toEqual([])
})

it('refuses a picture of another size, no pictures at all, and a folder that is not there', async () => {
  const shape = { format: 'mp4', height: 10, width: 10, frameRate: 5 } as const
  const movie = await createMovie(join(folder, 'movie.mp4'), shape)
  await expect(movie.add(new Uint8Array(399))).rejects.toMatchObject({ code: 'video/wrong-size' })
  await expect(movie.commit()).rejects.toMatchObject({ code: 'video/no-pictures' })
  await movie.discard()
  await movie.discard()
  expect(readdirSync(folder)).toEqual([])
  const missing = createMovie(join(folder, 'none', 'movie.mp4'), shape)
  await expect(missing).rejects.toMatchObject({ code: 'store/not-writable' })
  mkdirSync(join(folder, 'taken.mp4'))
  const taken = writeMovie(join(folder, 'taken.mp4'), pictures(10, 10, 2), shape)
  await expect(taken).rejects.toMatchObject({ code: 'store/not-writable' })
  expect(readdirSync(folder)).toEqual(['taken.mp4'])
})

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function hasProbe(): boolean {
  return ['/usr/bin/ffprobe', '/usr/local/bin/ffprobe'].some((path) => existsSync(path))
}
