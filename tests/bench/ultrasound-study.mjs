// Cross-validates classifiers of clips on lung ultrasound: five folds that divide patients, never clips of one, several seeds (of
// the folds, the initial weights and the order). Every clip is tested once by a model that saw no clip of its patient; one JSON
// line for each model and seed: node tests/bench/ultrasound-study.mjs DATA_FOLDER [models] [seeds] [KEY=VALUE ...] (after npm run build).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { actionTask } from '../../dist/electron/analyses/action-recognition/action-task.js'
import { readCsvClips } from '../../dist/electron/formats/labels/csv-clips.js'
import { SeededRandom } from '../../dist/shared/base/seeded-random.js'

const [data, models = 'crnn,frame-cnn', seeds = '0,1,2,3,4', ...settings] = process.argv.slice(2)
const folds = 5
const clips = readCsvClips(readFileSync(join(data, 'labels.csv'), 'utf8'), 'labels.csv')
const labels = [...new Set(clips.map(({ label }) => label))].sort()

/** The fold of each patient: shuffled, the largest first, each to the fold that lacks most of its class. */
function divide(seed) {
  const groups = [...new Set(clips.map(({ group }) => group))].sort()
  const of = (group) => clips.filter((clip) => clip.group === group)
  const order = new SeededRandom(seed).fork('folds').shuffled(groups)
  order.sort((a, b) => of(b).length - of(a).length)
  const held = labels.map(() => Array(folds).fill(0))
  const foldOf = new Map()
  for (const group of order) {
    const own = labels.map((label) => of(group).filter((clip) => clip.label === label).length)
    const load = Array.from({ length: folds }, (_, fold) =>
      own.reduce((sum, count, c) => sum + count * held[c][fold], 0),
    )
    const total = Array.from({ length: folds }, (_, fold) => held.reduce((sum, counts) => sum + counts[fold], 0))
    const best = load.reduce(
      (a, value, fold) => (value < load[a] || (value === load[a] && total[fold] < total[a]) ? fold : a),
      0,
    )
    foldOf.set(group, best)
    own.forEach((count, c) => (held[c][best] += count))
  }
  return foldOf
}

const quoted = (text) => `"${text.replaceAll('"', '""')}"`
for (const model of models.split(',')) {
  for (const seed of seeds.split(',').map(Number)) {
    const foldOf = divide(seed)
    const confusion = labels.map(() => labels.map(() => 0))
    const before = process.cpuUsage()
    for (let fold = 0; fold < folds; fold++) {
      const folder = mkdtempSync(join(tmpdir(), 'chronolens-study-'))
      const lines = clips.map(({ path, label, group }) => {
        const away = (foldOf.get(group) - fold + folds) % folds
        return [quoted(path), label, group, away === 0 ? 'test' : away === 1 ? 'validation' : 'train'].join()
      })
      const table = join(folder, 'clips.csv')
      writeFileSync(table, ['path,label,group,split', ...lines].join('\n'))
      const set = { ...Object.fromEntries(settings.map((one) => one.split('='))), labels: table, split: 'given' }
      const request = { task: 'action-recognition', data, out: join(folder, 'model'), model, seed, set, resume: false }
      const context = { signal: new AbortController().signal, report: () => undefined }
      const { metrics } = await actionTask.train(request, context)
      metrics.confusion.matrix.forEach((row, truth) =>
        row.forEach((count, answer) => (confusion[truth][answer] += count)),
      )
      rmSync(folder, { recursive: true, force: true })
    }
    const { user, system } = process.cpuUsage(before)
    const recall = confusion.map((row, c) => row[c] / row.reduce((sum, count) => sum + count, 0))
    const all = confusion.flat().reduce((sum, count) => sum + count, 0)
    const line = {
      model,
      seed,
      clips: all,
      balancedAccuracy: recall.reduce((sum, value) => sum + value, 0) / recall.length,
      accuracy: confusion.reduce((sum, row, c) => sum + row[c], 0) / all,
      confusion,
      cpuSeconds: (user + system) / 1e6,
    }
    console.log(JSON.stringify(line))
  }
}
