import type { Command } from 'commander'
import type { ExportRequest } from '../../../shared/domain/run.ts'
import { followJob } from '../follow-job.ts'
import type { CommandContext } from '../program.ts'

/** `chronolens export`: a model as one file for other programs. */
export function addExportCommand(program: Command, { core, terminal }: CommandContext): void {
  program
    .command('export')
    .summary('write a model as one .onnx file')
    .description('Writes a trained model as one ONNX file of standard operators, for other runtimes.')
    .requiredOption('--model <dir>', 'model folder that "train" wrote')
    .requiredOption('--out <file.onnx>', 'file to write; replaced when it is there already')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  chronolens export --model crops-model --out crops.onnx')
    .action(async ({ model, out }: ExportRequest) => {
      const report = await followJob(core.exports.exportModel({ model, out }), terminal)
      const { backbone } = report
      const before = backbone ? `; its features come from ${backbone.out} (${backbone.bytes} bytes)` : ''
      terminal.result(
        report,
        `${report.model} for ${report.task}: ${report.bytes} bytes written to ${report.out}${before}`,
      )
    })
}
