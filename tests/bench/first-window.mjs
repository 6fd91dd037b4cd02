// Times the start of the program, as `npm start` does it after the build: from the call to the first window, and to a start page
// that can be used. Needs an Electron and a screen (xvfb-run does).
//   node tests/bench/first-window.mjs [--runs 5]
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { _electron } from 'playwright-core'
import { electronBinary, whyNoWindow } from '../../scripts/find-browsers.mjs'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } })
const root = fileURLToPath(new URL('../..', import.meta.url))
const isRoot = process.getuid?.() === 0
const reason = whyNoWindow(isRoot ? { ...process.env, CHRONOLENS_TEST_NO_SANDBOX: '1' } : process.env)
if (reason !== null) throw new Error(`No window can be opened here, because ${reason}.`)
const switches = ['--disable-gpu', ...(isRoot ? ['--no-sandbox'] : [])]
const windows = []
const pages = []
for (let run = 0; run < Number(values.runs); run++) {
  const home = mkdtempSync(join(tmpdir(), 'chronolens-start-'))
  const start = performance.now()
  const electron = await _electron.launch({
    executablePath: electronBinary(),
    args: [root, ...switches, `--user-data-dir=${join(home, 'settings')}`],
    env: { ...process.env, HOME: home },
  })
  const page = await electron.firstWindow()
  windows.push(performance.now() - start)
  await page.locator('[data-test=open-folder]').waitFor()
  pages.push(performance.now() - start)
  await electron.close()
  rmSync(home, { recursive: true, force: true })
}
const text = (times) => {
  const sorted = [...times].sort((a, b) => a - b)
  return `${sorted[Math.floor(sorted.length / 2)].toFixed(0)} (${sorted[0].toFixed(0)}) ms`
}
console.log(`load ${loadavg()[0].toFixed(1)}; median, and least in brackets`)
console.log(`first window                ${text(windows)}`)
console.log(`start page, ready for use   ${text(pages)}  < 2000`)
