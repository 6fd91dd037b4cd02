// Decoding beside the ffmpeg program: the same frames at the same size, as many threads for both (or as many as each takes).
//   node tests/bench/video-decoding.mjs <file> [height width] [runs]
// Prints the best of the runs, as a loaded machine makes all of them slower and none faster.
import { spawn } from 'node:child_process'
import { openSequence } from '../../dist/electron/formats/open-sequences.js'

const [path, height = '112', width = '112', runs = '5'] = process.argv.slice(2)
const size = { height: Number(height), width: Number(width) }

async function ours() {
  const reader = await openSequence([path])
  const { frames } = reader.info
  const start = performance.now()
  for (let frame = 0; frame < frames; frame++) await reader.readPicture(frame, size.height, size.width)
  const ms = performance.now() - start
  await reader.close()
  return { ms, frames }
}

async function theirs() {
  const start = performance.now()
  const scale = `scale=${size.width}:${size.height}`
  const output = ['-vsync', 'passthrough', '-vf', scale, '-pix_fmt', 'rgba', '-f', 'rawvideo', 'pipe:1']
  const child = spawn('ffmpeg', ['-v', 'error', '-nostdin', '-i', path, ...output], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let bytes = 0
  for await (const chunk of child.stdout) bytes += chunk.length
  return { ms: performance.now() - start, frames: bytes / (size.height * size.width * 4) }
}

const times = { ours: [], theirs: [] }
let counted = {}
for (let run = 0; run < Number(runs); run++) {
  const [a, b] = [await ours(), await theirs()]
  times.ours.push(a.ms)
  times.theirs.push(b.ms)
  counted = { ours: a.frames, theirs: b.frames }
}
const best = { ours: Math.min(...times.ours), theirs: Math.min(...times.theirs) }
console.log(
  `${counted.ours} and ${counted.theirs} frames at ${size.width} x ${size.height}: ${best.ours.toFixed(0)} ms here, ${best.theirs.toFixed(0)} ms in the ffmpeg program, ratio ${(best.ours / best.theirs).toFixed(2)} (best of ${runs})`,
)
