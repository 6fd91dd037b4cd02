import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'

/** What every page must keep to, whichever host serves it. */
export function pageSafety(host: () => RunningHost): void {
  test('shows the start page', async () => {
    await host().page.getByTestId('open-folder').waitFor()
    expect(await host().page.title()).toContain('Chronolens')
  })

  test('refuses to run or load what is not its own', async () => {
    const outcome = await host().page.evaluate(async () => {
      const violations: string[] = []
      document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective))
      const script = document.createElement('script')
      script.textContent = 'window.injected = true'
      document.head.append(script)
      const image = document.createElement('img')
      image.src = 'https://example.org/pixel.png'
      document.body.append(image)
      const fetched = await fetch('https://example.org/').then(
        () => 'fetched',
        () => 'refused',
      )
      // A text as the timer's function is compiled like eval, and outside of what the debugger is allowed.
      Reflect.apply(setTimeout, window, ['window.evaluated = true'])
      await new Promise((resolve) => setTimeout(resolve, 200))
      script.remove()
      image.remove()
      return { violations: violations.sort(), fetched, ran: ['injected', 'evaluated'].filter((name) => name in window) }
    })
    host().complaints.length = 0
    host().foreignRequests.length = 0
    expect(outcome).toEqual({
      violations: ['connect-src', 'img-src', 'script-src', 'script-src-elem'],
      fetched: 'refused',
      ran: [],
    })
  })

  test('gets its files with the strict headers, errors too', async () => {
    const headers = await host().page.evaluate(async () => {
      const names = ['content-security-policy', 'cross-origin-opener-policy', 'x-content-type-options']
      const answers = await Promise.all(['./index.html', './missing.js'].map((path) => fetch(path)))
      return answers.map((answer) => ({ ok: answer.ok, headers: names.map((name) => answer.headers.get(name)) }))
    })
    host().complaints.length = 0
    expect(headers.map(({ ok }) => ok)).toEqual([true, false])
    for (const { headers: found } of headers) {
      expect(found[0]).toContain("default-src 'none'")
      expect(found[0]).not.toContain('unsafe')
      expect(found.slice(1)).toEqual(['same-origin', 'nosniff'])
    }
  })

  test('is isolated from other origins', async () => {
    expect(await host().page.evaluate(() => window.crossOriginIsolated)).toBe(true)
  })
}
