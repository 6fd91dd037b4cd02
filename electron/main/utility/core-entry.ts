import { AppError, toAppError } from '../../../shared/base/app-error.ts'
import { type PickPurpose, type Session, type SessionHost } from '../../core/app/session.ts'
import { Workbench } from '../../core/app/workbench.ts'
import { createCore } from '../../core/create-core.ts'
import { electronPortChannel } from '../../core/port-channel.ts'
import { serveData, serveRpc } from '../../core/serve-channel.ts'
import { type CoreStart, type FromCore, type ToCore, toCoreSchema } from '../core-protocol.ts'
import { UtilityComputeStarter } from './utility-compute-starter.ts'

// Entry of the core's process under Electron: builds the core, and gives every window a session of its own.

const { parentPort } = process
const tellMain = (message: FromCore): void => parentPort.postMessage(message)
const computeStarter = new UtilityComputeStarter(tellMain)
const core = createCore({ computeStarter })

const sessions = new Map<number, Session>()
/** Paths that were given before there was a window to give them to. */
const unclaimed: string[] = []
const picks = new Map<number, (paths: readonly string[]) => void>()
let pickCount = 0
let workbench: Workbench | undefined

function begin(start: CoreStart): void {
  workbench = new Workbench(core, start)
  reportBusy()
  tellMain({ type: 'ready' })
}

function connect(page: number, rpc: Electron.MessagePortMain, data: Electron.MessagePortMain): void {
  if (!workbench) throw new AppError('host/not-started', 'The core was asked for a connection before its start.')
  const session = workbench.openSession(sessionHost(workbench.options.version))
  sessions.set(page, session)
  void session.give(unclaimed.splice(0)).catch(report)
  rpc.on('close', () => {
    if (sessions.get(page) === session) sessions.delete(page)
    workbench?.closeSession(session).catch(report)
  })
  serveRpc(workbench, session, electronPortChannel(rpc))
  serveData(session, electronPortChannel(data))
}

function sessionHost(version: string): SessionHost {
  const info = { kind: 'electron', version, platform: process.platform, canPick: true, canDrop: true } as const
  return { info, pick, roots: [], isConfined: false }
}

function pick(purpose: PickPurpose): Promise<readonly string[]> {
  const requestId = pickCount++
  tellMain({ type: 'pick', requestId, purpose })
  return new Promise((resolve) => picks.set(requestId, resolve))
}

async function grant(page: number, requestId: number, paths: readonly string[]): Promise<void> {
  try {
    const session = sessions.get(page)
    if (!session) throw new AppError('host/not-connected', 'The window is not connected to the core; try once more.')
    tellMain({ type: 'granted', requestId, grants: await session.grantPaths(paths) })
  } catch (error) {
    tellMain({ type: 'refused', requestId, error: toAppError(error).toWire() })
  }
}

function give(paths: readonly string[]): void {
  const latest = [...sessions.values()].at(-1)
  if (latest) void latest.give(paths).catch(report)
  else unclaimed.push(...paths)
}

/** Tells main whenever the number of jobs that a person waits for changes. */
function reportBusy(): void {
  let told = 0
  const check = (): void => {
    const kinds = new Set(['train', 'predict', 'evaluate', 'export', 'track'])
    const running = core.jobs.list().filter(({ kind, snapshot }) => kinds.has(kind) && snapshot.state === 'running')
    if (running.length === told) return
    told = running.length
    tellMain({ type: 'busy', jobs: told })
  }
  setInterval(check, 500).unref()
}

/** Main keeps what is written here, and shows it should the core end. */
function report(error: unknown): void {
  const { code, message } = toAppError(error)
  console.error(`${code}: ${message}`)
}

parentPort.on('message', ({ data, ports }) => {
  const message: ToCore = toCoreSchema.parse(data)
  const [first, second] = ports
  switch (message.type) {
    case 'start':
      return begin(message)
    case 'connect':
      return first && second ? connect(message.page, first, second) : undefined
    case 'grant':
      return void grant(message.page, message.requestId, message.paths)
    case 'picked':
      picks.get(message.requestId)?.(message.paths)
      return void picks.delete(message.requestId)
    case 'given':
      return give(message.paths)
    case 'compute-started':
      return first ? computeStarter.started(message.computeId, message.pid, first) : undefined
    case 'compute-ended':
      return computeStarter.ended(message.computeId, message.code, message.log)
    case 'close':
      return void (workbench?.close() ?? core.close()).catch(report).finally(() => process.exit(0))
  }
})
process.on('unhandledRejection', report)
