import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { chromiumBinary } from '../../../scripts/find-browsers.mjs'
import { announced } from './announced.ts'
import { testSwitches } from './electron-host.ts'
import { type HostOptions, type RunningHost, watchPage } from './running-host.ts'

/** Size of the page, `<width>x<height>`; for looking at the pictures of other screens. */
const [width, height] = (process.env['CHRONOLENS_VIEWPORT'] ?? '1440x900').split('x').map(Number) as [number, number]

const commandLine = fileURLToPath(new URL('../../../dist/electron/cli/main.js', import.meta.url))

/** Starts `chronolens serve` and a browser on it. */
export async function startServer(options: HostOptions): Promise<RunningHost> {
  const executablePath = chromiumBinary()
  if (executablePath === null) throw new Error('There is no Chromium; the browser tests cannot run.')
  const start = (port: string): ChildProcess =>
    spawn(process.execPath, [commandLine, 'serve', '--port', port, '--root', options.data, '--state', options.home], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  let server = start('0')
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM')
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
  }
  const url = await announced(server, /(https?:\/\/\S+)\s/)
  const browser = await chromium.launch({ executablePath, args: testSwitches })
  const context = await browser.newContext({ viewport: { width, height } })
  let page = await context.newPage()
  const watched = watchPage(page, new URL(url).origin)
  await page.goto(url)
  return {
    kind: 'server',
    ...watched,
    readers: () =>
      Promise.resolve(childrenOf(server.pid ?? 0).filter((pid) => commandOf(pid).includes('reader-entry'))),
    stopServer: stop,
    startServer: async () => {
      server = start(new URL(url).port)
      await announced(server, /(https?:\/\/\S+)\s/)
    },
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
      await stop()
    },
  }
}

/** Processes that a process has started. */
function childrenOf(parent: number): number[] {
  const isChild = (pid: string): boolean => {
    try {
      // pid (name) state parent
      return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]) === parent
    } catch {
      return false // Ended meanwhile.
    }
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isChild(name))
    .map(Number)
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return '' // Ended meanwhile.
  }
}
