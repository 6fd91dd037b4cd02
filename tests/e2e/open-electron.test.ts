import { describe } from 'vitest'
import { whyNoWindow } from '../../scripts/find-browsers.mjs'
import { startElectron } from './hosts/electron-host.ts'
import { openAnything } from './scenarios/open-anything.ts'

describe.skipIf(whyNoWindow() !== null)('opening anything in a window', () => openAnything(startElectron))
