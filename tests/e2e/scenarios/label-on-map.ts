import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'
import { lookAtPage } from './appearance.ts'

/** Paints on the map of the project that `firstLook` has made, fills by threshold, undoes, and finds it again after a reload. */
export function labelOnMap(host: () => RunningHost): void {
  const total = async (): Promise<number> =>
    Number(/\d+/.exec((await host().page.locator('.panel-section header .muted').first().innerText()).replaceAll(/[,\s]/g, ''))?.[0]) // prettier-ignore
  const count = async (name: string): Promise<number> =>
    Number(await host().page.getByTestId(`count-${name}`).innerText())
  const place = async (right: number, down: number): Promise<[number, number]> => {
    const map = await host().page.locator('.ol-viewport').first().boundingBox()
    if (!map) throw new Error('The map is not shown.')
    return [map.x + map.width * right, map.y + map.height * down]
  }

  test('paints with the brush, and one stroke is one label', async () => {
    const { page } = host()
    await page.evaluate(() => (window.location.hash = '#/label'))
    await page.getByTestId('class-forest').click()
    const before = await count('forest')
    await page.getByTestId('tool-brush').click()
    await page.mouse.move(...(await place(0.5, 0.5)))
    await page.mouse.down()
    await page.mouse.move(...(await place(0.56, 0.46)), { steps: 5 })
    await page.mouse.up()
    await expect.poll(() => count('forest')).toBe(before + 1)
    // A second stroke grows the same label.
    await page.mouse.move(...(await place(0.56, 0.46)))
    await page.mouse.down()
    await page.mouse.move(...(await place(0.56, 0.55)), { steps: 5 })
    await page.mouse.up()
    expect(await count('forest')).toBe(before + 1)
    await lookAtPage(host(), 'label-brush')
  })

  test('fills a region by dragging the tolerance, and undoes and redoes it', async () => {
    const { page } = host()
    await page.getByTestId('class-water').click()
    const before = await count('water')
    await page.keyboard.press('t')
    await page.mouse.move(...(await place(0.2, 0.12)))
    await page.mouse.down()
    await page.mouse.move(...(await place(0.3, 0.12)), { steps: 8 })
    await page.mouse.up()
    await expect.poll(() => count('water')).toBe(before + 1)
    await lookAtPage(host(), 'label-fill')
    await page.keyboard.press('Control+z')
    await expect.poll(() => count('water')).toBe(before)
    await page.keyboard.press('Control+Shift+Z')
    await expect.poll(() => count('water')).toBe(before + 1)
  })

  test('finds what was painted after a reload', async () => {
    const { page } = host()
    const labels = await total()
    await expect.poll(() => page.getByTestId('save-state').innerText()).toMatch(/Saved/)
    await page.evaluate(() => (window.location.hash = '#/'))
    await page.reload()
    await page.getByTestId('recent').first().click()
    await page.locator('.ol-viewport canvas').first().waitFor()
    await page.evaluate(() => (window.location.hash = '#/label'))
    await expect.poll(total, { timeout: 20_000 }).toBe(labels)
  })
}
