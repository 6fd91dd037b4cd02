// Drives the program as people use it: in a real Electron window, and in a browser against `chronolens serve`. Arguments are
// vitest's. What cannot run here is said, and is a failure under CHRONOLENS_REQUIRE_ALL=1. The last line is the count.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromiumBinary, whyNoWindow } from './find-browsers.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const reportPath = join(root, 'test-results', 'e2e.json')
const environment = { ...process.env }
// Root is usual on test machines; the product itself never turns the sandbox off.
if (process.getuid?.() === 0) environment.CHRONOLENS_TEST_NO_SANDBOX = '1'

// Without a screen, a virtual one.
const needsScreen = process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY
const hasVirtualScreen = needsScreen && spawnSync('xvfb-run', ['--help']).status === 0
if (hasVirtualScreen) environment.DISPLAY = 'virtual' // Replaced by xvfb-run; says only that there will be one.
const leftOut = []
const reason = whyNoWindow(environment)
if (reason !== null)
  leftOut.push(
    `Left out: tests of the window, because ${reason}; to run them, set ELECTRON_OVERRIDE_DIST_PATH to a folder with an Electron, or run "node node_modules/electron/install.js"; without a screen, install xvfb.`,
  )
if (chromiumBinary() === null)
  leftOut.push(
    'Left out: tests in the browser; to run them, install Chromium, or set CHRONOLENS_CHROMIUM to its binary.',
  )
if (hasVirtualScreen) delete environment.DISPLAY

mkdirSync(dirname(reportPath), { recursive: true })
rmSync(reportPath, { force: true })
const vitest = [
  join(root, 'node_modules', 'vitest', 'vitest.mjs'),
  ...['run', '--config', 'vitest.e2e.config.ts', '--reporter=default', '--reporter=json'],
  ...[`--outputFile.json=${reportPath}`, ...process.argv.slice(2)],
]
const command = hasVirtualScreen
  ? ['xvfb-run', '-a', '-s', '-screen 0 1600x1000x24', process.execPath, ...vitest]
  : [process.execPath, ...vitest]
const run = spawnSync(command[0], command.slice(1), { cwd: root, stdio: 'inherit', env: environment })

console.log('')
leftOut.forEach((line) => console.log(line))
const isLacking = process.env.CHRONOLENS_REQUIRE_ALL === '1' && leftOut.length > 0
if (isLacking) console.log('CHRONOLENS_REQUIRE_ALL=1 is set, so what was left out counts as a failure.')
const report = existsSync(reportPath) ? JSON.parse(readFileSync(reportPath, 'utf8')) : null
const [passed, skipped] = [report?.numPassedTests ?? 0, (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)]
const failed = Math.max(report?.numFailedTests ?? 1, run.status === 0 && !isLacking ? 0 : 1)
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 ? 1 : 0
