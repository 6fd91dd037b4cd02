#!/usr/bin/env node
import { CommanderError } from 'commander'
import { AppError } from '../../shared/base/app-error.ts'
import { createCore } from '../core/create-core.ts'
import { NodeComputeStarter } from '../core/node-compute-starter.ts'
import { exitCodeOf } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { createTerminal } from './terminal.ts'

// Known before parsing, because wrong usage too is told as JSON. What follows `--` is never an option.
const argv = process.argv.slice(2)
const optionsEnd = argv.indexOf('--')
const terminal = createTerminal((optionsEnd < 0 ? argv : argv.slice(0, optionsEnd)).includes('--json'))
const core = createCore({ computeStarter: new NodeComputeStarter() })

try {
  await createProgram({ core, terminal }).parseAsync()
} catch (thrown) {
  const isHelp = thrown instanceof CommanderError && thrown.exitCode === 0 // `--help` and `--version` are done.
  if (!isHelp) {
    const error = thrown instanceof CommanderError ? usageError(thrown) : thrown
    terminal.failure(error)
    // Not `process.exit`: what was written to a pipe may still be on its way.
    process.exitCode = exitCodeOf(error)
  }
} finally {
  await core.close()
}

function usageError(error: CommanderError): AppError {
  // Without a command, commander has shown the help and its message is a placeholder.
  if (error.code === 'commander.help') return new AppError('usage/no-command', 'Say which command to run; see above.')
  const sentence = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
  return new AppError(
    `usage/${error.code.replace('commander.', '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    `${sentence.charAt(0).toUpperCase()}${sentence.slice(1).replace(/\.$/, '')}. See "chronolens --help".`,
  )
}
