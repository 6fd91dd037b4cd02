import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe } from 'vitest'
import { chromiumBinary, whyNoWindow } from '../../scripts/find-browsers.mjs'
import { startElectron } from './hosts/electron-host.ts'
import type { HostOptions, RunningHost } from './hosts/running-host.ts'
import { startServer } from './hosts/server-host.ts'
import { resultsOfModis } from './scenarios/results-of-modis.ts'

const data = fileURLToPath(new URL('../../../shared/data/modis_mt_dtwsat', import.meta.url))
const isMissing = !existsSync(data)
if (isMissing && process.env['CHRONOLENS_REQUIRE_ALL'] === '1')
  throw new Error(`The data ${data} are not there, and CHRONOLENS_REQUIRE_ALL=1 asks for them.`)
if (isMissing) console.log('Left out: training on the MODIS series; its data are not there.')

/** Real data from the first folder to the last map, in one host; the program is started anew in between. */
function describeResults(start: (options: HostOptions) => Promise<RunningHost>): void {
  const home = mkdtempSync(join(tmpdir(), 'chronolens-e2e-results-'))
  let running: RunningHost | undefined
  const host = (): RunningHost => {
    if (!running) throw new Error('The program did not start.')
    return running
  }
  const restart = async (): Promise<void> => {
    await running?.close()
    running = await start({ home, data })
    running.page.setDefaultTimeout(60_000)
  }
  beforeAll(restart)
  afterAll(() => running?.close())
  resultsOfModis(host, restart)
}

describe.skipIf(isMissing || chromiumBinary() === null)('MODIS, in a browser', () => describeResults(startServer))
describe.skipIf(isMissing || whyNoWindow() !== null)('MODIS, in a window', () => describeResults(startElectron))
