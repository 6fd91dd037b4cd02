import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'
import { lookAtPage } from './appearance.ts'

const patience = { timeout: 90_000 }

/** Labels, trains in three steps, reads the result and predicts, on the project that `firstLook` has made. */
export function trainAndPredict(host: () => RunningHost): void {
  const goTo = async (step: string): Promise<void> => {
    await host().page.evaluate((hash) => (window.location.hash = hash), `#/${step}`)
  }

  test('shows what data the project has', async () => {
    await goTo('data')
    await host().page.locator('main h1, main h2').first().waitFor()
    await lookAtPage(host(), '5-data')
  })

  test('has the labels that lie beside the data', async () => {
    await goTo('label')
    await host().page.locator('[data-test^=class-]').first().waitFor()
    expect(await host().page.locator('[data-test^=class-]').count()).toBe(5)
    await lookAtPage(host(), '6-label')
  })

  test('asks three steps before it trains: data, model, run', async () => {
    const { page } = host()
    await goTo('train')
    await page.getByTestId('train-next').waitFor()
    await lookAtPage(host(), '7-train-data')
    await page.getByTestId('train-next').click()
    await page.locator('[data-test^=model-]').first().waitFor(patience)
    await lookAtPage(host(), '8-train-model')
    await page.getByTestId('train-next').click()
    await page.getByTestId('start-training').waitFor()
  })

  test('trains while its curves grow', async () => {
    const { page } = host()
    await page.getByTestId('start-training').click()
    await page.locator('[data-test=epoch]').first().waitFor(patience)
  })

  // That a run goes on while its page is closed is shown with a long one, in results-of-modis.ts.
  test('ends the run, and offers its result', async () => {
    await lookAtPage(host(), '9-training')
    await host().page.getByTestId('to-results').waitFor(patience)
  })

  test('shows the result beside the baseline', async () => {
    const { page } = host()
    await page.getByTestId('to-results').click()
    await page.locator('[data-test^=score-]').first().waitFor(patience)
    await lookAtPage(host(), '10-results')
  })

  test('predicts, and lays the classes of a season over the imagery', async () => {
    const { page } = host()
    await goTo('predict')
    await page.getByTestId('start-prediction').click(patience)
    await page.locator('[data-test^=season-]').first().waitFor(patience)
    await page.getByTestId('opacity').first().waitFor(patience)
    await lookAtPage(host(), '11-prediction')
  })
}
