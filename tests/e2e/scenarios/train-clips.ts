import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'
import { lookAtPage } from './appearance.ts'
import { catchDownloads, type NextDownload } from './downloads.ts'

const patience = { timeout: 90_000 }

/** From the bundled clips to models of both video tasks, their results and predictions, as a person without code does it. */
export function trainClips(host: () => RunningHost): void {
  let folder: string
  let nextDownload: NextDownload
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chronolens-clips-'))
    nextDownload = await catchDownloads(host(), folder)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const go = (page: string): Promise<unknown> => host().page.evaluate((to) => (window.location.hash = to), `#/${page}`)
  const set = async (settings: Readonly<Record<string, string>>): Promise<void> => {
    for (const [key, value] of Object.entries(settings)) {
      const field = host().page.getByTestId(`setting-${key}`)
      await field.fill(value)
      await field.press('Tab')
    }
  }
  const train = async (data: Readonly<Record<string, string>>, model: Readonly<Record<string, string>>) => {
    const { page } = host()
    await set(data)
    await page.locator('[data-test=training-plan][data-state=done]').waitFor(patience)
    await page.getByTestId('train-next').click()
    await set(model)
    await page.getByTestId('train-next').click()
    await page.getByTestId('start-training').click()
    await page.getByTestId('to-results').click(patience)
  }

  test('trains on the clips as they are labelled, and sees what was taken for what', async () => {
    const { page } = host()
    await page.getByTestId('home').waitFor()
    await page.evaluate(() => (window.location.hash = '#/'))
    await page.getByTestId('sample-actions').click()
    await page.getByTestId('create-project').click()
    await page.getByTestId('video-stage').waitFor()
    await go('train')
    await expect.poll(() => page.getByTestId('clips-found').innerText(), patience).toMatch(/circle\s+10/)
    await train({ size: '24', frames: '6' }, { filters: '8,16', epochs: '3' })
    await page.getByTestId('score-meanClassAccuracy').waitFor(patience)
    await page.getByTestId('interval-scores').waitFor()
    await page.getByTestId('cell-0-0').click()
    await lookAtPage(host(), 'clips-1-results')
  })

  test('recognises what happens when in the long clip, and says what decided', async () => {
    const { page } = host()
    await go('look')
    await page.getByTestId('sequence').filter({ hasText: 'long-01' }).click()
    await page.getByTestId('video-stage').waitFor()
    await go('predict')
    await page.getByTestId('start-prediction').click(patience)
    await page.locator('[data-test=action-ribbon] canvas[data-ready=true]').waitFor(patience)
    expect(Number(await page.getByTestId('action-ribbon').getAttribute('data-intervals'))).toBeGreaterThan(0)
    const [caption, first] = [
      page.getByTestId('action-caption'),
      page.getByTestId('interval-list').locator('button').first(),
    ]
    await first.click()
    expect(await first.innerText()).toContain((await caption.locator('strong').innerText()).trim())
    await page.getByTestId('explain-start').click()
    await page.locator('[data-test=heat-map][data-heat]').waitFor(patience)
    await lookAtPage(host(), 'clips-2-actions')
  })

  test('saves the picture with all that lies on it, and the intervals as a table', async () => {
    const { page } = host()
    const png = await readFile(await nextDownload(() => page.getByTestId('clip-png').click()))
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    // Width and height of the picture: the clip of 96 pixels five times as large, and the ribbon below it.
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([480, 540])
    const table = await readFile(await nextDownload(() => page.getByTestId('clip-file-intervals.csv').click()), 'utf8')
    expect(table.split('\n')[0]).toBe('path,label,start,end,score')
  })

  test('trains to predict frames without labels, beside showing the last one again', async () => {
    const { page } = host()
    await go('train')
    await page.getByTestId('train-data').click()
    await page.getByTestId('task-frame-prediction').check({ force: true })
    await page.getByTestId('setting-inputFrames').waitFor(patience)
    await train({ inputFrames: '5', horizon: '3', size: '24', maxClips: '16' }, { filters: '8', epochs: '2' })
    await page.getByTestId('step-chart').waitFor(patience)
    await page.getByTestId('steps-mse').click()
    await page.getByTestId('test-clips').getByRole('link').first().click()
    await page.getByTestId('frames-inputFrames').waitFor(patience)
  })

  test('shows the predicted frames beside the truth, step by step, and makes a movie of them', async () => {
    const { page } = host()
    await page.getByTestId('start-prediction').click(patience)
    const stage = page.getByTestId('frames-stage')
    await stage.waitFor(patience)
    await page.getByTestId('frames-step').fill('6')
    await expect.poll(() => stage.getAttribute('data-step')).toBe('6')
    // The middle picture is the prediction, the right one how it differs from the truth.
    const colours = await stage.locator('canvas').evaluateAll((canvases) =>
      canvases.map((canvas) => {
        const one = canvas as HTMLCanvasElement
        const { data } = one.getContext('2d')?.getImageData(0, 0, one.width, one.height) ?? { data: [] }
        return new Set([...data].filter((_, i) => i % 4 === 0)).size
      }),
    )
    expect(Math.min(...colours)).toBeGreaterThan(3)
    await lookAtPage(host(), 'clips-3-frames')
    const movie = await readFile(await nextDownload(() => page.getByTestId('clip-mp4').click()))
    expect(movie.subarray(4, 8).toString()).toBe('ftyp')
  })
}
