import { describe } from 'vitest'
import { whyNoWindow } from '../../scripts/find-browsers.mjs'
import { describeHost } from './describe-host.ts'
import { startElectron } from './hosts/electron-host.ts'
import { manyDates } from './scenarios/many-dates.ts'
import { windowSafety } from './scenarios/window-safety.ts'

describe.skipIf(whyNoWindow() !== null)('in an Electron window', () => {
  // Last: Playwright waits for ever for the navigations that are refused here.
  describeHost(startElectron, (host) => describe('the window', () => windowSafety(host)))

  describe('very many dates', () => manyDates(startElectron))
})
