// `npm run tour`: trains a model on the bundled sample, maps the sample with it, and says where the result lies. The same
// commands are in the README, to be tried one by one.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const sample = join(root, 'resources', 'samples', 'crops')
const out = join(root, 'out', 'tour') // Ours alone: made anew by every tour.
const [model, map] = [join(out, 'crops-model'), join(out, 'crops-map')]

function chronolens(...args) {
  const shown = args.map((arg) => (arg.startsWith(root) ? relative('.', arg) || '.' : arg))
  console.log(`\n> chronolens ${shown.join(' ')}\n`)
  const run = spawnSync(process.execPath, [join(root, 'dist', 'electron', 'cli', 'main.js'), ...args], {
    stdio: 'inherit',
  })
  if (run.status !== 0) process.exit(run.status ?? 1)
}

rmSync(out, { recursive: true, force: true })
chronolens('inspect', sample)
chronolens('train', 'land-use', '--data', sample, '--out', model, '--epochs', '60', '--seed', '1')
chronolens('predict', '--model', model, '--input', sample, '--out', map)
console.log(`
This was the command line, on a small generated sample (resources/samples/crops).
The trained model lies in ${model}
The maps and tables lie in ${map}; the .tif files open in QGIS.
"node dist/electron/cli/main.js --help" says what else there is.`)
