import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'

/** The page of a server that is stopped and started again: it says so, and goes on with the same project. */
export function serverRestart(host: () => RunningHost): void {
  test('the page says that the server is gone, and finds project and images again when it is back', async () => {
    const { page } = host()
    await page.evaluate(() => (window.location.hash = '#/look'))
    await page.getByTestId('date').first().waitFor()
    const title = await page.title()
    await host().stopServer?.()
    const frame = page.locator('.frame')
    await expect.poll(() => frame.getAttribute('data-state'), { timeout: 20_000 }).toBe('lost')
    await host().startServer?.()
    await page.locator('main button.primary').first().click()
    await expect.poll(() => frame.getAttribute('data-state'), { timeout: 20_000 }).toBe('ready')
    // The project is opened anew; for a moment there is none.
    await expect.poll(() => page.title(), { timeout: 20_000 }).toBe(title)
    // Whatever is open then: a map, a series or a clip.
    await page.locator('main canvas').first().waitFor()
    const date = page.getByTestId('date').first()
    const before = await date.innerText()
    await page.locator('.axis[role=slider]').focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => date.innerText()).not.toBe(before)
  })
}
