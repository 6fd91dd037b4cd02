import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'
import { lookAtPage } from './appearance.ts'
import { catchDownloads } from './downloads.ts'

/** Follows the lesions of the phantom patient, corrects links, and takes the results out. */
export function followLesions(host: () => RunningHost): void {
  const sight = (number: number, study: number) =>
    host().page.locator(`[data-lesion="${number}"] [data-test=sight]`).nth(study)
  const responses = async (): Promise<string[]> =>
    (await host().page.getByTestId('response').locator('.verdict').allInnerTexts()).map((text) => text.trim())
  const rows = () => host().page.getByTestId('lesion-row')
  const paneOf = (study: number) => host().page.locator(`[data-test=follow-pane][data-study="${study}"]`)

  test('offers the studies by date, warns that nothing is marked, and follows bright spots', async () => {
    const { page } = host()
    await page.evaluate(() => (window.location.hash = '#/'))
    await page.getByTestId('sample-phantom').click()
    await page.getByTestId('create-project').click()
    await page.locator('a[href="#/follow"]').click()
    await expect.poll(() => page.getByTestId('follow-study').count()).toBe(3)
    await page.getByTestId('follow-unmarked').waitFor()
    await lookAtPage(host(), 'follow-1-studies')
    await page.getByTestId('follow-start').click()
    await rows().first().waitFor({ timeout: 120_000 })
    await page.getByTestId('follow-bright').waitFor()
    await expect.poll(() => paneOf(0).getAttribute('data-shown-frame')).not.toBe(null)
  })

  test('shows each date at its own slice of the lesion, and goes where a cell or a key says', async () => {
    const { page } = host()
    await page.getByTestId('panes-3').click()
    await expect.poll(() => page.getByTestId('follow-pane').count()).toBe(3)
    await sight(2, 1).click()
    const slice = async (): Promise<string> =>
      (await page.getByTestId('lesion-figures').locator('dd').last().innerText()).trim()
    await expect.poll(async () => paneOf(1).getAttribute('data-shown-frame')).toBe(String(Number(await slice()) - 1))
    await expect.poll(() => paneOf(1).getAttribute('data-lesions')).toContain('2')
    await page.keyboard.press('n')
    await page.locator('[data-lesion="3"].chosen').waitFor()
    await page.keyboard.press('b')
    await page.locator('[data-lesion="2"].chosen').waitFor()
    await sight(2, 1).focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => sight(2, 2).getAttribute('data-chosen')).toBe('true')
    await page.getByTestId('zoom-lesion').click()
    await lookAtPage(host(), 'follow-2-lesions')
  })

  test('scrolls all dates together', async () => {
    const frame = async (study: number): Promise<number> => Number(await paneOf(study).getAttribute('data-shown-frame'))
    const before = [await frame(0), await frame(1)]
    await paneOf(0).focus()
    await host().page.keyboard.press('ArrowDown')
    await host().page.keyboard.press('ArrowDown')
    await expect.poll(() => frame(0)).toBe((before[0] ?? 0) + 2)
    await expect.poll(() => frame(1)).toBe((before[1] ?? 0) + 2)
  })

  test('corrects a link by dragging, which changes the response, and takes it back', async () => {
    const { page } = host()
    const before = await responses()
    const count = await rows().count()
    const moved = (await sight(1, 1).getAttribute('data-sight')) ?? ''
    expect(moved).not.toBe('')
    await sight(1, 1).dragTo(sight(2, 1))
    await expect.poll(() => sight(2, 1).getAttribute('data-sight')).toBe(moved)
    await expect.poll(() => rows().count()).toBe(count + 1)
    await expect.poll(responses).not.toEqual(before)
    await page.keyboard.press('Control+z')
    await expect.poll(() => sight(1, 1).getAttribute('data-sight')).toBe(moved)
    expect(await responses()).toEqual(before)
    await page.getByTestId('follow-redo').click()
    await expect.poll(() => sight(2, 1).getAttribute('data-sight')).toBe(moved)
    await page.getByTestId('follow-undo').click()
    await expect.poll(responses).toEqual(before)
  })

  test('corrects by keyboard alone: the same as another lesion, a lesion of its own, and none', async () => {
    const { page } = host()
    const moved = (await sight(3, 1).getAttribute('data-sight')) ?? ''
    await sight(3, 1).focus()
    await sight(3, 1).press('Enter')
    await page.keyboard.press('m')
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-test'))).toBe('same-as')
    await page.getByTestId('same-as').selectOption('1')
    await expect.poll(() => sight(1, 1).getAttribute('data-sight')).toBe(moved)
    await page.getByTestId('follow-undo').click()
    await expect.poll(() => sight(3, 1).getAttribute('data-sight')).toBe(moved)
    const count = await rows().count()
    await sight(3, 1).click()
    await page.getByTestId('separate').click()
    await expect.poll(() => rows().count()).toBe(count + 1)
    await page.getByTestId('follow-undo').click()
    await sight(3, 1).click()
    await page.keyboard.press('Delete')
    await expect.poll(() => sight(3, 1).getAttribute('data-sight')).toBe('')
    await page.getByTestId('follow-undo').click()
    await expect.poll(() => rows().count()).toBe(count)
  })

  test('lays a date over the baseline by landmarks that are set, moved and taken back, and goes back to the images', async () => {
    const { page } = host()
    await page.keyboard.press('k')
    await page.getByTestId('landmark-panel').waitFor()
    await page.getByTestId('landmark-study').selectOption('2')
    await expect.poll(() => paneOf(2).getAttribute('data-shown-frame')).not.toBe(null)
    const point = async (study: number, x: number, y: number): Promise<void> => {
      const { width = 0, height = 0 } = (await paneOf(study).boundingBox()) ?? {}
      await paneOf(study).click({ position: { x: width * x, y: height * y } })
    }
    const mean = () => page.getByTestId('landmark-mean')
    for (const [x, y] of [
      [0.4, 0.4],
      [0.6, 0.45],
      [0.5, 0.65],
    ] as const) {
      await point(0, x, y)
      await point(2, x, y)
    }
    await expect.poll(() => paneOf(2).getAttribute('data-landmarks')).toBe('1 2 3')
    const before = await mean().innerText()
    await page.keyboard.press('Shift+ArrowRight')
    await expect.poll(() => mean().innerText()).not.toBe(before)
    await page.keyboard.press('Control+z')
    await expect.poll(() => mean().innerText()).toBe(before)
    await page.getByTestId('landmarks-apply').click()
    await page.getByTestId('landmarks-back').waitFor({ timeout: 30_000 })
    await lookAtPage(host(), 'follow-4-landmarks')
    await page.getByTestId('landmarks-back').click()
    await page.getByTestId('landmarks-back').waitFor({ state: 'detached', timeout: 30_000 })
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByTestId('follow-pane').count()).toBe(3)
  })

  test('keeps organ, role, landmarks and the reader’s judgement, also when the project is opened anew', async () => {
    const { page } = host()
    await sight(1, 0).click()
    await page.getByTestId('organ').fill('brain')
    await page.getByTestId('organ').press('Enter')
    await expect.poll(() => page.locator('[data-lesion="1"]').innerText()).toContain('brain')
    await page.getByTestId('lesion-role').selectOption('non-target')
    await expect.poll(() => page.locator('[data-lesion="1"]').innerText()).toContain('Non-target')
    await page.getByTestId('progression-2').check()
    await expect.poll(async () => (await responses()).at(-1)).toBe('PD')
    const before = await responses()
    await page.evaluate(() => (window.location.hash = '#/'))
    await page.getByTestId('sample-actions').click()
    await page.getByTestId('create-project').click()
    await page.locator('[data-test=date]').waitFor()
    await page.evaluate(() => (window.location.hash = '#/'))
    await page.getByTestId('recent').nth(1).click()
    // It is left on the page it was on.
    await page.locator('[data-lesion="1"]').waitFor()
    expect(await page.locator('[data-lesion="1"]').innerText()).toContain('brain')
    expect(await responses()).toEqual(before)
    await page.getByTestId('landmarks').click()
    await page.getByTestId('landmark-study').selectOption('2')
    await expect.poll(() => page.getByTestId('landmark-pair').count()).toBe(3)
    await page.keyboard.press('Escape')
  })

  test('hands over table, report and DICOM objects, and a PDF where the host can print', async () => {
    const { page } = host()
    const next = await catchDownloads(host(), mkdtempSync(join(tmpdir(), 'chronolens-lesions-')))
    await page.getByTestId('follow-export').click()
    await lookAtPage(host(), 'follow-3-export')
    const save = (what: string) => next(() => page.getByTestId(`export-${what}`).click())
    expect(readFileSync(await save('table'), 'utf8')).toMatch(/^lesion,study,date,event/)
    expect(readFileSync(await save('report'), 'utf8')).toContain('RECIST 1.1')
    expect(
      readFileSync(await save('dicom'))
        .subarray(0, 4)
        .toString('latin1'),
    ).toBe('PK\x03\x04')
    if (host().kind === 'server') expect(await page.getByTestId('export-pdf').isDisabled()).toBe(true)
    else {
      const pdf = readFileSync(await save('pdf'))
      expect(pdf.subarray(0, 5).toString('latin1')).toBe('%PDF-')
      expect(pdf.length).toBeGreaterThan(20_000)
    }
    await page.getByTestId('make-copies').click()
    await expect.poll(() => page.getByTestId('copies-made').innerText(), { timeout: 30_000 }).toContain('72')
    // What lies on a server is fetched from there; what lies on this machine need not be.
    if (host().kind === 'server') {
      await page.getByTestId('remove-after').check()
      const zip = readFileSync(await next(() => page.getByTestId('download-copies').click()))
      expect(zip.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04')
      await expect.poll(() => page.getByTestId('kept-copies').count()).toBe(0)
    } else expect(await page.getByTestId('kept-copies').count()).toBe(0)
    await page.keyboard.press('Escape')
  })
}
