// `npm run package`: builds the packages of this operating system (electron-builder.yml). Arguments are electron-builder's;
// `--dir` stops before the installers. With ELECTRON_OVERRIDE_DIST_PATH the Electron of that folder is packaged, nothing fetched.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const builder = fileURLToPath(new URL('../node_modules/electron-builder/cli.js', import.meta.url))
const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH
const electron = folder
  ? [
      `-c.electronDist=${folder}`,
      `-c.electronVersion=${readFileSync(join(folder, 'version'), 'utf8').trim().replace(/^v/, '')}`,
    ]
  : []
const given = process.argv.slice(2)
const run = spawnSync(process.execPath, [builder, '--publish', 'never', ...electron, ...given], { stdio: 'inherit' })
process.exitCode = run.status ?? 1
