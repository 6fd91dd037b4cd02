import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'
import { lookAtPage } from './appearance.ts'

const patience = { timeout: 60_000 }

/** Trains on the MODIS series, stops and goes on, looks into the errors, predicts, and finds all of it after a restart. */
export function resultsOfModis(host: () => RunningHost, restart: () => Promise<void>): void {
  const goTo = (step: string): Promise<unknown> =>
    host().page.evaluate((hash) => (window.location.hash = hash), `#/${step}`)

  test('opens the folder and takes over its labels', async () => {
    const { page } = host()
    await page.getByTestId('open-folder').click()
    if (host().kind === 'server') {
      // The only root is entered by itself.
      await page.getByRole('dialog').locator('button.primary').click()
    }
    await page.getByTestId('create-project').click()
    await page.locator('.ol-viewport canvas').first().waitFor()
  })

  test('says before a training how the samples are divided and what speaks against it', async () => {
    const { page } = host()
    await goTo('train')
    const plan = page.getByTestId('training-plan')
    await page.getByTestId('plan-test').waitFor()
    const number = async (name: string): Promise<number> =>
      Number((await page.getByTestId(`plan-${name}`).innerText()).replaceAll(/\D/g, ''))
    // All 603 samples of the file are usable.
    expect((await number('train')) + (await number('validation')) + (await number('test'))).toBe(603)
    await lookAtPage(host(), '20-plan')
    // More than half of all pixels are labelled, so blocks of 6 pixels share long edges; still fewer than single pixels do.
    const remark = page.getByTestId('remark-split/small-blocks')
    const percent = async (): Promise<number> => Number.parseInt(/\d+/.exec(await remark.innerText())?.[0] ?? '', 10)
    const [first, setBlocks] = [
      await percent(),
      async (size: string): Promise<void> => {
        await page.getByTestId('setting-blockSize').fill(size)
        await page.getByTestId('setting-blockSize').press('Tab')
      },
    ]
    await setBlocks('1')
    await expect.poll(percent, patience).toBeGreaterThan(first)
    await setBlocks('6')
    await expect.poll(percent, patience).toBe(first)
    await expect.poll(() => plan.getAttribute('data-state'), patience).toBe('done')
  })

  test('says what the model takes, and stops a training when asked', async () => {
    const { page } = host()
    await page.getByTestId('train-next').click()
    await page.getByTestId('setting-units').fill('12')
    await page.getByTestId('setting-units').press('Tab')
    await page.getByTestId('setting-epochs').fill('400')
    await page.getByTestId('setting-epochs').press('Tab')
    await page.getByTestId('setting-stepNorms').check()
    await expect.poll(() => page.getByTestId('training-cost').innerText(), patience).toContain('400')
    await lookAtPage(host(), '21-model')
    await page.getByTestId('train-next').click()
    await page.getByTestId('start-training').click()
    await expect
      .poll(async () => Number.parseInt(await page.getByTestId('epoch').innerText(), 10), patience)
      .toBeGreaterThan(1)
    await page.getByTestId('stop-training').click()
    await page.getByTestId('resume-training').waitFor()
    await lookAtPage(host(), '22-stopped')
  })

  test('goes on after the program was started anew, and is found when the page was closed', async () => {
    await restart()
    const { page } = host()
    await page.getByTestId('recent').first().click()
    await page.waitForURL(/#\/train/) // Where it was left.
    await page.getByRole('tab').nth(2).click()
    await page.getByTestId('resume-training').click()
    await page.getByTestId('stop-training').waitFor()
    const before = Number.parseInt(await page.getByTestId('epoch').innerText(), 10)
    await host().reopen()
    const again = host().page
    again.setDefaultTimeout(60_000)
    await again.getByTestId('recent').first().click()
    await again.waitForURL(/#\/train/)
    await again.getByTestId('stop-training').waitFor()
    expect(Number.parseInt(await again.getByTestId('epoch').innerText(), 10)).toBeGreaterThanOrEqual(before)
    await again.getByTestId('stop-training').click()
    await again.getByTestId('resume-training').waitFor()
  })

  test('trains a short run to its end, and lists the samples of a cell', async () => {
    const { page } = host()
    await page.getByRole('tab').nth(1).click()
    await page.getByTestId('setting-units').fill('12')
    await page.getByTestId('setting-units').press('Tab')
    await page.getByTestId('setting-epochs').fill('8')
    await page.getByTestId('setting-epochs').press('Tab')
    await page.getByTestId('train-next').click()
    await page.getByTestId('start-training').click()
    await page.getByTestId('to-results').click({ timeout: 90_000 })
    await page.getByTestId('tested-total').waitFor()
    await page.getByTestId('cell-1-1').click()
    const counted = Number(await page.getByTestId('cell-1-1').innerText())
    await expect
      .poll(async () => Number.parseInt(await page.getByTestId('tested-total').innerText(), 10), patience)
      .toBe(counted)
    await lookAtPage(host(), '23-results')
  })

  test('opens a sample in the images, with its curve', async () => {
    const { page } = host()
    await page.getByTestId('tested-all').click()
    await page.getByTestId('tested-look').first().click()
    await page.locator('.ol-viewport canvas').first().waitFor()
    await page.getByTestId('curve-quantity').waitFor()
    await lookAtPage(host(), '24-sample')
  })

  test('says that the model fits, predicts, and shows areas over the seasons', async () => {
    const { page } = host()
    await goTo('predict')
    await page.getByTestId('fits').waitFor()
    await page.getByTestId('start-prediction').click()
    await page.locator('[data-test^=season-]').first().waitFor()
    await page.getByTestId('dock-seasons').click()
    await page.getByTestId('season-areas').waitFor()
    await lookAtPage(host(), '25-seasons')
  })

  test('finds run, samples and maps after a restart', async () => {
    await restart()
    const { page } = host()
    await page.getByTestId('recent').first().click()
    await page.locator('.ol-viewport canvas').first().waitFor()
    await goTo('results')
    await page.getByTestId('tested-total').waitFor()
    expect(await page.locator('[data-test^=score-]').count()).toBeGreaterThan(0)
    await goTo('predict')
    await page.locator('[data-test^=season-]').first().waitFor()
    expect(host().complaints).toEqual([])
  })
}
