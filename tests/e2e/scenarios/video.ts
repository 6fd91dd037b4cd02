import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'
import { lookAtPage } from './appearance.ts'

const frameRate = 12.5

/** Opens the bundled clips and looks at them as a behaviour researcher would: step, play, loop a part, compare, measure. */
export function lookAtVideo(host: () => RunningHost): void {
  test('finds the bundled clips, in the folders they lie in', async () => {
    const { page } = host()
    await page.locator('nav a[href$="/"]').first().dispatchEvent('click')
    await page.getByTestId('sample-actions').click()
    await page.getByTestId('create-project').click()
    await page.getByTestId('video-stage').waitFor()
    await expect.poll(() => shownFrame(host()), { timeout: 20_000 }).toBe(0)
    await expect.poll(() => stageColours(host())).toBeGreaterThan(20)
    await expect.poll(() => drawnThumbnails(host()), { timeout: 20_000 }).toBeGreaterThan(5)
    await lookAtPage(host(), 'video-1-look')
  })

  test('steps frame by frame, exactly, and tells the time of each', async () => {
    const { page } = host()
    await page.getByTestId('video-stage').locator('canvas').first().focus()
    const pictures = new Set<number>()
    for (let frame = 1; frame <= 5; frame++) {
      await page.keyboard.press('ArrowRight')
      await expect.poll(() => shownFrame(host())).toBe(frame)
      expect(await page.getByTestId('video-time').innerText()).toContain(
        `00:00:00.${String(frame * 80).padStart(3, '0')}`,
      )
      await expect.poll(() => stageSum(host()).then((sum) => !pictures.has(sum))).toBe(true)
      pictures.add(await stageSum(host()))
    }
    await page.keyboard.press('Shift+ArrowRight')
    await expect.poll(() => shownFrame(host())).toBe(15)
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => shownFrame(host())).toBe(14)
    await page.keyboard.press('Home')
    await expect.poll(() => shownFrame(host())).toBe(0)
    await page.keyboard.press('End')
    const text = await page.getByTestId('video-time').innerText()
    const last = Number(/\/\s*(\d+)/.exec(text)?.[1]) - 1
    await expect.poll(() => shownFrame(host())).toBe(last)
  })

  test('plays a part again and again, and never leaves it', async () => {
    const { page } = host()
    await page.keyboard.press('Home')
    for (let frame = 0; frame < 4; frame++) await page.keyboard.press('ArrowRight')
    await page.keyboard.press('i')
    for (let frame = 0; frame < 6; frame++) await page.keyboard.press('ArrowRight')
    await expect.poll(() => shownFrame(host())).toBe(10)
    await page.keyboard.press('o')
    expect(await page.getByTestId('video-range').innerText()).toBe(
      `00:00:00.${(4 / frameRate) * 1000} – 00:00:00.${(10 / frameRate) * 1000}`,
    )
    await page.keyboard.press(' ')
    const seen: number[] = []
    await expect
      .poll(
        async () => {
          seen.push(await shownFrame(host()))
          return seen.some((frame, i) => i > 0 && frame < (seen[i - 1] ?? 0)) && new Set(seen).size >= 4
        },
        { timeout: 20_000, interval: 30 },
      )
      .toBe(true)
    await page.keyboard.press(' ')
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(4)
    expect(Math.max(...seen)).toBeLessThanOrEqual(10)
    await page.keyboard.press('x')
  })

  test('compares a frame with a later one, beside it, under a line, and as a difference', async () => {
    const { page } = host()
    await page.keyboard.press('Home')
    await page.getByTestId('video-compare-side').click()
    await page.getByTestId('video-offset').fill('6')
    await page.getByTestId('video-offset').press('Tab')
    await expect.poll(() => otherFrame(host())).toBe(6)
    await page.getByTestId('video-stage').locator('canvas').first().focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => otherFrame(host())).toBe(7)
    await lookAtPage(host(), 'video-2-beside')
    await page.getByTestId('video-compare-difference').click()
    await lookAtPage(host(), 'video-3-difference')
    await page.getByTestId('video-compare-difference').click()
    await expect.poll(() => page.getByTestId('video-stage').getAttribute('data-shown-other')).toBeNull()
  })

  test('zooms to the pixel, says its values and draws its curve', async () => {
    const { page } = host()
    const box = await page.getByTestId('video-stage').boundingBox()
    if (!box) throw new Error('The stage is not shown.')
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    await page.mouse.move(x, y)
    for (let turn = 0; turn < 4; turn++) await page.mouse.wheel(0, -300)
    await page.mouse.move(x + 3, y + 3)
    await expect.poll(() => page.getByTestId('video-values').innerText()).toMatch(/red\s*\d+.*green\s*\d+.*blue\s*\d+/s)
    await page.mouse.click(x, y)
    await page.getByTestId('curve-quantity').waitFor()
    await lookAtPage(host(), 'video-4-pixel')
    await page.getByTestId('video-fit').click()
  })
}

async function shownFrame(host: RunningHost): Promise<number> {
  return Number(await host.page.getByTestId('video-stage').getAttribute('data-shown-frame'))
}

async function otherFrame(host: RunningHost): Promise<number> {
  return Number(await host.page.getByTestId('video-stage').getAttribute('data-shown-other'))
}

function drawnThumbnails(host: RunningHost): Promise<number> {
  return host.page.evaluate(() => {
    const canvases = [...document.querySelectorAll<HTMLCanvasElement>('[data-test="video-strip"] canvas')]
    return canvases.filter((canvas) =>
      canvas
        .getContext('2d')
        ?.getImageData(0, 0, canvas.width, canvas.height)
        .data.some((value) => value > 0),
    ).length
  })
}

async function stageColours(host: RunningHost): Promise<number> {
  return (await stagePixels(host)).colours
}

async function stageSum(host: RunningHost): Promise<number> {
  return (await stagePixels(host)).sum
}

function stagePixels(host: RunningHost): Promise<{ colours: number; sum: number }> {
  return host.page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('[data-test="video-stage"] canvas')
    const context = canvas?.getContext('2d')
    if (!canvas || !context) return { colours: 0, sum: 0 }
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
    const colours = new Set<number>()
    let sum = 0
    for (let i = 0; i < data.length; i += 4 * 31) {
      const colour = ((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0)
      colours.add(colour)
      sum = (sum * 31 + colour) % 1_000_000_007
    }
    return { colours: colours.size, sum }
  })
}
