import { cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HostOptions, RunningHost } from '../hosts/running-host.ts'
import { writeSeries } from './many-series.ts'

/** Real clips, which are not part of the project; without them that scenario is left out, unless all is required. */
const clips = fileURLToPath(new URL('../../../../shared/data/lung_ultrasound_video/covid', import.meta.url))
const hasClips = existsSync(clips) || process.env['CHRONOLENS_REQUIRE_ALL'] === '1'
const series = 500
/** Rows that may be in the page at once, whatever the length of the list. */
const mostRows = 60
/** The machine may be busy; nothing here measures time. */
const patient = { timeout: 30_000 }

/** Opens folders and single files of several kinds, runs through a list of 500 series, and finds everything after a restart. */
export function openAnything(start: (options: HostOptions) => Promise<RunningHost>): void {
  const home = mkdtempSync(join(tmpdir(), 'chronolens-e2e-open-'))
  const data = mkdtempSync(join(tmpdir(), 'chronolens-e2e-data-'))
  let running: RunningHost | undefined
  const host = (): RunningHost => {
    if (!running) throw new Error('The program did not start.')
    return running
  }
  const begin = async (): Promise<void> => {
    running = await start({ home, data })
    running.page.setDefaultTimeout(60_000)
    await running.page.getByTestId('open-folder').waitFor()
  }

  beforeAll(async () => {
    writeSeries(join(data, 'studies'), series, 2)
    writeSeries(join(data, 'single'), 1, 1)
    if (hasClips) {
      mkdirSync(join(data, 'clips'))
      for (const name of ['Cov_combatting_Image2.mp4', 'Cov_combatting_Image3.mp4'])
        cpSync(join(clips, name), join(data, 'clips', name))
    }
    await begin()
  })
  afterAll(() => running?.close())

  /** Names a folder or file below the data: in the dialog of the system, or by browsing the server. */
  async function open(names: readonly string[], isFile = false): Promise<void> {
    const { page, electron } = host()
    if (electron) {
      await electron.evaluate(
        ({ dialog }, path) => {
          dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] })
        },
        join(data, ...names),
      )
      await page.getByTestId(isFile ? 'open-files' : 'open-folder').click()
      return
    }
    await page.getByTestId('open-folder').click()
    for (const name of names) await page.getByRole('dialog').getByRole('button', { name, exact: true }).click()
    if (!isFile) await page.getByTestId('choose-folder').click()
  }
  const rows = (): Promise<number> => host().page.getByTestId('sequence').count()
  const selected = (): Promise<string | null> =>
    host().page.locator('[data-test="sequence"][aria-selected="true"]').getAttribute('data-key')

  test(`says that a folder holds ${series} series, with few of them in the page`, async () => {
    const { page } = host()
    await open(['studies'])
    await page.getByTestId('found-counts').waitFor()
    expect(await page.getByTestId('found-counts').innerText()).toContain(String(series))
    expect(await page.getByTestId('scope-all').getAttribute('aria-pressed')).toBe('true')
    expect(await rows()).toBeLessThan(mostRows)
    await page.getByTestId('create-project').click()
    await page.getByTestId('sequence-browser').waitFor()
    expect(await page.getByTestId('sequences').getAttribute('data-count')).toBe(String(series))
  })

  test('runs through the list by keyboard: the last one is opened, and no row more is in the page', async () => {
    const { page } = host()
    await page.getByTestId('sequences').focus()
    const first = await selected()
    await page.keyboard.press('End')
    await expect.poll(selected, patient).not.toBe(first)
    await page.getByTestId('frame-detail').waitFor()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => page.getByTestId('frame-detail').count(), patient).toBe(1)
    expect(await rows()).toBeLessThan(mostRows)
  })

  test('narrows the list down by words, and opens what is clicked', async () => {
    const { page } = host()
    await page.getByTestId('sequence-filter').fill('series 321')
    await expect.poll(() => page.getByTestId('sequences').getAttribute('data-count'), patient).toBe('1')
    await page.getByTestId('sequence').click()
    await page.getByTestId('frame-detail').waitFor()
    await page.getByRole('slider').first().focus()
    await page.keyboard.press('Home')
    await expect.poll(() => page.getByTestId('frame-detail').innerText(), patient).toMatch(/^1 \/ 2/)
    await expect.poll(() => page.getByTestId('save-state').innerText(), patient).toBe('Saved')
  })

  test('a project of medical series has all steps, up to predicting their next slices', async () => {
    const { page } = host()
    expect(await page.locator('[data-test^=off-]').count()).toBe(0)
    expect(await page.locator('nav a[href="#/predict"]').count()).toBe(1)
  })

  test('finds the same series and slice after the program was closed and started again', async () => {
    const before = await selected()
    await host().close()
    await begin()
    const { page } = host()
    await page.getByTestId('recent').first().click()
    await page.getByTestId('sequence-browser').waitFor()
    await expect.poll(selected, patient).toBe(before)
    await expect.poll(() => page.getByTestId('frame-detail').innerText(), patient).toMatch(/^1 \/ 2/)
  })

  test('opens a single file', async () => {
    const { page } = host()
    await page.getByTestId('home').click()
    await open(['single', 'study1', 'series1', 'IM1.dcm'], true)
    await page.getByTestId('create-project').click()
    await page.getByTestId('frame-detail').waitFor()
    expect(await page.getByTestId('frame-detail').innerText()).toMatch(/^1 \/ 1/)
    expect(await page.getByTestId('sequence-browser').count()).toBe(0)
  })

  test.skipIf(!hasClips)('opens a folder of clips with their length and rate', async () => {
    const { page } = host()
    await page.getByTestId('home').click()
    await open(['clips'])
    await page.getByTestId('create-project').click()
    await expect.poll(() => page.getByTestId('date').innerText(), patient).toMatch(/^0:00\.000$/)
    await page.getByRole('link', { name: 'Data' }).click()
    await page.getByTestId('facts').waitFor()
    expect(await page.getByTestId('facts').innerText()).toMatch(/frames per second/)
  })
}
