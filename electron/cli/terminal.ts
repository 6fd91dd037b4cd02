import { isAbortError } from '../../shared/base/abort.ts'
import { type AppErrorWire, toAppError } from '../../shared/base/app-error.ts'
import { printable } from './printable.ts'

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Terminal {
  readonly isJson: boolean
  /** The command's result: with `--json` the one document on stdout, else its readable form. */
  result(json: unknown, text: string): void
  /** The command's failure: a sentence on stderr, and with `--json` the one document on stdout. */
  failure(error: unknown): void
  /** A line on stderr. */
  note(line: string): void
}

/** A terminal over the process's own streams. A reader that goes away (`| head`) does not end the command. */
export function createTerminal(isJson: boolean): Terminal {
  process.stdout.on('error', ignoreClosedPipe)
  process.stderr.on('error', ignoreClosedPipe)
  const note = (line: string): void => void process.stderr.write(`${printable(line)}\n`)
  return {
    isJson,
    note,
    result: (json, text) =>
      void process.stdout.write(isJson ? `${JSON.stringify(json, null, 2)}\n` : `${printable(text)}\n`),
    failure: (error) => {
      const wire = failureOf(error)
      if (isJson) process.stdout.write(`${JSON.stringify({ error: wire }, null, 2)}\n`)
      note(isAbortError(error) ? wire.message : `Error: ${wire.message} [${wire.code}]`)
    },
  }
}

function failureOf(error: unknown): AppErrorWire {
  if (!isAbortError(error)) return toAppError(error).toWire()
  return { code: 'job/cancelled', message: error instanceof Error ? error.message : 'Cancelled.', details: {} }
}

function ignoreClosedPipe(error: Error): void {
  if (!('code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED'))) throw error
}
