// Times the marking of lesions in a series of 300 slices of 256 x 256 pixels, from reading to the files written, in this process:
// by the clock, and in seconds of processor time, which other programs disturb less. The network has its default size and is hardly
// trained, which makes no difference to the time. Run after `npm run build`:
//   node tests/bench/segment-series.mjs [--slices 300] [--runs 3]
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { predictSegmentation } from '../../dist/electron/analyses/lesion-segmentation/predict-segmentation.js'
import { trainSegmentation } from '../../dist/electron/analyses/lesion-segmentation/train-segmentation.js'
import { encodeNifti } from '../../dist/electron/formats/nifti/write-nifti.js'
import { SeededRandom } from '../../dist/shared/base/seeded-random.js'

const { values: options } = parseArgs({
  options: { slices: { type: 'string', default: '300' }, runs: { type: 'string', default: '3' } },
})
const root = await mkdtemp(join(tmpdir(), 'segment-series-'))

/** A body with some bright balls, and their mask. */
const writeStudy = async (folder, [slices, rows, columns], spacingMm, seed) => {
  const random = new SeededRandom(seed)
  const balls = Array.from({ length: Math.max(3, slices >> 4) }, () => [
    random.integer(slices),
    (0.3 + 0.4 * random.next()) * rows,
    (0.3 + 0.4 * random.next()) * columns,
    4 + 4 * random.next(),
  ])
  const image = new Uint8Array(slices * rows * columns)
  const mask = new Uint8Array(image.length)
  for (let s = 0, i = 0; s < slices; s++) {
    const near = balls.filter(([slice]) => Math.abs(slice - s) < 8)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, i++) {
        const isBody = Math.hypot((r / rows - 0.5) / 0.42, (c / columns - 0.5) / 0.36) < 1
        const isLesion = isBody && near.some(([bs, br, bc, radius]) => Math.hypot(s - bs, r - br, c - bc) < radius)
        mask[i] = isLesion ? 1 : 0
        image[i] = Math.max(
          0,
          (isBody ? (isLesion ? 190 : 110 + 20 * Math.sin(r / 9) * Math.cos(c / 7)) : 5) + 8 * (random.next() - 0.5),
        )
      }
  }
  const affine = [
    [-spacingMm[2], 0, 0, 0],
    [0, -spacingMm[1], 0, 0],
    [0, 0, spacingMm[0], 0],
  ]
  const grid = { shape: [columns, rows, slices], affine, flips: [false, false, false] }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'flair.nii.gz'), await encodeNifti(image, grid))
  return async () => writeFile(join(folder, 'lesion_mask.nii.gz'), await encodeNifti(mask, grid))
}

const context = { signal: new AbortController().signal, report: () => undefined }

try {
  for (const patient of [1, 2])
    for (const visit of [1, 2]) {
      const folder = join(root, 'data', `patient-${patient}`, `visit-${visit}`)
      await (
        await writeStudy(folder, [10, 96, 96], [3, 0.94, 0.94], 10 * patient + visit)
      )()
    }
  const model = join(root, 'model')
  const set = { patchesPerStudy: '4', registration: 'none' }
  const request = {
    task: 'lesion-segmentation',
    data: join(root, 'data'),
    out: model,
    epochs: 1,
    seed: 0,
    device: 'cpu',
    set,
  }
  await trainSegmentation({ ...request, resume: false }, context)
  const size = [Number(options.slices), 256, 256]
  for (const visit of [1, 2]) await writeStudy(join(root, `series-${visit}`), size, [1, 0.94, 0.94], visit)
  const cases = [
    ['one study alone', {}],
    ['with the study before, laid over it already', { earlier: join(root, 'series-1'), registration: 'none' }],
  ]
  console.log(`${size.join(' x ')} voxels; load average ${loadavg()[0].toFixed(1)} at the start`)
  for (const [name, more] of cases) {
    const times = []
    for (let run = 0; run < Number(options.runs); run++) {
      const [started, before] = [performance.now(), process.cpuUsage()]
      const found = { model, input: join(root, 'series-2'), out: join(root, 'found'), device: 'cpu', set: more }
      await predictSegmentation(found, context)
      const { user, system } = process.cpuUsage(before)
      times.push({ seconds: (performance.now() - started) / 1000, processor: (user + system) / 1e6 })
    }
    const median = (of) =>
      times
        .map(of)
        .sort((a, b) => a - b)
        [times.length >> 1].toFixed(1)
    console.log(
      `${name}: ${median(({ seconds }) => seconds)} s, ${median(({ processor }) => processor)} s of processor time`,
    )
  }
  console.log(`highest resident memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`)
} finally {
  await rm(root, { recursive: true, force: true })
}
