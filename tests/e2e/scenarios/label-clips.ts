import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'
import { lookAtPage } from './appearance.ts'

/** Opens the sample of clips, whose labels lie with it, marks a time in one, and draws on a frame. */
export function labelClips(host: () => RunningHost): void {
  const intervals = async (): Promise<number> =>
    Number(await host().page.getByTestId('tracks').getAttribute('data-intervals'))

  test('takes over the labels that lie with the clips', async () => {
    const { page } = host()
    await page.evaluate(() => (window.location.hash = '#/'))
    await page.getByTestId('sample-actions').click()
    await page.getByTestId('create-project').click()
    await page.locator('[data-test=date]').waitFor()
    await page.evaluate(() => (window.location.hash = '#/label'))
    await page.getByTestId('class-wave').waitFor()
    expect(await page.locator('[data-test^=class-]').count()).toBe(3)
    expect(Number(await page.getByTestId('count-wave').innerText())).toBeGreaterThan(8)
  })

  test('marks an interval with the keys for its first and last frame, and changes it by dragging', async () => {
    const { page } = host()
    await page.getByTestId('tracks').waitFor()
    const before = await intervals()
    await page.getByTestId('class-wave').click()
    await page.keyboard.press('i')
    for (let step = 0; step < 6; step++) await page.keyboard.press('ArrowRight')
    await page.keyboard.press('o')
    await expect.poll(intervals).toBe(before + 1)
    await page.getByTestId('chosen-label').waitFor()
    expect(await page.getByTestId('chosen-label').getByRole('spinbutton').last().inputValue()).toBe('7')
    await lookAtPage(host(), 'label-interval')
    await page.keyboard.press('Control+z')
    await expect.poll(intervals).toBe(before)
  })

  test('draws a box on the frame that is shown', async () => {
    const { page } = host()
    await page.keyboard.press('r')
    const stage = await page.getByTestId('frame-labels').boundingBox()
    if (!stage) throw new Error('The stage is not shown.')
    await page.mouse.move(stage.x + stage.width * 0.4, stage.y + stage.height * 0.3)
    await page.mouse.down()
    await page.mouse.move(stage.x + stage.width * 0.6, stage.y + stage.height * 0.6, { steps: 4 })
    await page.mouse.up()
    await expect.poll(() => page.getByTestId('frame-labels').getAttribute('data-labels')).toBe('1')
    await lookAtPage(host(), 'label-box')
  })
}
