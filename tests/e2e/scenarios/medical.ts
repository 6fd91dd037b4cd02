import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'
import { lookAtPage } from './appearance.ts'

const planeNames = ['axial', 'coronal', 'sagittal'] as const
/** Spacing of `mr_series_sag_anon` in mm, by pydicom. */
const spacingMm = 0.859375

/** Opens a real MR series, looks through it, measures on it, and cuts planes through it. */
export function medical(host: () => RunningHost): void {
  const pane = () => host().page.getByTestId('medical-pane').first()
  const box = async () => {
    const found = await pane().boundingBox()
    if (!found) throw new Error('The pane is not shown.')
    return found
  }
  /** How many masks are drawn over the slice, or over a plane. */
  const masks = async (plane?: string): Promise<number> => {
    const within = plane ? host().page.locator(`[data-plane=${plane}]`) : pane()
    return Number(await within.getByTestId('object-layer').getAttribute('data-masks'))
  }
  const text = (name: string) => host().page.getByTestId(name).first().innerText()

  test('opens the series in the middle, with its window and whose it is', async () => {
    const { page } = host()
    await page.getByTestId('open-folder').click()
    if (host().kind === 'server') await page.locator('dialog .button.primary').click()
    await page.locator('[data-test=create-project]:not([disabled])').click()
    await pane().and(page.locator('[data-shown-frame]')).waitFor()
    await expect.poll(() => text('slice-text')).toMatch(/^41 \/ 80 · -?\d+\.\d mm$/)
    expect(await text('patient-texts')).toContain('anonymized')
    await expect.poll(() => colours(host())).toBeGreaterThan(60)
    await lookAtPage(host(), 'medical-1-slice')
  })

  test('steps through the slices by wheel and by keys', async () => {
    const { page } = host()
    const { x, y, width, height } = await box()
    await page.mouse.move(x + width / 2, y + height / 2)
    await page.mouse.wheel(0, 100)
    await expect.poll(() => text('slice-text')).toMatch(/^42 \//)
    await pane().focus()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => pane().getAttribute('data-shown-frame')).toBe('39')
  })

  test('windows by a drag, and by the preset of the file', async () => {
    const { page } = host()
    const { x, y } = await box()
    const first = await text('window-text')
    await page.mouse.move(x + 200, y + 200)
    await page.mouse.down()
    await page.mouse.move(x + 280, y + 230, { steps: 4 })
    await page.mouse.up()
    await expect.poll(() => text('window-text')).not.toBe(first)
    await page.keyboard.press('1')
    await expect.poll(() => text('window-text')).toBe(first)
  })

  test('measures a length that is as long as its pixels', async () => {
    const { page } = host()
    const { x, y } = await box()
    await page.getByTestId('view-actual').click()
    await page.getByTestId('tool-length').click()
    await page.mouse.move(x + 300, y + 300)
    await page.mouse.down()
    await page.mouse.move(x + 420, y + 300, { steps: 4 })
    await page.mouse.up()
    await expect.poll(() => text('measurement-list')).toContain(`${(120 * spacingMm).toFixed(1)} mm`)
    await page.keyboard.press('f')
    await lookAtPage(host(), 'medical-2-length')
  })

  test('takes a measurement back and brings it again', async () => {
    const { page } = host()
    await page.getByTestId('measure-undo').click()
    await expect.poll(() => page.getByTestId('measurement').count()).toBe(0)
    await page.getByTestId('measure-redo').click()
    await expect.poll(() => page.getByTestId('measurement').count()).toBe(1)
  })

  test('cuts three planes that meet where a person points', async () => {
    const { page } = host()
    await page.getByTestId('layout-planes').click()
    const axial = page.locator('[data-plane=axial]')
    await axial.waitFor()
    const sliceOf = (name: string) => page.locator(`[data-plane=${name}] [data-test=slice-text]`).innerText()
    const before = [await sliceOf('coronal'), await sliceOf('sagittal')]
    const found = await axial.boundingBox()
    if (!found) throw new Error('The axial plane is not shown.')
    await page.mouse.click(found.x + found.width * 0.52, found.y + found.height * 0.35)
    await expect.poll(() => sliceOf('coronal')).not.toBe(before[0])
    await expect.poll(() => sliceOf('sagittal')).not.toBe(before[1])
    await page.getByTestId('layout-one').click()
  })

  test('lays a segmentation over the slices and the planes, segment by segment', async () => {
    const { page } = host()
    await page.getByTestId('object-shown').check()
    await page.getByTestId('segment-go').first().click()
    await expect.poll(() => masks()).toBe(2)
    await page.getByTestId('segment-shown').nth(1).uncheck()
    await expect.poll(() => masks()).toBe(1)
    await page.getByTestId('segment-shown').nth(1).check()
    await page.getByTestId('layout-planes').click()
    await page.locator('[data-plane=axial]').waitFor()
    // All planes meet within the ball.
    await page.getByTestId('segment-go').first().click()
    for (const name of planeNames) await expect.poll(() => masks(name), { message: name }).toBe(2)
    const marked = await Promise.all(planeNames.map((name) => coloured(host(), name)))
    // A ball of 20 voxels of 0.86 mm takes pi r^2 of each plane, at the scale of the pane.
    for (const mm2 of marked) expect(mm2).toBeGreaterThan(0.85 * Math.PI * (20 * spacingMm) ** 2)
    for (const mm2 of marked) expect(mm2).toBeLessThan(1.3 * Math.PI * (20 * spacingMm) ** 2)
    await lookAtPage(host(), 'medical-3-planes')
    await page.getByTestId('segment-shown').first().uncheck()
    await page.getByTestId('segment-shown').nth(1).uncheck()
    for (const name of planeNames) await expect.poll(() => masks(name), { message: name }).toBe(0)
    await page.getByTestId('object-shown').uncheck()
    await page.getByTestId('layout-one').click()
  })

  test('paints through slices: a ball, a region that grows, and what lies between; each undone in one step', async () => {
    const { page } = host()
    await page.evaluate(() => (window.location.hash = '#/label'))
    await page.getByTestId('new-class').fill('lesion')
    await page.keyboard.press('Enter')
    const painted = async (): Promise<number> => Number(await page.getByTestId('count-lesion').innerText())
    const stage = page.getByTestId('frame-labels')
    const press = async (): Promise<void> => {
      const found = await stage.boundingBox()
      if (!found) throw new Error('The stage is not shown.')
      await page.mouse.click(found.x + found.width * 0.55, found.y + found.height * 0.45)
    }
    await page.getByTestId('tool-brush').click()
    await page.getByTestId('brush-size').fill('20')
    await page.getByTestId('paint-through').check()
    await press()
    await expect.poll(painted).toBeGreaterThan(3)
    await lookAtPage(host(), 'medical-4-ball')
    await page.getByTestId('undo').click()
    await expect.poll(painted).toBe(0)
    await page.getByTestId('tool-fill').click()
    await press()
    // The slices around are read first.
    await expect.poll(painted, { timeout: 20_000 }).toBeGreaterThan(1)
    await page.getByTestId('undo').click()
    await expect.poll(painted).toBe(0)
    await page.getByTestId('tool-brush').click()
    await page.getByTestId('paint-through').uncheck()
    await press()
    await expect.poll(painted).toBe(1)
    for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowDown')
    await press()
    await expect.poll(painted).toBe(2)
    await page.getByTestId('fill-between').click()
    await expect.poll(painted).toBe(5)
    await page.getByTestId('undo').click()
    await expect.poll(painted).toBe(2)
  })

  test('shows what is painted in the planes too', async () => {
    const { page } = host()
    await page.evaluate(() => (window.location.hash = '#/look'))
    await page.getByTestId('layout-planes').click()
    await page.locator('[data-plane=sagittal]').waitFor()
    expect(await masks('sagittal')).toBe(0)
    await page.getByTestId('show-labels').check()
    // The planes meet on the slice that was painted last; the two painted slices are thin lines in the others.
    await expect.poll(() => masks('sagittal')).toBe(1)
    await expect.poll(() => masks()).toBe(1)
    await page.getByTestId('show-labels').uncheck()
    await expect.poll(() => masks('sagittal')).toBe(0)
  })
}

/** How many square millimetres of a plane are covered by masks. */
function coloured(host: RunningHost, plane: string): Promise<number> {
  return host.page.evaluate((name) => {
    const pane = document.querySelector(`[data-plane=${name}]`)
    const layer = pane?.querySelector<HTMLCanvasElement>('[data-test=object-layer]')
    const bar = pane?.querySelector<HTMLElement>('.bar')
    const context = layer?.getContext('2d')
    if (!layer || !context || !bar) return 0
    const { data } = context.getImageData(0, 0, layer.width, layer.height)
    let count = 0
    for (let i = 3; i < data.length; i += 4) if ((data[i] ?? 0) > 0) count++
    const mm = Number.parseFloat(bar.textContent ?? '')
    const perPixel = mm / (bar.querySelector('i')?.getBoundingClientRect().width ?? NaN) / devicePixelRatio
    return count * perPixel ** 2
  }, plane)
}

/** How many different greys the slice shows. */
function colours(host: RunningHost): Promise<number> {
  return host.page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas.slice')
    const context = canvas?.getContext('2d')
    if (!canvas || !context || canvas.width === 0) return 0
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
    return new Set(Array.from({ length: Math.floor(data.length / 404) }, (_, i) => data[i * 404])).size
  })
}
