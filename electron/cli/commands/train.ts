import { Argument, type Command } from 'commander'
import { taskIdSchema, type TaskId } from '../../../shared/domain/run.ts'
import { followJob } from '../follow-job.ts'
import { describeRun } from '../describe-run.ts'
import { collectSetting, wholeNumber } from '../parse-options.ts'
import type { CommandContext } from '../program.ts'

interface TrainFlags {
  readonly data: string
  readonly out: string
  readonly model?: string
  readonly epochs?: number
  readonly batch?: number
  readonly seed: number
  readonly device?: string
  readonly backbone?: string
  readonly set: Record<string, string>
  readonly resume?: true
}

const examples = `
Examples:
  chronolens train land-use --data resources/samples/crops --out crops-model
  chronolens train land-use --data fields --out model --model gru --epochs 40 --set units=32 --seed 7
  chronolens train lesion-segmentation --data studies-with-masks --out lesion-model
  chronolens train action-recognition --data clips --out action-model --backbone resnet.onnx
  chronolens train land-use --data fields --out model --resume        (after Ctrl-C, a crash or a power cut)

The same seed, data and options give the same model, bit for bit, on the CPU. Ctrl-C leaves a checkpoint.`

/** `chronolens train`: trains a model and writes its folder. */
export function addTrainCommand(program: Command, { core, terminal }: CommandContext): void {
  program
    .command('train')
    .summary('train a model and write it to a folder')
    .description('Trains a model on a data folder, measures it on samples kept apart, and writes it to a model folder.')
    .addArgument(new Argument('<task>', 'what to learn').choices(taskIdSchema.options))
    .requiredOption('--data <dir>', 'folder with the image sequence and its labels')
    .requiredOption('--out <dir>', 'model folder to write; new or empty')
    .option('--model <name>', "model of the task's list; the task's own choice when absent")
    .option('--epochs <n>', 'passes over the training samples', wholeNumber(1))
    .option('--batch <n>', 'samples in one step', wholeNumber(1))
    .option('--seed <n>', 'fixes everything random', wholeNumber(0), 0)
    .option('--device <id>', 'where to compute, see "chronolens devices"; the first available when absent')
    .option('--backbone <file>', 'ONNX network that makes features of frames (action-recognition); stays as it is')
    .option('--set <key=value>', 'an option of the task or the model; may be repeated', collectSetting, {})
    .option('--resume', 'continue the run that was stopped in the model folder')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(async (task: TaskId, flags: TrainFlags) => {
      const { data, out, model, epochs, batch, seed, device, backbone, resume = false } = flags
      const set = { ...flags.set, ...(backbone === undefined ? {} : { backbone }) }
      const job = core.training.train({ task, data, out, model, epochs, batch, seed, device, set, resume })
      const report = await followJob(job, terminal, {
        onCancelled: 'The same command with --resume continues the run from its checkpoint.',
      })
      terminal.result(report, `${describeRun(report)}\nmodel folder  ${out}`)
    })
}
