// `npm start`: opens the window; where none can be opened, says why in one sentence and serves the same page to a browser.
// What follows `--` goes to the program: folders to open, or options of `chronolens serve`.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { electronBinary, whyNoWindow } from './find-browsers.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const given = process.argv.slice(2)
const reason = whyNoWindow()

if (reason === null) {
  // Tests run as root, where Chromium's sandbox does not work; nobody else should.
  const switches = process.env.CHRONOLENS_TEST_NO_SANDBOX === '1' ? ['--no-sandbox'] : []
  run(electronBinary(), [root, ...switches, ...given])
} else {
  console.log(`No window can be opened here, because ${reason}; Chronolens serves its page to the browser instead.`)
  run(process.execPath, [join(root, 'dist', 'electron', 'cli', 'main.js'), 'serve', ...given])
}

function run(command, args) {
  const child = spawn(command, args, { stdio: 'inherit' })
  // Ctrl-C reaches the child as well, which then saves what it can; this process only waits.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => (process.exitCode = code ?? (signal === 'SIGTERM' ? 0 : 1)))
}
