import { basename } from 'node:path'
import type { Command } from 'commander'
import { fork } from 'radash'
import { AppError } from '../../../shared/base/app-error.ts'
import type { Patient, Study } from '../../../shared/domain/medical/study.ts'
import type { Inspection, Problem, SequenceInfo } from '../../../shared/domain/sequence.ts'
import { exitCodeOf } from '../exit-codes.ts'
import { followJob } from '../follow-job.ts'
import type { CommandContext } from '../program.ts'

/** `chronolens inspect`: which sequences lie under the given files and folders. */
export function addInspectCommand(program: Command, { core, terminal }: CommandContext): void {
  program
    .command('inspect')
    .summary('say which image sequences files and folders hold')
    .description(
      'Says which image sequences the given files and folders hold: size, bands, dates, projection, and why the frames ' +
        'are in this order. What cannot be read is listed as a problem; it ends with 3 when nothing could be read.',
    )
    .argument('<path...>', 'files and folders')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  chronolens inspect resources/samples/crops --json')
    .action(async (paths: string[]) => {
      const inspection = published(await followJob(core.sequences.inspect({ paths }), terminal))
      if (inspection.sequences.length > 0) return terminal.result(inspection, describeInspection(inspection))
      const error = nothingFound(inspection)
      if (!terminal.isJson) {
        if (inspection.problems.length > 1) terminal.note(describeInspection(inspection))
        throw error
      }
      // One document that holds both what was found wrong and that the command failed.
      terminal.result({ ...inspection, error: error.toWire() }, '')
      process.exitCode = exitCodeOf(error)
    })
}

/** As `inspect --json` is described: a problem is its path, code and sentence. */
function published(inspection: Inspection): Inspection {
  return { ...inspection, problems: inspection.problems.map(({ path, code, message }) => ({ path, code, message })) }
}

/** A single problem is the reason; of several, the list says more than any one. */
function nothingFound({ problems }: Inspection): AppError {
  const [only] = problems
  if (only && problems.length === 1) return new AppError(only.code, only.message, { path: only.path })
  return new AppError('sequence/none', `None of ${problems.length} files could be read as an image sequence.`, {
    problems: problems.length,
  })
}

function describeInspection({ sequences, problems, patients }: Inspection): string {
  const parts = [...sequences.map(describeSequence), ...patients.map(describePatient)]
  // Tables, labels and notes lie beside most images; they are named, and are nobody's problem.
  const [others, faults] = fork(problems, ({ code }) => code === 'formats/not-a-sequence')
  if (others.length > 0) parts.push(`Not images: ${others.map(({ path }) => basename(path)).join(', ')}`)
  if (faults.length > 0) parts.push(['Problems:', ...faults.map(describeProblem)].join('\n'))
  return parts.join('\n\n')
}

/** Patients have numbers: a terminal's history is no place for who they are. */
function describePatient({ studies, warnings }: Patient, index: number): string {
  const lines = [
    `Patient ${index + 1}: ${studies.length} ${studies.length === 1 ? 'study' : 'studies'}`,
    ...studies.flatMap(describeStudy),
  ]
  return [...lines, ...warnings.map((warning) => `  warning     ${warning}`)].join('\n')
}

function describeStudy({ date, description, sequences, objects }: Study): string[] {
  const head = `  ${[date ?? 'undated', description].filter((part) => part !== '').join(' ')}`
  const lines = sequences.map((id) => `    ${id}`)
  const over = objects.map(
    ({ kind, name, sequences: ids }) => `    ${kind} "${name}" over ${ids.join(', ') || 'none of them'}`,
  )
  return [head, ...lines, ...over]
}

function describeProblem({ path, message }: Problem): string {
  return message.includes(path) ? `  ${message}` : `  ${path}: ${message}`
}

function describeSequence(info: SequenceInfo): string {
  const span = info.times?.length ? `, ${info.times[0]} to ${info.times.at(-1)}` : ''
  const lines = [
    `${info.name}  (${info.kind}, id ${info.id})`,
    `  frames      ${info.frames}${span}`,
    `  size        ${info.width} x ${info.height} pixels, ${info.dtype}`,
    `  bands       ${info.bands.join(', ')}`,
    `  projection  ${info.crs ?? 'none'}`,
    `  order       ${info.orderedBy}`,
    ...info.warnings.map((warning) => `  warning     ${warning}`),
  ]
  return lines.join('\n')
}
