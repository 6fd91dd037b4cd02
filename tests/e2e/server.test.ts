import { describe } from 'vitest'
import { chromiumBinary } from '../../scripts/find-browsers.mjs'
import { describeHost } from './describe-host.ts'
import { startServer } from './hosts/server-host.ts'
import { manyDates } from './scenarios/many-dates.ts'
import { serverRestart } from './scenarios/server-restart.ts'
import { serverSafety } from './scenarios/server-safety.ts'
import { trainClips } from './scenarios/train-clips.ts'

describe.skipIf(chromiumBinary() === null)('in a browser, from the server', () => {
  describeHost(startServer, (host) => {
    describe('the server', () => serverSafety(host))
    describe('training on clips', () => trainClips(host))
    describe('a restart of the server', () => serverRestart(host))
  })

  describe('very many dates', () => manyDates(startServer))
})
