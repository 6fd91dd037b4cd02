import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HostOptions, RunningHost } from './hosts/running-host.ts'
import { firstLook } from './scenarios/first-look.ts'
import { followLesions } from './scenarios/follow-lesions.ts'
import { interruptions } from './scenarios/interruptions.ts'
import { labelClips } from './scenarios/label-clips.ts'
import { labelOnMap } from './scenarios/label-on-map.ts'
import { mapViews } from './scenarios/map-views.ts'
import { pageSafety } from './scenarios/page-safety.ts'
import { trainAndPredict } from './scenarios/train-and-predict.ts'
import { lookAtVideo } from './scenarios/video.ts'

const data = fileURLToPath(new URL('../../resources/samples/crops', import.meta.url))

/**
 * The scenarios that every host must pass, in the order in which a person comes across them: each goes on where the one
 * before has left the page.
 * @param more  scenarios of this host alone, done last
 */
export function describeHost(
  start: (options: HostOptions) => Promise<RunningHost>,
  more: (host: () => RunningHost) => void,
): void {
  let running: RunningHost | undefined
  const host = (): RunningHost => {
    if (!running) throw new Error('The program did not start.')
    return running
  }
  beforeAll(async () => {
    running = await start({ home: mkdtempSync(join(tmpdir(), 'chronolens-e2e-')), data })
    running.page.setDefaultTimeout(30_000)
  })
  afterAll(() => running?.close())

  describe('the page', () => pageSafety(host))
  describe('a first look', () => firstLook(host))
  describe('training and prediction', () => trainAndPredict(host))
  describe('maps side by side, and exports', () => mapViews(host))
  describe('labelling on the map', () => labelOnMap(host))
  describe.runIf(process.platform === 'linux')('interruptions', () => interruptions(host))
  describe('labelling clips', () => labelClips(host))
  describe('looking at video', () => lookAtVideo(host))
  describe('following lesions', () => followLesions(host))

  test('all the while the page complained of nothing and asked for nothing foreign', () => {
    expect(host().complaints).toEqual([])
    expect(host().foreignRequests).toEqual([])
  })

  more(host)
}
