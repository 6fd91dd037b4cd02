import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'

/** What the window must keep to beside the page: the rules E1 to E8 of the security list. */
export function windowSafety(host: () => RunningHost): void {
  const electron = () => {
    const { electron: application } = host()
    if (!application) throw new Error('This scenario is for Electron.')
    return application
  }

  test('every window has the flags that keep its page apart from the system', async () => {
    const preferences = await electron().evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map((window) => {
        // Electron's types leave this method out.
        const contents = window.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> }
        return contents.getLastWebPreferences()
      }),
    )
    expect(preferences).toHaveLength(1)
    expect(preferences[0]).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
    })
  })

  test('the page is given three functions and nothing of Node or Electron', async () => {
    const given = await host().page.evaluate(() => {
      const global = window as unknown as Record<string, unknown>
      return {
        bridge: Object.keys(global['chronolens'] as object).sort(),
        others: ['require', 'process', 'module', 'Buffer', 'global', 'electron'].filter((name) => name in global),
      }
    })
    expect(given).toEqual({ bridge: ['connect', 'grantDroppedFiles', 'printReport'], others: [] })
  })

  test('a report that is printed runs no script and asks for nothing from outside', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const at = `http://127.0.0.1:${port}`
    const html = `<h1>Report</h1><script>new Image().src = '${at}/script'</script><img src="${at}/picture"><iframe src="${at}/frame"></iframe>`
    const head = await host().page.evaluate(async (text) => {
      const bridge = (window as unknown as { chronolens: { printReport(html: string): Promise<Uint8Array> } })
        .chronolens
      return [...(await bridge.printReport(text)).subarray(0, 5)]
    }, html)
    server.close()
    expect(String.fromCharCode(...head)).toBe('%PDF-')
    expect(asked).toEqual([])
    // Its window is gone with it.
    expect(await electron().evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
  })

  test('workers of the page have nothing of Node either', async () => {
    const found = await host().page.evaluate(async () => {
      const script = `postMessage(['require', 'process', 'module', 'Buffer'].filter((name) => name in self))`
      const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
      const worker = new Worker(url)
      try {
        return await new Promise<unknown>((resolve, reject) => {
          worker.onmessage = (event) => resolve(event.data)
          worker.onerror = () => reject(new Error('The worker did not start.'))
        })
      } finally {
        worker.terminate()
        URL.revokeObjectURL(url)
      }
    })
    expect(found).toEqual([])
  })

  test('the built preload exposes one object', () => {
    const path = fileURLToPath(new URL('../../../dist/electron/preload/preload.cjs', import.meta.url))
    expect(existsSync(path)).toBe(true)
    expect(readFileSync(path, 'utf8').match(/exposeInMainWorld/g)).toHaveLength(1)
  })

  test.each(['https://example.org/', 'file:///etc/hostname', 'data:text/html,other', 'app://other/index.html'])(
    'stays where it is when the page tries to go to %s',
    async (target) => {
      const before = host().page.url()
      await host().page.evaluate((url) => {
        const link = document.createElement('a')
        link.href = url
        document.body.append(link)
        link.click()
        link.remove()
        window.location.href = url
      }, target)
      await host().page.waitForTimeout(300)
      host().complaints.length = 0
      host().foreignRequests.length = 0
      expect(host().page.url()).toBe(before)
      expect(await host().page.locator('main').isVisible()).toBe(true)
    },
  )

  test('opens no further window', async () => {
    const opened = await host().page.evaluate(() => window.open('app://bundle/index.html') === null)
    expect(opened).toBe(true)
    expect(electron().windows()).toHaveLength(1)
  })

  test('embeds no other page', async () => {
    const outcome = await host().page.evaluate(async () => {
      const frame = document.createElement('iframe')
      frame.src = 'app://bundle/index.html'
      document.body.append(frame)
      await new Promise((resolve) => setTimeout(resolve, 300))
      let text = ''
      try {
        text = frame.contentDocument?.body?.textContent ?? ''
      } catch {
        // A refused frame is of another origin.
      }
      frame.remove()
      return text.trim()
    })
    host().complaints.length = 0
    expect(outcome).toBe('')
  })

  test('denies whatever the page could ask the system for', async () => {
    const answers = await host().page.evaluate(async () => {
      const outcome = (asked: Promise<unknown>): Promise<string> =>
        Promise.race([
          asked.then(
            () => 'granted',
            (error: unknown) => (error as Error).name,
          ),
          new Promise<string>((resolve) => setTimeout(() => resolve('no answer'), 5000)),
        ])
      const states = ['camera', 'microphone', 'geolocation', 'notifications', 'clipboard-read'].map(async (name) => {
        const status = await navigator.permissions.query({ name: name as PermissionName })
        return status.state
      })
      return {
        states: await Promise.all(states),
        camera: await outcome(navigator.mediaDevices.getUserMedia({ video: true })),
        screen: await outcome(navigator.mediaDevices.getDisplayMedia()),
        clipboard: await outcome(navigator.clipboard.readText()),
        place: await outcome(
          new Promise((resolve, reject) =>
            navigator.geolocation.getCurrentPosition(resolve, () => reject(new DOMException('', 'NotAllowedError'))),
          ),
        ),
      }
    })
    host().complaints.length = 0
    expect(answers.states).toEqual(['denied', 'denied', 'denied', 'denied', 'denied'])
    expect(Object.values(answers).slice(1)).not.toContain('granted')
    expect(Object.values(answers).slice(1)).not.toContain('no answer')
  })

  test('its processes run without loaders, debuggers or tokens in their environment', async () => {
    const pids = await electron().evaluate(({ app }) =>
      app
        .getAppMetrics()
        .filter((metric) => metric.name?.startsWith('Chronolens'))
        .map((metric) => metric.pid),
    )
    expect(pids.length).toBeGreaterThan(0)
    if (process.platform !== 'linux') return
    for (const pid of pids) {
      const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .map((entry) => entry.split('=')[0] ?? '')
      expect(names.filter((name) => /NODE_OPTIONS|TOKEN|SECRET|PASSWORD|npm_/i.test(name))).toEqual([])
    }
  })
}
