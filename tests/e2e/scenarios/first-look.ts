import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'
import { lookAtPage } from './appearance.ts'

/** Opens the bundled sample and looks at it: the map, its dates, and one pixel over time. */
export function firstLook(host: () => RunningHost): void {
  test('the start page, in both themes and languages', async () => {
    await host().page.getByTestId('sample-crops').waitFor()
    await lookAtPage(host(), '1-start')
  })

  test('looks into the bundled sample and says what is in it', async () => {
    await host().page.getByTestId('sample-crops').click()
    await host().page.getByTestId('create-project').waitFor()
    await host().page.getByTestId('sequence').first().waitFor()
    expect(await host().page.getByRole('dialog').innerText()).toMatch(/\b69\b/)
    await lookAtPage(host(), '2-found')
  })

  test('makes a project of it and shows the map', async () => {
    await host().page.getByTestId('create-project').click()
    await host().page.locator('.ol-viewport canvas').first().waitFor()
    await expect.poll(() => mapColours(host()), { timeout: 20_000 }).toBeGreaterThan(20)
    await lookAtPage(host(), '3-look')
  })

  test('shows another date when the time slider moves', async () => {
    const { page } = host()
    const date = page.getByTestId('date')
    const [before, pictureBefore] = [await date.innerText(), await mapSum(host())]
    await page.getByRole('slider').first().focus()
    for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowRight')
    await expect.poll(() => date.innerText()).not.toBe(before)
    await expect.poll(() => mapSum(host())).not.toBe(pictureBefore)
  })

  test('draws the curve of a pixel that is clicked', async () => {
    const { page } = host()
    const map = await page.locator('.ol-viewport').first().boundingBox()
    if (!map) throw new Error('The map is not shown.')
    await page.mouse.click(map.x + map.width * 0.5, map.y + map.height * 0.45)
    await page.getByTestId('curve-quantity').waitFor()
    await lookAtPage(host(), '4-curve')
  })
}

/** How many different colours the map shows. */
async function mapColours(host: RunningHost): Promise<number> {
  return (await mapPixels(host)).colours
}

/** A number that changes with the map's picture. */
async function mapSum(host: RunningHost): Promise<number> {
  return (await mapPixels(host)).sum
}

function mapPixels(host: RunningHost): Promise<{ colours: number; sum: number }> {
  return host.page.evaluate(() => {
    const canvases = [...document.querySelectorAll<HTMLCanvasElement>('.ol-viewport canvas')]
    const colours = new Set<number>()
    let sum = 0
    for (const canvas of canvases) {
      const context = canvas.getContext('2d')
      if (!context || canvas.width === 0) continue
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
      for (let i = 0; i < data.length; i += 4 * 97) {
        const colour = ((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0)
        colours.add(colour)
        sum = (sum * 31 + colour) % 1_000_000_007
      }
    }
    return { colours: colours.size, sum }
  })
}
