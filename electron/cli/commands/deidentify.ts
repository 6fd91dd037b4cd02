import { type Command, Option } from 'commander'
import type { DatePolicyChoice, DeidentifyReport } from '../../../shared/domain/medical/deidentify-request.ts'
import { followJob } from '../follow-job.ts'
import type { CommandContext } from '../program.ts'

const examples = `
Example:
  chronolens deidentify resources/samples/phantom --out copies

After the Basic Application Level Confidentiality Profile: names, ids, dates (moved or removed), institutions, device numbers,
private and free-text elements go; UIDs are replaced alike in all files; pixels stay as they are. Reports and other documents
are left out, and so are pictures that say that text is burned into them. No program can tell for sure whether
pixels show a name: look at ultrasound and screenshots before you pass them on.`

/** `chronolens deidentify`: copies of DICOM files without names. */
export function addDeidentifyCommand(program: Command, { core, terminal }: CommandContext): void {
  program
    .command('deidentify')
    .summary('copy DICOM files without names')
    .description('Copies DICOM images, segmentations and structure sets without what tells whose they are.')
    .argument('<path...>', 'files and folders')
    .requiredOption('--out <dir>', 'folder for the copies')
    .addOption(
      new Option('--dates <policy>', 'dates of one patient are all moved by the same number of days, or removed')
        .choices(['shift', 'remove'])
        .default('shift'),
    )
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(async (paths: string[], { out, dates }: { out: string; dates: DatePolicyChoice }) => {
      const report = await followJob(core.exports.deidentify({ paths, out, dates }), terminal)
      terminal.result(report, describeCopies(report))
    })
}

function describeCopies({ written, patients, problems, perhapsBurnedIn }: DeidentifyReport): string {
  const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`
  return [
    `${count(written, 'file', 'files')} of ${count(patients, 'patient', 'patients')} copied.`,
    ...(perhapsBurnedIn > 0
      ? [
          `${count(perhapsBurnedIn, 'file', 'files')} may show text in the picture itself; look before you pass them on.`,
        ]
      : []),
    ...problems.map(({ message }) => `left out: ${message}`),
  ].join('\n')
}
