import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'

const patience = { timeout: 90_000 }

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
    await expect.poll(async () => (await host().readers()).length, patience).toBeGreaterThan(0)
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  test('a run goes on while its page is closed, and is found again', async () => {
    await goTo('train')
    await host().page.getByTestId('train-next').click(patience)
    await host().page.locator('[data-test^=model-]').first().waitFor(patience)
    await host().page.getByTestId('train-next').click()
    await host().page.getByTestId('start-training').click(patience)
    await host().page.locator('[data-test=epoch]').first().waitFor(patience)
    await host().reopen()
    const { page } = host()
    page.setDefaultTimeout(30_000)
    await page.getByTestId('recent').first().click()
    await page.getByTestId('date').first().waitFor(patience)
    await goTo('train')
    // Still running: its stop button is there; or it has come to its end meanwhile.
    await page.getByTestId('stop-training').or(page.getByTestId('to-results')).first().waitFor(patience)
    await page.getByTestId('to-results').waitFor(patience)
  })
}
