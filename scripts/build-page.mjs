// Builds the page and the preload with Vite, unless both were built from exactly these files before: `npm start`, `npm test`
// and `npm run tour` all begin with a build.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['renderer', 'shared', 'docs/guide', 'electron/preload']
const configurations = ['vite.config.ts', 'vite.preload.config.ts']
const files = ['package-lock.json', 'scripts/build-page.mjs', ...configurations]
const results = ['dist/renderer/index.html', 'dist/electron/preload/preload.cjs']
const stamp = join(root, 'dist', '.page-inputs')

const inputs = hashOfInputs()
const isBuilt = existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs
if (!isBuilt || !results.every((path) => existsSync(join(root, path)))) {
  rmSync(stamp, { force: true })
  for (const configuration of configurations) await build({ configFile: join(root, configuration), logLevel: 'warn' })
  writeFileSync(stamp, inputs)
}

/** One hash over the names and contents of all that goes into the page. */
function hashOfInputs() {
  const inFolders = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.tsbuildinfo'))
      .map((entry) => join(entry.parentPath, entry.name)),
  )
  const hash = createHash('sha256').update(process.version)
  for (const path of [...inFolders, ...files.map((file) => join(root, file))].sort())
    hash.update(`\0${path}\0`).update(readFileSync(path))
  return hash.digest('hex')
}
