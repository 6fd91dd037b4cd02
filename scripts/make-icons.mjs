// Draws the program's icon for packages from the page's own: resources/icons/icon.png, from which the other forms are made.
import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { chromiumBinary } from './find-browsers.mjs'

const edge = 1024
const root = new URL('..', import.meta.url)
const drawing = readFileSync(new URL('renderer/assets/icon.svg', root), 'utf8')
const folder = fileURLToPath(new URL('resources/icons', root))
const executablePath = chromiumBinary()
if (executablePath === null) throw new Error('Drawing needs a Chromium; set CHRONOLENS_CHROMIUM to its binary.')

mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
const page = await browser.newPage({ viewport: { width: edge, height: edge } })
await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${edge}px }</style>${drawing}`)
await page.screenshot({ path: `${folder}/icon.png`, omitBackground: true })
await browser.close()
console.log(`Drew ${folder}/icon.png`)
