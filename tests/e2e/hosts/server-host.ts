import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { chromiumBinary } from '../../../scripts/find-browsers.mjs'
import { announced } from './announced.ts'
import { testSwitches } from './electron-host.ts'
import { type HostOptions, type RunningHost, watchPage } from './running-host.ts'

const commandLine = fileURLToPath(new URL('../../../dist/electron/cli/main.js', import.meta.url))

/** Starts `chronolens serve` and a browser on it. */
export async function startServer(options: HostOptions): Promise<RunningHost> {
  const executablePath = chromiumBinary()
  if (executablePath === null) throw new Error('There is no Chromium; the browser tests cannot run.')
  const server = spawn(
    process.execPath,
    [commandLine, 'serve', '--port', '0', '--root', options.data, '--state', options.home],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const url = await announced(server, /(https?:\/\/\S+)\s/)
  const browser = await chromium.launch({ executablePath, args: testSwitches })
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  let page = await context.newPage()
  const watched = watchPage(page, new URL(url).origin)
  await page.goto(url)
  return {
    kind: 'server',
    ...watched,
    get page(): Page {
      return page
    },
    reopen: async () => {
      await page.close()
      page = await context.newPage()
      await page.goto(new URL(url).origin)
    },
    close: async () => {
      await browser.close()
      server.kill('SIGTERM')
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
    },
  }
}
