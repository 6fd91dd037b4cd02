import { type ChildProcess, fork, type Serializable } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { ArrayPipeParser, arrayPipeArgument, arrayPipeFd } from '../compute/reading/array-pipe.ts'
import type { FromReader, ToReader } from '../compute/reading/read-protocol.ts'
import { passedOnEnvironment } from './compute-environment.ts'
import type {
  ComputeChannel,
  ComputeExit,
  ComputeStarter,
  ComputeStartOptions,
  ProcessChannel,
  ReaderChannel,
} from './compute-starter.ts'

const keptLogCharacters = 64 * 1024

/** Scripts to run; the built ones by default. */
export interface ComputeEntries {
  readonly compute?: string
  readonly reader?: string
}

/** Runs compute and readers as child processes of Node, for the command line and the headless server. */
export class NodeComputeStarter implements ComputeStarter {
  private readonly entries: ComputeEntries

  constructor(entries: ComputeEntries = {}) {
    this.entries = entries
  }

  start(options: ComputeStartOptions): ComputeChannel {
    return new NodeProcessChannel(startNode(this.entries.compute ?? builtEntry('process-entry.js'), options))
  }

  startReader(options: ComputeStartOptions): ReaderChannel {
    return startReader(this.entries.reader ?? builtEntry('reading/reader-entry.js'), options)
  }
}

function startNode(entry: string, { heapLimitBytes }: ComputeStartOptions, hasPipe = false): ChildProcess {
  return fork(entry, hasPipe ? [arrayPipeArgument] : [], {
    serialization: 'advanced', // Typed arrays and NaN arrive as they were.
    execArgv: heapLimitBytes === undefined ? [] : [`--max-old-space-size=${Math.ceil(heapLimitBytes / 2 ** 20)}`],
    env: passedOnEnvironment(process.env),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', ...(hasPipe ? (['pipe'] as const) : [])],
    // Its own process group: Ctrl-C in the terminal is for the host, which then cancels.
    detached: process.platform !== 'win32',
  })
}

/** A reader process; its images come through a pipe where the system hands pipes down as they are. */
function startReader(entry: string, options: ComputeStartOptions): ReaderChannel {
  const child = startNode(entry, options, process.platform !== 'win32')
  const channel = new NodeProcessChannel<ToReader, FromReader>(child)
  const pipe = child.stdio[arrayPipeFd] as Readable | null | undefined
  if (!pipe) return channel
  return Object.assign(channel, {
    onMessage: (listener: (message: FromReader) => void): void => {
      const arrays = new ArrayPipeParser((id, buffer) => listener({ type: 'array', id, buffer }))
      // What is no array can only come from a process that has gone wrong.
      const push = (piece: Buffer): void => {
        try {
          arrays.push(piece)
        } catch {
          channel.kill()
        }
      }
      pipe.on('data', push).on('error', () => undefined)
      child.on('message', (message) => listener(message as FromReader))
    },
  })
}

class NodeProcessChannel<To, From> implements ProcessChannel<To, From> {
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

  send(message: To): void {
    // A process that has just died is reported by `onExit`, with the cause.
    if (this.child.connected) this.child.send(message as Serializable, () => undefined)
  }

  onMessage(listener: (message: From) => void): void {
    // The process runs our own code; its results are parsed where they are used.
    this.child.on('message', (message) => listener(message as From))
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

function builtEntry(name: string): string {
  // Under the test runner this module is read from source, but Node 20 cannot start a process from TypeScript.
  const here = import.meta.url
  const built = here.endsWith('.ts') ? here.replace('/electron/core/', '/dist/electron/core/') : here
  return fileURLToPath(new URL(`../compute/${name}`, built))
}
