import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { Core } from '../core/create-core.ts'
import { addDeidentifyCommand } from './commands/deidentify.ts'
import { addDevicesCommand } from './commands/devices.ts'
import { addEvaluateCommand } from './commands/evaluate.ts'
import { addExportCommand } from './commands/export.ts'
import { addInspectCommand } from './commands/inspect.ts'
import { addPredictCommand } from './commands/predict.ts'
import { addServeCommand } from './commands/serve.ts'
import { addTrackCommand } from './commands/track.ts'
import { addTrainCommand } from './commands/train.ts'
import type { Terminal } from './terminal.ts'

/** What every command gets. */
export interface CommandContext {
  readonly core: Core
  readonly terminal: Terminal
}

const tour = `
Examples:
  chronolens inspect resources/samples/crops
  chronolens train land-use --data resources/samples/crops --out crops-model
  chronolens evaluate --model crops-model --data resources/samples/crops
  chronolens predict --model crops-model --input resources/samples/crops --out crops-map

Exit codes: 0 done, 2 wrong usage, 3 input cannot be read or understood, 4 the device asked for is not available,
5 cancelled, 1 anything else. With --json, stdout holds exactly one JSON document; progress and notes go to stderr.`

/** The command line, ready to parse arguments. Wrong usage is thrown as commander's own error, and nothing exits. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('chronolens')
    .description('Trains recurrent networks on image sequences, on your own machine.')
    .version(packageVersion())
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', tour)
    .configureOutput({ outputError: () => undefined }) // The failure is written once, by the caller.
    .showSuggestionAfterError()
    .exitOverride()
  addDevicesCommand(program, context)
  addInspectCommand(program, context)
  addTrainCommand(program, context)
  addEvaluateCommand(program, context)
  addPredictCommand(program, context)
  addExportCommand(program, context)
  addTrackCommand(program, context)
  addDeidentifyCommand(program, context)
  addServeCommand(program, context)
  return program
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
