import { MessageChannelMain, type MessagePortMain, utilityProcess, type UtilityProcess } from 'electron'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../shared/base/app-error.ts'
import type { Grant } from '../../shared/contracts/files.ts'
import { passedOnEnvironment } from '../core/compute-environment.ts'
import { createComputeProcesses } from './compute-processes.ts'
import { type CoreStart, type FromCore, fromCoreSchema, type PickPurpose, type ToCore } from './core-protocol.ts'
import { restartDelayMs } from '../core/restart-delay.ts'

/** What the core needs of main. */
export interface CoreProcessOptions {
  readonly start: CoreStart
  /** Asks the user with the system's dialog; empty when it was closed. */
  readonly pick: (purpose: PickPurpose) => Promise<readonly string[]>
  /** Called when the core goes down by itself; it is started again all the same. */
  readonly onDidCrash: (exitCode: number, log: string) => void
  /** Called when the last running job has ended. */
  readonly onDidBecomeIdle: () => void
}

/** The core in its utility process, kept running until `close`. */
export interface CoreProcess {
  /** Gives the core a pair of ports of the page: oRPC, then data. They wait when the core is just starting. */
  connect(page: number): { readonly rpc: MessagePortMain; readonly data: MessagePortMain }
  /** @throws (rejects) the core's own codes; `host/core-ended` when it went down meanwhile */
  grant(page: number, paths: readonly string[]): Promise<readonly Grant[]>
  /** Hands over paths the user named outside the page. */
  give(paths: readonly string[]): void
  /** Jobs that run now. */
  readonly runningJobs: number
  readonly pid: number | undefined
  /** Lets jobs save what they can, then ends the core; by force after ten seconds. */
  close(): Promise<void>
}

const closeTimeoutMs = 10_000
const keptLogCharacters = 16 * 1024

interface Waiting {
  resolve(grants: readonly Grant[]): void
  reject(error: AppError): void
}

/** Starts the core. It gets a minimal environment, and is started again with growing delays when it goes down. */
export function startCoreProcess(options: CoreProcessOptions): CoreProcess {
  const waiting = new Map<number, Waiting>()
  let child: UtilityProcess
  let compute: ReturnType<typeof createComputeProcesses>
  let queue: { message: ToCore; ports: MessagePortMain[] }[] | null = []
  let requests = 0
  let runningJobs = 0
  let crashes: number[] = []
  let log = ''
  let onClosed: (() => void) | null = null

  const send = (message: ToCore, ports: MessagePortMain[] = []): void => {
    if (queue) queue.push({ message, ports })
    else child.postMessage(message, ports)
  }
  const receive = (raw: unknown): void => {
    const message: FromCore = fromCoreSchema.parse(raw)
    switch (message.type) {
      case 'ready': {
        const waitingMessages = queue ?? []
        queue = null
        return waitingMessages.forEach((entry) => send(entry.message, entry.ports))
      }
      case 'granted':
        return settle(message.requestId, (request) => request.resolve(message.grants))
      case 'refused':
        return settle(message.requestId, (request) => request.reject(AppError.fromWire(message.error)))
      case 'pick': {
        const { requestId } = message
        const answer = (paths: readonly string[]): void => send({ type: 'picked', requestId, paths: [...paths] })
        return void options.pick(message.purpose).then(answer, () => answer([]))
      }
      case 'start-compute':
        return compute.start(message.computeId, message.entry, message.heapLimitBytes)
      case 'kill-compute':
        return compute.kill(message.computeId)
      case 'busy':
        runningJobs = message.jobs
        return void (runningJobs === 0 && options.onDidBecomeIdle())
    }
  }
  const settle = (requestId: number, how: (request: Waiting) => void): void => {
    const request = waiting.get(requestId)
    waiting.delete(requestId)
    if (request) how(request)
  }
  const start = (): void => {
    log = ''
    child = utilityProcess.fork(fileURLToPath(new URL('./utility/core-entry.js', import.meta.url)), [], {
      serviceName: 'Chronolens core',
      env: passedOnEnvironment(process.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    compute = createComputeProcesses(send)
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-keptLogCharacters)
      })
    child.on('message', receive)
    child.once('exit', onExit)
    child.postMessage(options.start)
  }
  const onExit = (exitCode: number): void => {
    queue = []
    runningJobs = 0
    // Compute processes lose their host; each leaves its checkpoint and ends.
    compute.abandon()
    for (const requestId of [...waiting.keys()]) settle(requestId, (request) => request.reject(coreEnded()))
    if (onClosed) return onClosed()
    options.onDidCrash(exitCode, log)
    crashes = [...crashes, Date.now()]
    setTimeout(start, restartDelayMs(crashes, Date.now()))
  }
  start()

  return {
    connect: (page) => {
      const [rpc, data] = [new MessageChannelMain(), new MessageChannelMain()]
      send({ type: 'connect', page }, [rpc.port1, data.port1])
      return { rpc: rpc.port2, data: data.port2 }
    },
    grant: (page, paths) =>
      new Promise((resolve, reject) => {
        const requestId = requests++
        waiting.set(requestId, { resolve, reject })
        send({ type: 'grant', page, requestId, paths: [...paths] })
      }),
    give: (paths) => send({ type: 'given', paths: [...paths] }),
    get runningJobs() {
      return runningJobs
    },
    get pid() {
      return child.pid
    },
    close: () =>
      new Promise((resolve) => {
        onClosed = resolve
        if (child.pid === undefined) return resolve()
        send({ type: 'close' })
        setTimeout(() => {
          child.kill()
          resolve()
        }, closeTimeoutMs)
      }),
  }
}

function coreEnded(): AppError {
  return new AppError(
    'host/core-ended',
    'The core of the program ended unexpectedly and is started again; try once more.',
  )
}
