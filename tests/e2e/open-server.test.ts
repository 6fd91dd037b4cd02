import { describe } from 'vitest'
import { chromiumBinary } from '../../scripts/find-browsers.mjs'
import { startServer } from './hosts/server-host.ts'
import { openAnything } from './scenarios/open-anything.ts'

describe.skipIf(chromiumBinary() === null)('opening anything in a browser', () => openAnything(startServer))
