import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import { expect } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const pictures = fileURLToPath(new URL('../../../out/screenshots', import.meta.url))

/** A look of the page. */
export interface Appearance {
  readonly theme: 'dark' | 'light'
  readonly language: 'en' | 'zh-CN'
}

/**
 * In which looks each host is looked at. It is one page in both, so together they show every theme in every language, and
 * each of them alone shows every theme and every language.
 */
const appearances: { readonly [kind in RunningHost['kind']]: readonly Appearance[] } = {
  electron: [
    { theme: 'light', language: 'zh-CN' },
    { theme: 'dark', language: 'en' },
  ],
  server: [
    { theme: 'dark', language: 'zh-CN' },
    { theme: 'light', language: 'en' },
  ],
}

/** Switches the look with the page's own buttons; by event, because a modal dialog may be in front of them. */
export async function setAppearance(host: RunningHost, { theme, language }: Appearance): Promise<void> {
  const { page } = host
  const present = await page.evaluate(() => ({
    theme: document.documentElement.dataset['theme'],
    language: document.documentElement.lang,
  }))
  if (present.theme !== theme) await page.getByTestId('theme').dispatchEvent('click')
  if (present.language !== language) await page.getByTestId('language').dispatchEvent('click')
  await page.locator(`html[data-theme="${theme}"][lang="${language}"]`).waitFor()
}

/** Serious findings of axe on the page as it is: rule and place, for a readable failure. */
export async function accessibilityFindings(host: RunningHost): Promise<string[]> {
  await host.page.evaluate(axeSource)
  const results = await host.page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<AxeResults> } }
    return axe.run()
  })
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} (${node.any[0]?.message ?? ''})`))
}

/**
 * Looks at the present page in the looks of its host: a picture of each is kept for people to look at, and axe has nothing
 * serious to say about any.
 */
export async function lookAtPage(host: RunningHost, name: string): Promise<void> {
  const folder = join(pictures, host.kind)
  mkdirSync(folder, { recursive: true })
  const findings: string[] = []
  for (const appearance of appearances[host.kind]) {
    await setAppearance(host, appearance)
    // The pointer and the focus leave what was clicked, or its tooltip is in the picture.
    await host.page.mouse.move(2, 2)
    await host.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
    await host.page.evaluate(() =>
      Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null))),
    )
    await host.page.screenshot({ path: join(folder, `${name}-${appearance.theme}-${appearance.language}.png`) })
    for (const finding of await accessibilityFindings(host))
      findings.push(`${name}, ${appearance.theme}, ${appearance.language}: ${finding}`)
  }
  expect.soft(findings).toEqual([])
}
