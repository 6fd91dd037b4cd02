// Looks through long things as a person does, in a browser on the server, and tells how evenly the page is drawn: a series of
// 300 slices, a stack of 2000 dates, 500 series, a video of 30 minutes, all made of real data or of the samples, and a raster of
// 4096 x 4096 pixels without overviews, of which it says for how long some place was blank. Needs Chromium. `npm run build` first.
//   node tests/bench/fluid-bench.mjs [--only slices,dates,series,video,map] [--steps 80] [--json]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { openSequence } from '../../dist/electron/formats/open-sequences.js'
import { writeMovie } from '../../dist/electron/formats/video/write-movie.js'
import { chromiumBinary } from '../../scripts/find-browsers.mjs'
import { enlargeSeries } from './enlarge-series.mjs'
import { writeLargeRaster } from './large-raster.mjs'

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', default: 'slices,dates,series,video,map' },
    steps: { type: 'string', default: '80' },
    json: { type: 'boolean', default: false },
  },
})
const root = fileURLToPath(new URL('../..', import.meta.url))
const data = process.env.CHRONOLENS_DATA ?? join(dirname(root.replace(/\/$/, '')), 'shared', 'data')
const samples = join(root, 'resources', 'samples')
const steps = Number(given.steps)

const cases = {
  slices: {
    name: '300 slices of 256 x 256',
    make: (folder) => enlargeSeries(join(data, 'mr_series_sag_anon'), join(folder, 'series'), 300),
    ready: '[data-test=medical-pane][data-shown-frame]',
    focus: '[data-test=medical-pane]',
    key: 'ArrowDown',
    measure: 'slice',
  },
  dates: {
    name: 'a stack of 2000 dates',
    make: (folder) => {
      const names = readdirSync(join(samples, 'crops')).filter((name) => name.endsWith('.tif'))
      for (let i = 0; i < 2000; i++) {
        const day = new Date(Date.UTC(2015, 0, 1 + i)).toISOString().slice(0, 10)
        cpSync(join(samples, 'crops', names[i % names.length]), join(folder, `crops_${day}.tif`))
      }
    },
    ready: '.ol-viewport canvas',
    focus: '[role=slider]',
    key: 'ArrowRight',
  },
  series: {
    name: '500 series of 24 slices',
    make: (folder) => {
      for (let i = 0; i < 500; i++) {
        const place = join(folder, `study${Math.floor(i / 25)}`, `series${i}`)
        enlargeSeries(join(samples, 'phantom', 'study-1'), place, 24, { series: i + 1, spacing: 0 })
      }
    },
    ready: '[data-test=sequence-browser]',
    focus: '[data-test=sequences]',
    key: 'ArrowDown',
  },
  video: {
    name: 'a video of 30 minutes',
    make: async (folder) => {
      const clip = await openSequence([join(samples, 'actions', 'long', 'long-01.mp4')])
      const { frames, height, width } = clip.info
      async function* pictures() {
        const seconds = 30 * 60
        for (let i = 0; i < seconds * 25; i++) yield (await clip.readPicture(i % frames, height, width)).pixels
      }
      await writeMovie(join(folder, 'long.mp4'), pictures(), { height, width, frameRate: 25, format: 'mp4' })
      await clip.close()
    },
    ready: '[data-test=video-stage]',
    focus: '[data-test=video-stage] canvas',
    key: 'ArrowRight',
  },
  map: {
    name: 'a raster of 4096 x 4096 x 3, moved and zoomed',
    make: (folder) => writeLargeRaster(join(folder, 'large_2020-06-01.tif'), 4096),
    ready: '.ol-viewport canvas',
    move: moveMap,
  },
}

function serve(folder, state) {
  const arguments_ = ['serve', '--port', '0', '--root', folder, '--state', state]
  const server = spawn(process.execPath, [join(root, 'dist', 'electron', 'cli', 'main.js'), ...arguments_], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    let said = ''
    server.once('exit', () => reject(new Error(said)))
    server.stderr.setEncoding('utf8').on('data', (text) => {
      said += text
      const url = /(https?:\/\/\S+)\s/.exec(said)?.[1]
      if (url) resolve({ server, url })
    })
  })
}

/** Resident memory of a process and those it started, in MiB; Linux only. */
function memoryOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  const own = (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20
  return children.reduce((sum, child) => sum + memoryOf(child), own)
}

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN

/** Drags and zooms, always within the raster. Every frame is watched for places without a picture. */
async function moveMap(page) {
  const box = await page.locator('.ol-viewport').first().boundingBox()
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.mouse.move(x, y)
  for (let i = 0; i < 2; i++) await zoom(page, -240)
  await page.waitForTimeout(3000)
  await page.evaluate(() => {
    window.blank = { longest: 0, frames: 0, of: 0 }
    let since = null
    const tick = (now) => {
      const canvas = document.querySelector('.frame-layer canvas')
      const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      let isBlank = false
      for (let row = 8; row < canvas.height; row += 16)
        for (let column = 8; column < width; column += 16)
          if (data[(row * width + column) * 4 + 3] === 0) isBlank = true
      window.blank.of++
      if (isBlank) window.blank.frames++
      if (!isBlank) since = null
      else window.blank.longest = Math.max(window.blank.longest, now - (since ??= now))
      requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
  })
  const ways = [[300, 0], [0, 200], [-600, 0], [0, -400], [300, 200]] // prettier-ignore
  for (let round = 0; round < 4; round++) {
    for (const [dx, dy] of ways) {
      await page.mouse.move(x, y)
      await page.mouse.down()
      await page.mouse.move(x + dx / 2, y + dy / 2, { steps: 6 })
      await page.mouse.up()
      await page.waitForTimeout(150)
    }
    await zoom(page, round % 2 ? 240 : -240)
  }
  return page.evaluate(() => window.blank)
}

async function zoom(page, by) {
  await page.mouse.wheel(0, by)
  await page.waitForTimeout(600)
}

async function run({ name, make, ready, focus, key, measure, move }) {
  const folder = mkdtempSync(join(tmpdir(), 'chronolens-fluid-'))
  const shown = join(folder, 'data')
  mkdirSync(shown)
  await make(shown)
  const { server, url } = await serve(shown, join(folder, 'state'))
  const switches = [
    '--disable-gpu',
    '--enable-precise-memory-info',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ]
  const browser = await chromium.launch({ executablePath: chromiumBinary(), args: switches })
  try {
    const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
    page.setDefaultTimeout(300_000)
    await page.goto(url)
    const start = performance.now()
    await page.locator('[data-test=open-folder]').click()
    await page.locator('dialog .button.primary').click()
    await page.locator('[data-test=create-project]:not([disabled])').click()
    await page.locator(ready).first().waitFor()
    const opened = performance.now() - start
    if (move) return { name, openedMs: opened, blank: await move(page), serverMiB: memoryOf(server.pid) }
    await page.locator(focus).first().focus()
    for (let i = 0; i < 5; i++) await page.keyboard.press(key)
    await page.waitForTimeout(3000) // What is read ahead is there.
    await page.evaluate(() => {
      performance.clearMeasures()
      const frames = []
      let last = performance.now()
      const tick = (now) => {
        frames.push(now - last)
        last = now
        window.fluidFrames = frames
        requestAnimationFrame(tick)
      }
      requestAnimationFrame(tick)
    })
    for (let i = 0; i < steps; i++) {
      await page.keyboard.press(key)
      await page.waitForTimeout(50)
    }
    const found = await page.evaluate(
      (kind) => ({
        frames: window.fluidFrames,
        measures: kind ? performance.getEntriesByName(kind).map(({ duration }) => duration) : [],
        heap: performance.memory.usedJSHeapSize / 2 ** 20,
      }),
      measure,
    )
    const frames = found.frames.sort((a, b) => a - b)
    const measures = found.measures.sort((a, b) => a - b)
    return {
      name,
      openedMs: opened,
      frameMs: { median: at(frames, 0.5), p95: at(frames, 0.95), longest: at(frames, 1) },
      ...(measure
        ? { [`${measure}Ms`]: { count: measures.length, median: at(measures, 0.5), p95: at(measures, 0.95) } }
        : {}),
      pageHeapMiB: found.heap,
      serverMiB: memoryOf(server.pid),
    }
  } finally {
    await browser.close()
    server.kill('SIGTERM')
    await once(server, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
}

const results = []
for (const key of given.only.split(',')) results.push(await run(cases[key]))
const load = loadavg()[0].toFixed(1)
const rounded = (_, value) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value)
if (given.json) console.log(JSON.stringify({ load, results }, rounded, 2))
else for (const result of [{ load }, ...results]) console.log(JSON.stringify(result, rounded))
process.exit(0)
