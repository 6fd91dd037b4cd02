import { type Command, Option } from 'commander'
import { type EvaluateRequest, evaluateRequestSchema } from '../../../shared/domain/run.ts'
import { describeRun } from '../describe-run.ts'
import { followJob } from '../follow-job.ts'
import { collectSetting } from '../parse-options.ts'
import type { CommandContext } from '../program.ts'

const splits = evaluateRequestSchema.shape.split.unwrap().options

const examples = `
Examples:
  chronolens evaluate --model crops-model --data resources/samples/crops
  chronolens evaluate --model crops-model --data other-fields --split all --json`

/** `chronolens evaluate`: a model's metrics on a dataset. */
export function addEvaluateCommand(program: Command, { core, terminal }: CommandContext): void {
  program
    .command('evaluate')
    .summary('measure a model on a data folder')
    .description('Measures a trained model on a part of a data folder, beside the baseline.')
    .requiredOption('--model <dir>', 'model folder that "train" wrote')
    .requiredOption('--data <dir>', 'folder with the image sequence and its labels')
    .addOption(
      new Option('--split <name>', 'part to measure on; "all" is for data the model has never seen')
        .choices(splits)
        .default('test'),
    )
    .option('--device <id>', 'where to compute, see "chronolens devices"; the first available when absent')
    .option('--set <key=value>', 'an option of the task; may be repeated', collectSetting, {})
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(async ({ model, data, split, device, set }: EvaluateRequest) => {
      const report = await followJob(core.training.evaluate({ model, data, split, device, set }), terminal)
      terminal.result(report, describeRun(report))
    })
}
