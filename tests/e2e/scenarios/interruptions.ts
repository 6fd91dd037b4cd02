import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'

/** What must survive when something ends meanwhile; goes on with the project that the scenarios before have made. */
export function interruptions(host: () => RunningHost): void {
  const goTo = async (step: string): Promise<void> => {
    await host().page.evaluate((hash) => (window.location.hash = hash), `#/${step}`)
  }

  test('another date is shown although the process that read the images was killed', async () => {
    const { page } = host()
    await goTo('look')
    const date = page.getByTestId('date').first()
    await date.waitFor()
    const readers = await host().readers()
    expect(readers.length).toBeGreaterThan(0)
    for (const reader of readers) process.kill(reader, 'SIGKILL')
    const before = await date.innerText()
    await page.getByRole('slider').first().focus()
    for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowLeft')
    await expect.poll(() => date.innerText()).not.toBe(before)
    // The process is there again because an image was asked for; what cannot be shown would be said in a notice.
    await expect.poll(async () => (await host().readers()).length, { timeout: 30_000 }).toBeGreaterThan(0)
    expect(await page.getByRole('alert').count()).toBe(0)
  })
}
