import type { Command } from 'commander'
import type { PredictRequest } from '../../../shared/domain/run.ts'
import { followJob } from '../follow-job.ts'
import { formatTable } from '../format-table.ts'
import { collectSetting } from '../parse-options.ts'
import { formatSeconds } from '../progress-display.ts'
import type { CommandContext } from '../program.ts'

const examples = `
Examples:
  chronolens predict --model crops-model --input resources/samples/crops --out crops-map
  chronolens predict --model lesion-model --input study-2 --out lesions --set earlier=study-1`

/** `chronolens predict`: a model's predictions on new data. */
export function addPredictCommand(program: Command, { core, terminal }: CommandContext): void {
  program
    .command('predict')
    .summary('apply a model to an image sequence')
    .description('Applies a trained model to an image sequence and writes maps and tables to a folder.')
    .requiredOption('--model <dir>', 'model folder that "train" wrote')
    .requiredOption('--input <path>', 'image sequence to apply it to; checked against what the model needs')
    .requiredOption('--out <dir>', 'folder for maps and tables')
    .option('--device <id>', 'where to compute, see "chronolens devices"; the first available when absent')
    .option('--set <key=value>', 'an option of the task; may be repeated', collectSetting, {})
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(async ({ model, input, out, device, set }: PredictRequest) => {
      const report = await followJob(core.inference.predict({ model, input, out, device, set }), terminal)
      const head = `${report.model} on ${report.device}, ${formatSeconds(report.seconds)}; written:`
      const files = formatTable(report.files.map(({ role, path }) => [`  ${role}`, path]))
      terminal.result(report, [head, files, ...report.warnings.map((text) => `warning: ${text}`)].join('\n'))
    })
}
