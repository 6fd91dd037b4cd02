// Makes Moving MNIST as the field does (Srivastava et al. 2015): two digits that bounce in 64 x 64 pixels, 20 frames a sequence,
// from the 60 000 training digits of MNIST. Sequences follow each other in one lossless grey video (FFV1) for each part:
// train/train.mkv, val/val.mkv, test/test.mkv; with a hop of 20 every clip is one sequence. Digits of the parts are kept apart:
// 0 to 49 999 to learn from, 50 000 to 54 999 to validate, 55 000 to 59 999 to test. Needs the ffmpeg program.
//   node tests/bench/moving-mnist.mjs MNIST_FOLDER OUT [train=2000] [validation=50] [test=500] [seed=0]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { SeededRandom } from '../../dist/shared/base/seeded-random.js'

const [folder, out, train = '2000', validation = '50', test = '500', seed = '0'] = process.argv.slice(2)
if (!folder || !out) throw new Error('Give the folder with the MNIST digits and the folder to write.')
const [size, digit, frames, stepLength] = [64, 28, 20, 0.1]

async function findImages() {
  const name = (await readdir(folder)).find((one) => /images.*idx3.*(\.gz)?$/.test(one))
  if (!name) throw new Error(`There is no file of MNIST images in ${folder}.`)
  const bytes = await readFile(join(folder, name))
  const plain = name.endsWith('.gz') ? gunzipSync(bytes) : bytes
  if (plain.readUInt32BE(0) !== 2051) throw new Error(`${name} holds no MNIST images.`)
  return plain.subarray(16)
}

/** Upper left corners of a digit over time: straight on with a fixed speed, and back from the edges. */
function trajectory(random) {
  const range = size - digit
  let [x, y] = [random.next(), random.next()]
  const angle = random.next() * 2 * Math.PI
  let [vx, vy] = [Math.cos(angle), Math.sin(angle)]
  return Array.from({ length: frames }, () => {
    x += vx * stepLength
    y += vy * stepLength
    if (x <= 0) [x, vx] = [0, -vx]
    if (x >= 1) [x, vx] = [1, -vx]
    if (y <= 0) [y, vy] = [0, -vy]
    if (y >= 1) [y, vy] = [1, -vy]
    return [Math.trunc(x * range), Math.trunc(y * range)]
  })
}

function sequence(images, first, count, random) {
  const pixels = Buffer.alloc(frames * size * size)
  for (let i = 0; i < 2; i++) {
    const at = (first + random.integer(count)) * digit * digit
    trajectory(random).forEach(([left, top], t) => {
      for (let row = 0; row < digit; row++)
        for (let column = 0; column < digit; column++) {
          const to = (t * size + top + row) * size + left + column
          pixels[to] = Math.max(pixels[to], images[at + row * digit + column])
        }
    })
  }
  return pixels
}

const images = await findImages()
const parts = [
  ['train', Number(train), 0, 50_000],
  ['val', Number(validation), 50_000, 5000],
  ['test', Number(test), 55_000, 5000],
]
for (const [part, count, first, digits] of parts) {
  await mkdir(join(out, part), { recursive: true })
  const input = ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${size}x${size}`, '-r', '10', '-i', '-']
  const output = ['-c:v', 'ffv1', '-y', join(out, part, `${part}.mkv`)]
  const encoder = spawn('ffmpeg', ['-loglevel', 'error', ...input, ...output], {
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  const random = new SeededRandom(Number(seed)).fork(part)
  for (let i = 0; i < count; i++)
    if (!encoder.stdin.write(sequence(images, first, digits, random))) await once(encoder.stdin, 'drain')
  encoder.stdin.end()
  const [code] = await once(encoder, 'close')
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}.`)
  console.log(`${part}: ${count} sequences of ${frames} frames`)
}
