// Runs all tests (or those that the arguments name, as vitest takes them) and says what was left out for want of data
// or drivers. With CHRONOLENS_REQUIRE_ALL=1 a missing part is a failure. The last line is the count.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tensorFlowDirectory } from '../dist/electron/engine/executors/tensorflow/tensorflow-directory.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const reportPath = join(root, 'test-results', 'vitest.json')
const isStrict = process.env.CHRONOLENS_REQUIRE_ALL === '1'

const dataFolder = process.env.CHRONOLENS_DATA ?? join(root, '..', 'shared', 'data')
const dataSets = ['modis_mt_dtwsat', 'landsat8_ny_gdalcubes', 's2_eolearn_patch', 'malformed_tiff']

/** What some tests need beyond `npm ci`; `isRequired` ones must be there under CHRONOLENS_REQUIRE_ALL=1. */
const parts = [
  {
    name: 'Tests on real satellite data',
    isThere: dataSets.every((name) => existsSync(join(dataFolder, name))),
    remedy: `set CHRONOLENS_DATA to the folder that holds ${dataSets.join(', ')}`,
    isRequired: true,
  },
  {
    name: 'Tests of the engine on WebGPU',
    isThere: (process.env.CHRONOLENS_TEST_DEVICES ?? 'cpu').split(',').includes('webgpu'),
    remedy:
      'set CHRONOLENS_TEST_DEVICES=cpu,webgpu; without a graphics card, install libvulkan1 and set VK_DRIVER_FILES to the vk_swiftshader_icd.json of an Electron or Chromium folder',
    isRequired: true,
  },
  {
    name: 'Tests on the TensorFlow binding',
    isThere: ['tfjs-node-gpu', 'tfjs-node'].some((name) =>
      existsSync(join(tensorFlowDirectory(), 'node_modules', '@tensorflow', name)),
    ),
    remedy: 'run "npm run setup:tensorflow", or set CHRONOLENS_TENSORFLOW_DIR',
    isRequired: false,
  },
]

mkdirSync(dirname(reportPath), { recursive: true })
rmSync(reportPath, { force: true })
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`]
const run = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})

const missing = parts.filter((part) => !part.isThere)
console.log('')
for (const { name, remedy } of missing) console.log(`Left out: ${name}; to run them, ${remedy}.`)
for (const [file, titles] of skippedTests())
  console.log(`Skipped: ${titles.length} in ${file}, for example "${titles[0]}"; the file says when they run.`)
console.log('Left out: tests of the window and the browser; "npm run test:e2e" runs them, and says what it lacks.')
const isLacking = isStrict && missing.some((part) => part.isRequired)
if (isLacking) console.log('CHRONOLENS_REQUIRE_ALL=1 is set, so what was left out counts as a failure.')

const totals = readTotals()
// A file that cannot be loaded fails without a test of its own, and so does a part that is required and missing.
const failed = Math.max(totals.failed, run.status === 0 && !isLacking && totals.passed > 0 ? 0 : 1)
console.log(`${totals.passed} passed, ${failed} failed, ${totals.skipped} skipped`)
process.exitCode = failed > 0 ? 1 : 0

/** Titles of the tests that were skipped, by file, so that none goes unsaid. */
function skippedTests() {
  if (!existsSync(reportPath)) return []
  const { testResults } = JSON.parse(readFileSync(reportPath, 'utf8'))
  return testResults
    .map(({ name, assertionResults }) => [
      relative(root, name),
      assertionResults.filter(({ status }) => status === 'pending' || status === 'skipped').map(({ title }) => title),
    ])
    .filter(([, titles]) => titles.length > 0)
}

function readTotals() {
  if (!existsSync(reportPath)) return { passed: 0, failed: 1, skipped: 0 }
  const report = JSON.parse(readFileSync(reportPath, 'utf8'))
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}
