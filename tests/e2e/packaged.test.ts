import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { chromium, type Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { announced } from './hosts/announced.ts'
import { testSwitches } from './hosts/electron-host.ts'

// The package names these states, but does not export them: the digits that stand in the binary.
const [off, on] = ['0'.charCodeAt(0), '1'.charCodeAt(0)]
const binary = fileURLToPath(new URL('../../release/linux-unpacked/chronolens', import.meta.url))

// `npm run package -- --dir` makes what is tried here; its fuses refuse Playwright's own way in, hence the debugging port.
describe.skipIf(!existsSync(binary) || process.platform !== 'linux')('the packaged program', () => {
  test('has the fuses that keep it from running anything else', async () => {
    const fuses = await getCurrentFuseWire(binary)
    const states = (options: readonly FuseV1Options[]): unknown[] => options.map((option) => fuses[option])
    expect(
      states([
        FuseV1Options.RunAsNode,
        FuseV1Options.EnableNodeOptionsEnvironmentVariable,
        FuseV1Options.EnableNodeCliInspectArguments,
        FuseV1Options.GrantFileProtocolExtraPrivileges,
      ]),
    ).toEqual([off, off, off, off])
    expect(
      states([
        FuseV1Options.EnableCookieEncryption,
        FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
        FuseV1Options.OnlyLoadAppFromAsar,
      ]),
    ).toEqual([on, on, on])
  })

  test('starts, and opens the sample that comes with it', async () => {
    const home = mkdtempSync(join(tmpdir(), 'chronolens-packaged-'))
    const program = spawn(
      binary,
      [...testSwitches, '--remote-debugging-port=0', `--user-data-dir=${join(home, 'settings')}`],
      { env: { ...process.env, HOME: home }, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    try {
      const address = new URL(await announced(program, /DevTools listening on (ws:\S+)\s/))
      // Playwright waits for ever for a page that is just being made, so it comes once the page is there.
      await expect.poll(() => listedPages(address.host), { timeout: 20_000 }).toContain('"app://bundle/')
      const browser = await chromium.connectOverCDP(address.href)
      const page = await firstPage(browser.contexts()[0]?.pages() ?? [], () => browser.contexts()[0]?.pages() ?? [])
      await page.locator('[data-test=sample-crops]').click({ timeout: 30_000 })
      await page.getByRole('radio').first().waitFor({ state: 'attached', timeout: 30_000 })
      expect(await page.getByRole('dialog').innerText()).toMatch(/\b69\b/)
      await browser.close()
    } finally {
      program.kill('SIGTERM')
      if (program.exitCode === null && program.signalCode === null) await once(program, 'exit')
    }
  })
})

async function firstPage(present: readonly Page[], look: () => readonly Page[]): Promise<Page> {
  for (let pages = present, tries = 0; tries < 100; tries++, pages = look()) {
    const page = pages.find((candidate) => candidate.url().startsWith('app://'))
    if (page) return page
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('The packaged program shows no page.')
}

async function listedPages(host: string): Promise<string> {
  return (await fetch(`http://${host}/json/list`)).text()
}
