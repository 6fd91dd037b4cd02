import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeGeoTiff } from '../../../electron/formats/geotiff/write-geotiff.ts'
import type { HostOptions, RunningHost } from '../hosts/running-host.ts'

const dates = 2000

/** A stack of 2000 dates opens from the command line, or from the server's folder, and is scrolled from end to end. */
export function manyDates(start: (options: HostOptions) => Promise<RunningHost>): void {
  test(`a stack of ${dates} dates, named on the command line, opens and is scrolled to its end`, async () => {
    const home = mkdtempSync(join(tmpdir(), 'chronolens-e2e-'))
    const data = await writeStack(join(mkdtempSync(join(tmpdir(), 'chronolens-dates-')), 'long'))
    const host = await start({ home, data, given: [data] })
    try {
      const { page } = host
      page.setDefaultTimeout(60_000)
      if (host.kind === 'server') {
        // The only folder that is served is entered at once.
        await page.getByTestId('open-folder').click()
        await page.getByRole('dialog').locator('button.primary').click()
      }
      await page.getByTestId('found-counts').waitFor()
      expect(await page.getByRole('dialog').innerText()).toMatch(/2[ ,.]?000/)
      await page.getByTestId('create-project').click()
      await page.locator('.ol-viewport canvas').first().waitFor()
      const date = page.getByTestId('date').first()
      await expect.poll(() => date.innerText(), { timeout: 30_000 }).toMatch(/2015/)
      await page.getByRole('slider').first().focus()
      await page.keyboard.press('End')
      await expect.poll(() => date.innerText(), { timeout: 30_000 }).toMatch(/2020/)
      for (let step = 0; step < 30; step++) await page.keyboard.press('ArrowLeft')
      await expect.poll(() => date.innerText()).toMatch(/2020/)
    } finally {
      await host.close()
    }
  })
}

/** One file with a small band for each day, and the list of its dates. */
async function writeStack(folder: string): Promise<string> {
  mkdirSync(folder)
  const day = (index: number): string => new Date(Date.UTC(2015, 0, 1 + index)).toISOString().slice(0, 10)
  const names = Array.from({ length: dates }, (_, index) => day(index))
  const grid = { width: 12, height: 9, geoTransform: [600000, 10, 0, 5100000, 0, -10], crs: 'EPSG:32633' } as const
  const values = Array.from({ length: dates * 12 * 9 }, (_, i) => Math.round(500 + 400 * Math.sin(i / 700)) + (i % 108))
  const bands = names.map((description) => ({ description }))
  await writeGeoTiff({ path: join(folder, 'ndvi.tif'), grid, dtype: 'int16', bands, tileSize: 16 }, (writer) =>
    writer.writeWindow({ row: 0, column: 0, width: 12, height: 9 }, values),
  )
  writeFileSync(join(folder, 'timeline'), `${names.join('\n')}\n`)
  return folder
}
