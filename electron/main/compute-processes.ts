import { MessageChannelMain, type MessagePortMain, utilityProcess, type UtilityProcess } from 'electron'
import { fileURLToPath } from 'node:url'
import { passedOnEnvironment } from '../core/compute-environment.ts'
import type { ComputeEntry } from '../core/compute-starter.ts'
import type { ToCore } from './core-protocol.ts'

/** The compute and reader processes of one core: main starts and ends them, core and they talk over a port of their own. */
export interface ComputeProcesses {
  start(computeId: number, entry: ComputeEntry, heapLimitBytes: number | undefined): void
  kill(computeId: number): void
  /** The core is gone: tells every process, which then saves what it can and ends. */
  abandon(): void
}

const keptLogCharacters = 64 * 1024

/** @param send tells the core; ports travel along */
export function createComputeProcesses(send: (message: ToCore, ports?: MessagePortMain[]) => void): ComputeProcesses {
  const children = new Map<number, UtilityProcess>()
  let isAbandoned = false
  return {
    start: (computeId, entry, heapLimitBytes) => {
      const script = fileURLToPath(new URL('./utility/compute-entry.js', import.meta.url))
      const child = utilityProcess.fork(script, [], {
        serviceName: `Chronolens ${entry}`,
        env: passedOnEnvironment(process.env),
        execArgv: heapLimitBytes === undefined ? [] : [`--max-old-space-size=${Math.ceil(heapLimitBytes / 2 ** 20)}`],
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      children.set(computeId, child)
      let log = ''
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk: Buffer) => {
          log = (log + chunk.toString()).slice(-keptLogCharacters)
        })
      child.once('spawn', () => {
        const channel = new MessageChannelMain()
        child.postMessage({ type: 'host', entry }, [channel.port1])
        send({ type: 'compute-started', computeId, pid: child.pid }, [channel.port2])
      })
      child.once('exit', (code) => {
        children.delete(computeId)
        if (!isAbandoned) send({ type: 'compute-ended', computeId, code, log })
      })
    },
    kill: (computeId) => {
      const pid = children.get(computeId)?.pid
      // `UtilityProcess.kill` asks; this ends the process also when it is busy in native code.
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
    },
    abandon: () => {
      isAbandoned = true
      for (const child of children.values()) child.postMessage({ type: 'host-gone' })
    },
  }
}
