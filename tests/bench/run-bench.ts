import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { caseNames, type CaseName } from './bench-case.ts'
import { compareCase, type CaseResult, type CompareOptions } from './compare-case.ts'
import { findTorch } from './find-torch.ts'
import { caseLine, loadWarning, scalingLine, toMarkdown, type BenchReport } from './report.ts'
import { scaleCase, type ScalingPoint } from './scale-case.ts'

const HELP = `npm run bench -- [options]
  --cases lstm,gru     which of lstm, gru, convlstm, crnn, predict-lstm (all)
  --pairs 10           turns of each side (predictions: at most 3)
  --turn-ms 400        length of a turn; short steps are repeated
  --device cpu         device of our side
  --threads 2          threads of our side (PyTorch's side always has two)
  --scaling            also 2, 4 and 8 times the batch, length and width; our side only
  --scaling-peer       the same, and PyTorch beside it
  --no-peer            our side alone
  --variant JSON       other settings of PyTorch's side, for example '{"compile":true}'
  --out FILE           everything as JSON
  --markdown FILE      the tables of docs/performance.md
PyTorch is looked for in $CHRONOLENS_PYTHON, python3 and python.`

const { values } = parseArgs({
  options: {
    cases: { type: 'string' },
    pairs: { type: 'string', default: '10' },
    'turn-ms': { type: 'string', default: '400' },
    device: { type: 'string', default: 'cpu' },
    threads: { type: 'string', default: '2' },
    scaling: { type: 'boolean', default: false },
    'scaling-peer': { type: 'boolean', default: false },
    'no-peer': { type: 'boolean', default: false },
    variant: { type: 'string' },
    out: { type: 'string' },
    markdown: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

function chosenCases(list: string | undefined): CaseName[] {
  const all = caseNames.filter((name) => name !== 'matmul')
  if (list === undefined) return all
  return list.split(',').map((text) => {
    const found = all.find((name) => name === text.trim())
    if (!found) throw new Error(`--cases: expected some of ${all.join(', ')}, got ${text}.`)
    return found
  })
}

function versionOf(name: string): string {
  const file = createRequire(import.meta.url).resolve(`${name}/package.json`)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

async function main(): Promise<void> {
  const cases = chosenCases(values.cases)
  const torch = values['no-peer'] ? undefined : await findTorch()
  if (!torch && !values['no-peer'])
    console.log('PyTorch was not found (CHRONOLENS_PYTHON, python3, python): ours alone.')
  const options: CompareOptions = {
    device: values.device,
    threads: Number(values.threads),
    pairs: Number(values.pairs),
    turnMs: Number(values['turn-ms']),
    torch,
    ...(values.variant === undefined ? {} : { variant: JSON.parse(values.variant) as Record<string, unknown> }),
  }
  const results: CaseResult[] = []
  const scaling: ScalingPoint[] = []
  const loadBefore = loadavg()[0] ?? 0
  const report = (): BenchReport => ({
    machine: {
      date: new Date().toISOString().slice(0, 10),
      processor: cpus()[0]?.model.trim() ?? 'unknown processor',
      cores: availableParallelism(),
      node: process.versions.node,
      onnxruntime: versionOf('onnxruntime-node'),
      torch: torch?.version,
      device: options.device,
      threads: options.threads,
      loadBefore,
    },
    cases: results,
    scaling,
  })
  // Written after each case, so that an interrupted run keeps what it has.
  const save = (): void => {
    if (values.out) writeFileSync(values.out, `${JSON.stringify(report(), null, 1)}\n`)
    if (values.markdown) writeFileSync(values.markdown, `${toMarkdown(report())}\n`)
  }
  const warning = loadWarning(report().machine)
  if (warning !== undefined) console.log(warning)
  for (const name of cases) {
    const result = await compareCase(name, options)
    results.push(result)
    console.log(caseLine(result))
    save()
  }
  if (values.scaling || values['scaling-peer']) {
    for (const name of cases.filter((one) => one !== 'predict-lstm')) {
      const peer = values['scaling-peer'] ? torch : undefined
      await scaleCase(name, { ...options, torch: peer }, (point) => {
        scaling.push(point)
        console.log(scalingLine(point))
        save()
      })
    }
  }
  console.log(`\n${toMarkdown(report())}`)
}

if (values.help) console.log(HELP)
else await main()
