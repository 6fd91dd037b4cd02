import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = join(root, 'dist', 'electron', 'cli', 'main.js')

/** The bundled sample: 48 × 48 pixels, 69 dates, 246 labelled points. */
export const sample = join(root, 'resources', 'samples', 'crops')

/** A training that takes seconds: a small model, and few epochs of it. */
export const quickTraining = ['--model', 'gru', '--set', 'units=12', '--batch', '32', '--device', 'cpu']

/** How a command ended and what it wrote. */
export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that is running. */
export interface RunningCli {
  readonly child: ChildProcess
  readonly ended: Promise<CliResult>
  /** Resolves once stderr holds a text; rejects when the command ends without it. */
  sees(pattern: RegExp): Promise<void>
}

/** Starts the built command line as a process of its own. */
export function startCli(args: readonly string[], options: { readonly cwd?: string } = {}): RunningCli {
  const child = spawn(process.execPath, [main, ...args], { cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code, signal]: unknown[]): CliResult => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
  }))
  return {
    child,
    ended,
    sees: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(stderr)) resolve()
        }
        child.stderr.on('data', look)
        child.on('close', () => reject(new Error(`The command ended without writing ${String(pattern)}:\n${stderr}`)))
        look()
      }),
  }
}

/** Runs a command to its end. */
export function runCli(...args: string[]): Promise<CliResult> {
  return startCli(args).ended
}

/** Runs a command with `--json`; its stdout must be one JSON document and nothing else. */
export async function runJson(...args: string[]): Promise<CliResult & { readonly json: Record<string, unknown> }> {
  const result = await runCli(...args, '--json')
  return { ...result, json: JSON.parse(result.stdout) as Record<string, unknown> }
}

/** SHA-256 of the files that make up a trained model; equal models are equal bit for bit. */
export async function modelHashes(folder: string): Promise<Record<string, string>> {
  const names = ['model.onnx', 'weights']
  const hashes = await Promise.all(
    names.map(async (name) =>
      createHash('sha256')
        .update(await readFile(join(folder, name)))
        .digest('hex'),
    ),
  )
  return Object.fromEntries(names.map((name, i) => [name, hashes[i] ?? '']))
}
