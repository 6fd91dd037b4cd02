import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whyNoWindow } from '../../scripts/find-browsers.mjs'
import { startElectron } from './hosts/electron-host.ts'
import type { RunningHost } from './hosts/running-host.ts'
import { pageSafety } from './scenarios/page-safety.ts'
import { windowSafety } from './scenarios/window-safety.ts'

const data = fileURLToPath(new URL('../../resources/samples/crops', import.meta.url))

describe.skipIf(whyNoWindow() !== null)('in an Electron window', () => {
  let running: RunningHost | undefined
  const host = (): RunningHost => {
    if (!running) throw new Error('The program did not start.')
    return running
  }
  beforeAll(async () => {
    running = await startElectron({ home: mkdtempSync(join(tmpdir(), 'chronolens-window-')), data })
    host().page.setDefaultTimeout(30_000)
  })
  afterAll(() => running?.close())

  describe('the page', () => pageSafety(host))
  describe('the window', () => windowSafety(host))

  test('all the while the page complained of nothing and asked for nothing foreign', () => {
    expect(host().complaints).toEqual([])
    expect(host().foreignRequests).toEqual([])
  })
})
