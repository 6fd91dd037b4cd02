// Cross-validates the land-use models on a labelled satellite time series, several seeds each, and prints one JSON line
// per run: node tests/bench/land-use-study.mjs DATA_FOLDER [models] [seeds] (after npm run build).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { landUseTask } from '../../dist/electron/analyses/land-use/land-use-task.js'

const [data, models = 'lstm,gru,bi-lstm,attention-lstm,simple-rnn,temp-cnn', seeds = '0,1,2,3,4'] =
  process.argv.slice(2)

for (const model of models.split(',')) {
  for (const seed of seeds.split(',').map(Number)) {
    const folder = mkdtempSync(join(tmpdir(), 'chronolens-study-'))
    const request = {
      task: 'land-use',
      data,
      out: join(folder, 'model'),
      model,
      seed,
      set: { folds: '5' },
      resume: false,
    }
    const cpuBefore = process.cpuUsage()
    const report = await landUseTask.train(request, { signal: new AbortController().signal, report: () => undefined })
    const cpu = process.cpuUsage(cpuBefore)
    const { pooled, overallAccuracyPerFold } = report.extra.crossValidation
    const line = {
      model,
      seed,
      overallAccuracy: pooled.overallAccuracy,
      macroF1: pooled.macroF1,
      kappa: pooled.kappa,
      perFold: overallAccuracyPerFold,
      heldOutTestAccuracy: report.metrics.overallAccuracy,
      parameters: report.parameters,
      epochs: report.epochs,
      cpuSecondsPerTraining: (cpu.user + cpu.system) / 1e6 / 6,
    }
    console.log(JSON.stringify(line))
    rmSync(folder, { recursive: true, force: true })
  }
}
