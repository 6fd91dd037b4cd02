import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumBinary, whyNoWindow } from '../../scripts/find-browsers.mjs'
import { startElectron } from './hosts/electron-host.ts'
import type { HostOptions, RunningHost } from './hosts/running-host.ts'
import { startServer } from './hosts/server-host.ts'
import { medical } from './scenarios/medical.ts'
import { seriesWithSegmentation } from './scenarios/series-with-segmentation.ts'

const root = process.env['CHRONOLENS_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))
const series = join(root, 'mr_series_sag_anon')

function describeMedical(start: (options: HostOptions) => Promise<RunningHost>): void {
  let running: RunningHost | undefined
  beforeAll(async () => {
    const data = await seriesWithSegmentation(series)
    running = await start({ home: mkdtempSync(join(tmpdir(), 'chronolens-medical-')), data })
    running.page.setDefaultTimeout(30_000)
  })
  afterAll(() => running?.close())
  medical(() => {
    if (!running) throw new Error('The program did not start.')
    return running
  })
}

test.runIf(!existsSync(series) && process.env['CHRONOLENS_REQUIRE_ALL'] === '1')('the MR series is there', () => {
  expect(existsSync(series)).toBe(true)
})
describe.skipIf(!existsSync(series) || chromiumBinary() === null)('medical images in a browser', () => {
  describeMedical(startServer)
})
describe.skipIf(!existsSync(series) || whyNoWindow() !== null)('medical images in an Electron window', () => {
  describeMedical(startElectron)
})
