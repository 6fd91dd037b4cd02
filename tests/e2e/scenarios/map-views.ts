import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSequence } from '../../../electron/formats/open-sequences.ts'
import type { RunningHost } from '../hosts/running-host.ts'
import { lookAtPage } from './appearance.ts'
import { catchDownloads } from './downloads.ts'

const patience = { timeout: 90_000 }

/** Several views, two dates compared, and what is seen saved as files; on the project that has a prediction. */
export function mapViews(host: () => RunningHost): void {
  const folder = mkdtempSync(join(tmpdir(), 'chronolens-e2e-exports-'))
  const dateOf = (pane: number): Promise<string> =>
    host().page.getByTestId(`pane-${pane}`).getByTestId('pane-date').innerText()

  test('measures a distance by keyboard alone', async () => {
    const { page } = host()
    await page.evaluate(() => (window.location.hash = '#/look'))
    await page.getByTestId('pane-0').locator('.map').focus()
    // A corner under the crosshair, one twenty pixels of 30 m to the right, and another one to no effect.
    for (const key of ['d', 'x', ' ', 'Shift+ArrowRight', 'Shift+ArrowRight', ' ', ' ', 'Backspace', 'Enter'])
      await page.keyboard.press(key)
    const measures = page.getByTestId('measures').locator('li')
    await expect.poll(() => measures.allInnerTexts()).toEqual([expect.stringMatching(/^(599|600|601)(\.\d+)? m$/)])
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await measures.getByRole('button').click()
    expect(await page.getByTestId('measure-distance').getAttribute('aria-pressed')).toBe('false')
  })

  test('shows the same season of four years side by side, and moves them together', async () => {
    const { page } = host()
    await page.getByTestId('views-4').click()
    await page.getByTestId('pane-0').locator('.map').focus()
    await page.keyboard.press('Home')
    await page.getByTestId('arrange').selectOption('years')
    await expect.poll(() => dateOf(1)).toMatch(/2020/)
    const [before, third] = [await dateOf(0), await dateOf(2)]
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => dateOf(0)).not.toBe(before)
    await expect.poll(() => dateOf(2)).not.toBe(third)
    expect(await dateOf(2)).toMatch(/2021/)
  })

  test('moves only the active view when that is another one', async () => {
    const { page } = host()
    const [first, second] = [await dateOf(0), await dateOf(1)]
    await page.getByTestId('pane-1').locator('.map').focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => dateOf(1)).not.toBe(second)
    expect(await dateOf(0)).toBe(first)
  })

  test('shows bands, an index and the prediction of one date beside each other', async () => {
    const { page } = host()
    await page.getByTestId('arrange').selectOption('same')
    await page.getByTestId('pane-1').getByTestId('pane-display').selectOption('vegetation')
    await page.getByTestId('pane-2').getByTestId('pane-display').selectOption('ndvi')
    await page.getByTestId('pane-3').getByTestId('pane-prediction').click()
    await page.getByTestId('pane-2').getByTestId('colour-bar').waitFor()
    await page.getByTestId('pane-3').getByTestId('overlay-legend').waitFor(patience)
    await expect.poll(() => page.locator('.dock').getAttribute('data-classes'), patience).not.toBe('0')
    await lookAtPage(host(), '12-four-views')
  })

  test('saves the picture of all views as PNG, twice as large as the screen', async () => {
    const { page } = host()
    const size = await page.getByTestId('pane-0').evaluate((pane) => pane.parentElement?.clientWidth ?? 0)
    const next = await catchDownloads(host(), folder)
    await page.getByTestId('export').click()
    await lookAtPage(host(), '13-export')
    const path = await next(() => page.getByTestId('save-picture').click())
    expect(path).toMatch(/2019-01-17\.png$/)
    const bytes = readFileSync(path)
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    expect(bytes.readUInt32BE(16)).toBe(2 * size)
  })

  test.each(['mp4', 'gif'])('makes a movie (%s) that our own reader opens', async (format) => {
    const { page } = host()
    const next = await catchDownloads(host(), folder)
    await page.getByTestId('export-movie').click()
    await page.getByTestId('movie-format').selectOption(format)
    await page.getByTestId('movie-scale').selectOption('0.5')
    await page.getByTestId('movie-to').selectOption('3')
    const path = await next(() => page.getByTestId('save-movie').click())
    const reader = await openSequence([path])
    try {
      expect(reader.info).toMatchObject({ kind: 'video', frames: 4 })
      expect(reader.info.frameRate).toBeCloseTo(4, 3)
      // The pictures differ, as the dates do.
      const sums = await Promise.all([0, 3].map((frame) => sumOf(reader, frame)))
      expect(sums[0]).not.toBe(sums[1])
    } finally {
      await reader.close()
    }
  })

  test('saves the class map and the numbers of a date as GeoTIFF', async () => {
    const { page } = host()
    const next = await catchDownloads(host(), folder)
    await page.getByTestId('export-data').click()
    for (const id of ['save-map-classes', 'save-frame']) {
      const path = await next(() => page.getByTestId(id).click())
      const reader = await openSequence([path])
      expect(reader.info).toMatchObject({ kind: 'geotiff', width: 48, height: 48, crs: 'EPSG:32721' })
      await reader.close()
    }
    await page.keyboard.press('Escape')
  })

  test('compares two dates by difference, with its own legend', async () => {
    const { page } = host()
    await page.getByTestId('views-1').click()
    await page.getByTestId('compare').click()
    await page.getByTestId('compare-difference').click()
    await expect.poll(() => page.getByTestId('colour-bar').innerText()).toMatch(/NDVI.*−/s)
    await lookAtPage(host(), '14-difference')
    await page.getByTestId('compare').click()
  })
}

async function sumOf(reader: Awaited<ReturnType<typeof openSequence>>, frame: number): Promise<number> {
  const { height, width } = reader.info
  const picture = await reader.readPicture?.(frame, height, width)
  return (picture?.pixels ?? new Uint8Array()).reduce((sum, value) => sum + value, 0)
}
