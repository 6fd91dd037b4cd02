// Takes the pictures of the user guide (docs/guide) from the built program and the bundled samples, in both languages.
// Usage: npm run build && node scripts/make-guide-pictures.mjs
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, selectors } from 'playwright-core'
import { chromiumBinary } from './find-browsers.mjs'

const folder = fileURLToPath(new URL('../docs/guide/pictures', import.meta.url))
const program = fileURLToPath(new URL('../dist/electron/cli/main.js', import.meta.url))
/** Pictures are part of the program. */
const mostBytes = 195 * 1024
const languages = { en: 'en', 'zh-cn': 'zh-CN' }
const patience = 90_000

const home = mkdtempSync(join(tmpdir(), 'chronolens-guide-'))
const [root, state] = ['data', 'state'].map((name) => join(home, name))
for (const one of [root, state]) mkdirSync(one)
const server = spawn(process.execPath, [program, 'serve', '--port', '0', '--root', root, '--state', state], {
  stdio: ['ignore', 'ignore', 'pipe'],
})
const address = await new Promise((resolve, reject) => {
  let said = ''
  server.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
    const match = /(https?:\/\/\S+)\s/.exec(said)
    if (match) resolve(match[1])
  })
  server.once('exit', () => reject(new Error(`The program ended: ${said}`)))
})
selectors.setTestIdAttribute('data-test')
const browser = await chromium.launch({ executablePath: chromiumBinary() ?? undefined, args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 1120, height: 700 }, colorScheme: 'dark' })
page.setDefaultTimeout(patience)
await page.goto(address)

const test = (name) => page.getByTestId(name).first()
const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash)
async function at(locator, right, down) {
  const box = await locator.boundingBox()
  return [box.x + box.width * right, box.y + box.height * down]
}

/** Keeps the page as a picture in both languages. */
async function take(name) {
  for (const [folderName, language] of Object.entries(languages)) {
    if ((await page.evaluate(() => document.documentElement.lang)) !== language)
      await test('language').dispatchEvent('click')
    await page.locator(`html[lang="${language}"]`).waitFor()
    await page.mouse.move(2, 2)
    await page.evaluate(() => document.activeElement?.blur())
    await page.waitForTimeout(900)
    const bytes = await smallEnough(await page.screenshot())
    mkdirSync(join(folder, folderName), { recursive: true })
    writeFileSync(join(folder, folderName, `${name}.png`), bytes)
    console.log(`${folderName}/${name}.png ${Math.round(bytes.length / 1024)} KiB`)
  }
}

/** The picture with fewer shades, step by step, until it is small enough; most need none of it. */
async function smallEnough(bytes) {
  for (const bits of [8, 6, 5, 4]) {
    const made =
      bits === 8 ? bytes : Buffer.from(await page.evaluate(withShades, [bytes.toString('base64'), bits]), 'base64')
    if (made.length <= mostBytes || bits === 4) return made
  }
  return bytes
}

async function withShades([picture, bits]) {
  const image = new Image()
  image.src = `data:image/png;base64,${picture}`
  await image.decode()
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0)
  const data = context.getImageData(0, 0, canvas.width, canvas.height)
  const step = 256 / 2 ** bits
  for (let i = 0; i < data.data.length; i++)
    if (i % 4 !== 3) data.data[i] = Math.min(255, Math.round(data.data[i] / step) * step)
  context.putImageData(data, 0, 0)
  return canvas.toDataURL('image/png').split(',')[1]
}

async function openSample(name) {
  await go('#/')
  await test(`sample-${name}`).click()
  await page.locator('[data-test=create-project]:not([disabled])').click()
}

async function landUse() {
  await openSample('crops')
  await page.locator('.ol-viewport canvas').first().waitFor()
  await page.waitForTimeout(1500)
  const map = page.locator('.ol-viewport').first()
  await page.mouse.click(...(await at(map, 0.42, 0.45)))
  await test('curve-quantity').waitFor()
  await test('measure-distance').click()
  await page.mouse.click(...(await at(map, 0.55, 0.3)))
  await page.mouse.move(...(await at(map, 0.62, 0.5)))
  await page.mouse.dblclick(...(await at(map, 0.62, 0.6)))
  await test('measures').waitFor()
  await page.keyboard.press('Escape')
  await take('land-use-look')
  await go('#/label')
  await page.locator('[data-test^=class-]').first().waitFor()
  await take('land-use-label')
  await go('#/train')
  await test('train-next').click()
  await page.locator('[data-test^=model-]').first().waitFor()
  await test('train-next').click()
  await test('start-training').click()
  await page.locator('[data-test=epoch]').first().waitFor()
  await page.waitForTimeout(4000)
  await take('land-use-train')
  await test('to-results').click({ timeout: 600_000 })
  await page.locator('[data-test^=score-]').first().waitFor()
  await take('land-use-results')
  await go('#/predict')
  await page.locator('[data-test=start-prediction]:not([disabled])').click()
  await page.locator('[data-test^=season-]').first().waitFor()
  await test('opacity').waitFor()
  await take('land-use-predict')
}

async function medical() {
  await openSample('phantom')
  const pane = page.getByTestId('medical-pane').first()
  await pane.and(page.locator('[data-shown-frame]')).waitFor()
  await test('tool-length').click()
  await page.mouse.move(...(await at(pane, 0.4, 0.4)))
  await page.mouse.down()
  await page.mouse.move(...(await at(pane, 0.6, 0.52)), { steps: 4 })
  await page.mouse.up()
  await take('medical-look')
  await test('layout-planes').click()
  const coronal = page.locator('[data-plane=coronal]')
  await coronal.waitFor()
  await test('tool-ellipse').click()
  await page.mouse.move(...(await at(coronal, 0.42, 0.36)))
  await page.mouse.down()
  await page.mouse.move(...(await at(coronal, 0.62, 0.62)), { steps: 4 })
  await page.mouse.up()
  await take('medical-planes')
  await test('layout-one').click()
  await go('#/label')
  await page.locator('input[type=text], .input').first().waitFor()
  await page.waitForTimeout(3000)
  if ((await page.locator('[data-test^=class-]').count()) === 0) {
    await page.getByTestId('new-class').fill('lesion')
    await page.keyboard.press('Enter')
  }
  await test('tool-brush').click()
  const stage = page.getByTestId('frame-labels')
  await page.mouse.move(...(await at(stage, 0.26, 0.57)))
  await page.mouse.down()
  await page.mouse.move(...(await at(stage, 0.31, 0.63)), { steps: 6 })
  await page.mouse.up()
  await take('medical-label')
  await go('#/follow')
  await test('follow-source').selectOption('bright')
  await test('follow-start').click()
  await test('lesion-row').waitFor()
  await test('panes-3').click()
  await page.locator('[data-lesion="3"] [data-test=sight]').nth(1).click()
  await page.waitForTimeout(1500)
  await test('zoom-lesion').click()
  await take('medical-follow')
}

async function video() {
  await openSample('actions')
  await test('video-stage').waitFor()
  // The one with intervals.
  await page.getByTestId('sequence').filter({ hasText: 'long-01' }).first().click()
  await page.waitForTimeout(2500)
  await page.keyboard.press('Shift+ArrowRight')
  await test('show-labels').click()
  await take('video-look')
  await go('#/label')
  await test('tracks').waitFor()
  await take('video-label')
  await go('#/train')
  await page.locator('[data-test=training-plan][data-state=done]').waitFor()
  await trainTask('action-recognition', { size: '48', frames: '10' }, { epochs: '20', learningRate: '0.003' })
  await go('#/predict')
  await page.locator('[data-test=start-prediction]:not([disabled])').click()
  await page.locator('[data-test=action-ribbon] canvas[data-ready=true]').waitFor()
  await page.getByTestId('interval-list').locator('button').nth(2).click()
  await test('explain-start').click()
  await page.locator('[data-test=heat-map][data-heat]').waitFor()
  await page.getByTestId('video-stage').locator('canvas').first().focus()
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Shift+ArrowRight')
  await page
    .locator('aside')
    .last()
    .evaluate((panel) => panel.scrollTo(0, 480))
  await take('video-predict')
  await go('#/train')
  await test('train-data').click()
  await page.getByTestId('task-frame-prediction').check({ force: true })
  await test('setting-inputFrames').waitFor()
  await trainTask(
    'frame-prediction',
    { inputFrames: '6', horizon: '4', size: '32' },
    { filters: '24', patch: '2', epochs: '12' },
  )
  await page.locator('a.button.primary[href*=predict]').click()
  await page.getByTestId('sequence').filter({ hasText: 'circle-07' }).first().click()
  await page.locator('[data-test=start-prediction]:not([disabled])').click()
  await test('frames-stage').waitFor()
  await test('frames-step').fill('8')
  await take('video-future')
}

/** From the data step to the results of a training. */
async function trainTask(task, data, model) {
  await page.getByTestId(`task-${task}`).check({ force: true })
  const set = async (settings) => {
    for (const [key, value] of Object.entries(settings)) {
      await test(`setting-${key}`).fill(value)
      await page.keyboard.press('Tab')
    }
  }
  await set(data)
  await page.locator('[data-test=training-plan][data-state=done]').waitFor()
  await test('train-next').click()
  await set(model)
  await test('train-next').click()
  await test('start-training').click()
  await test('to-results').click({ timeout: 600_000 })
  await page.locator('[data-test^=score-]').first().waitFor()
}

try {
  await test('sample-crops').waitFor()
  await take('start')
  const parts = { landUse, medical, video }
  const wanted = process.argv.slice(2)
  for (const [name, part] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await part()
} catch (error) {
  await page.screenshot({ path: join(tmpdir(), 'chronolens-guide-failed.png') })
  throw error
} finally {
  await browser.close()
  server.kill('SIGTERM')
  await once(server, 'exit')
  rmSync(home, { recursive: true, force: true })
}
