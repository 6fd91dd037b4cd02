import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { chromium, type Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { announced } from './hosts/announced.ts'
import { realData } from '../unit/formats/real-data.ts'
import { testSwitches } from './hosts/electron-host.ts'

// The package names these states, but does not export them: the digits that stand in the binary.
const [off, on] = ['0'.charCodeAt(0), '1'.charCodeAt(0)]
const binary =
  process.env.CHRONOLENS_PACKAGED ?? fileURLToPath(new URL('../../release/linux-unpacked/chronolens', import.meta.url))

const series = realData('mr_series_sag_anon')
const clips = realData('video_formats')
const clip = clips && firstFile(clips, /h264.*\.(mp4|mkv)$|\.mp4$/)

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
    await withProgram([], async (page) => {
      await page.locator('[data-test=sample-crops]').click({ timeout: 30_000 })
      expect(await foundText(page)).toMatch(/\b69\b/)
    })
  })

  test.skipIf(series === null)('opens a DICOM series that the command line names', async () => {
    await withProgram([series ?? ''], async (page) => {
      expect(await foundText(page)).toMatch(/\b80\b/)
      await page.locator('[data-test=create-project]').click()
      await page.locator('[data-test=medical-pane] canvas').first().waitFor({ timeout: 60_000 })
      await page.locator('[data-test=slice-text]').first().waitFor({ timeout: 60_000 })
      expect(await page.getByRole('alert').count()).toBe(0)
    })
  })

  test.skipIf(clip === null)('opens a video: its libraries are where the program looks for them', async () => {
    await withProgram([clip ?? ''], async (page) => {
      expect(await foundText(page)).toMatch(/\d/)
      await page.locator('[data-test=create-project]').click()
      await page.locator('main canvas').first().waitFor({ timeout: 60_000 })
      expect(await page.getByRole('alert').count()).toBe(0)
    })
  })

  test('holds the native libraries of this system, and no others', async () => {
    const unpacked = join(dirname(binary), 'resources', 'app.asar.unpacked', 'node_modules')
    const files = await readdir(unpacked, { recursive: true })
    const native = files
      .filter((file) => /\.(node|so|dylib|dll)(\.|$)/.test(file))
      .map((file) => file.split(sep).join('/'))
    const here = `linux/${process.arch}`
    expect(native.length).toBeGreaterThan(2)
    expect(native.filter((file) => !file.includes(here) && !file.includes(`linux-${process.arch}`))).toEqual([])
  })
})

/** Starts the packaged program with arguments, and gives its page. */
async function withProgram(given: readonly string[], use: (page: Page) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'chronolens-packaged-'))
  const program = spawn(
    binary,
    [...testSwitches, '--remote-debugging-port=0', `--user-data-dir=${join(home, 'settings')}`, ...given],
    { env: { ...process.env, HOME: home }, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  try {
    const address = new URL(await announced(program, /DevTools listening on (ws:\S+)\s/))
    // Playwright waits for ever for a page that is just being made, so it comes once the page is there.
    await expect.poll(() => listedPages(address.host), { timeout: 20_000 }).toContain('"app://bundle/')
    const browser = await chromium.connectOverCDP(address.href)
    const pages = (): readonly Page[] => browser.contexts()[0]?.pages() ?? []
    await use(await firstPage(pages(), pages))
    await browser.close()
  } finally {
    program.kill('SIGTERM')
    if (program.exitCode === null && program.signalCode === null) await once(program, 'exit')
  }
}

/** What the dialog says was found. */
async function foundText(page: Page): Promise<string> {
  await page.locator('[data-test=found-counts]').waitFor({ timeout: 60_000 })
  return page.getByRole('dialog').innerText()
}

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

function firstFile(folder: string, pattern: RegExp): string | null {
  const name = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .find((candidate) => pattern.test(candidate))
  return name === undefined ? null : join(folder, name)
}
