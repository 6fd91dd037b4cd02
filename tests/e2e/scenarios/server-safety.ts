import { expect, test } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'

/** What a browser finds of the server's guards; the table of attacks is tried without a browser. */
export function serverSafety(host: () => RunningHost): void {
  test('the one-time code is gone from the address', () => {
    const { pathname, search, hash } = new URL(host().page.url())
    expect([pathname, search]).toEqual(['/', ''])
    expect(hash).toMatch(/^#\/?[a-z-]*$/)
  })

  test('scripts cannot read the cookie of the session', async () => {
    expect(await host().page.evaluate(() => document.cookie)).toBe('')
    const cookies = await host().page.context().cookies()
    expect(cookies).toHaveLength(1)
    expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' })
  })

  test('another browser gets nothing, without a cookie', async () => {
    const browser = host().page.context().browser()
    if (!browser) throw new Error('There is no browser.')
    const stranger = await browser.newContext()
    try {
      const page = await stranger.newPage()
      await page.goto(new URL(host().page.url()).origin)
      expect(await page.getByTestId('open-folder').count()).toBe(0)
    } finally {
      await stranger.close()
    }
  })
}
