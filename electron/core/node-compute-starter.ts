import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FromCompute, ToCompute } from '../compute/protocol.ts'
import { passedOnEnvironment } from './compute-environment.ts'
import type { ComputeChannel, ComputeExit, ComputeStarter, ComputeStartOptions } from './compute-starter.ts'

const keptLogCharacters = 64 * 1024

/** Runs compute as child processes of Node, for the command line and the headless server. */
export class NodeComputeStarter implements ComputeStarter {
  private readonly entry: string

  /** @param entry script to run; the built compute entry by default */
  constructor(entry: string = builtEntry()) {
    this.entry = entry
  }

  start(options: ComputeStartOptions): ComputeChannel {
    const { heapLimitBytes } = options
    const child = fork(this.entry, [], {
      serialization: 'advanced', // Typed arrays and NaN arrive as they were.
      execArgv: heapLimitBytes === undefined ? [] : [`--max-old-space-size=${Math.ceil(heapLimitBytes / 2 ** 20)}`],
      env: passedOnEnvironment(process.env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Its own process group: Ctrl-C in the terminal is for the host, which then cancels.
      detached: process.platform !== 'win32',
    })
    return new NodeComputeChannel(child)
  }
}

class NodeComputeChannel implements ComputeChannel {
  private readonly child: ChildProcess
  private logText = ''

  constructor(child: ChildProcess) {
    this.child = child
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.logText = (this.logText + text).slice(-keptLogCharacters)
      })
  }

  get pid(): number | undefined {
    return this.child.pid
  }
  get log(): string {
    return this.logText
  }

  send(message: ToCompute): void {
    // A process that has just died is reported by `onExit`, with the cause.
    if (this.child.connected) this.child.send(message, () => undefined)
  }

  onMessage(listener: (message: FromCompute) => void): void {
    // The process runs our own code; its results are parsed where they are used.
    this.child.on('message', (message) => listener(message as FromCompute))
  }

  onExit(listener: (exit: ComputeExit) => void): void {
    let hasEnded = false
    const end = (exit: ComputeExit): void => {
      if (hasEnded) return
      hasEnded = true
      listener(exit)
    }
    this.child.on('error', (startError) => {
      if (this.child.pid === undefined) end({ code: null, signal: null, startError })
    })
    // `close` comes after `exit`, when the channel and the log are complete.
    this.child.on('close', (code, signal) => end({ code, signal }))
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }
}

function builtEntry(): string {
  // Under the test runner this module is read from source, but Node 20 cannot start a process from TypeScript.
  const here = import.meta.url
  const built = here.endsWith('.ts') ? here.replace('/electron/core/', '/dist/electron/core/') : here
  return fileURLToPath(new URL('../compute/process-entry.js', built))
}
