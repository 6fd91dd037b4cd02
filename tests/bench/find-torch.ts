import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A Python that can import PyTorch. */
export interface TorchPython {
  readonly command: string
  readonly version: string
}

/** The first of CHRONOLENS_PYTHON, python3 and python that has PyTorch; undefined when none has. */
export async function findTorch(): Promise<TorchPython | undefined> {
  const named = process.env['CHRONOLENS_PYTHON']
  for (const command of [...(named ? [named] : []), 'python3', 'python']) {
    try {
      const { stdout } = await run(command, ['-c', 'import torch; print(torch.__version__)'])
      return { command, version: stdout.trim() }
    } catch {
      // No such program, or no torch in it: the next one may do.
    }
  }
  return undefined
}
