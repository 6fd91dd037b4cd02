import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { AppError } from '../../../shared/base/app-error.ts'
import type { CoreClient } from '../../../shared/contracts/contract.ts'
import { type DataArray, decodeDataArray, floatsOf } from '../../../shared/contracts/data-array.ts'
import type { DataAnswer, DataRead } from '../../../shared/contracts/data-plane.ts'
import type { Session, SessionHost } from '../../../electron/core/app/session.ts'
import { Workbench } from '../../../electron/core/app/workbench.ts'
import { createCore } from '../../../electron/core/create-core.ts'
import { NodeComputeStarter } from '../../../electron/core/node-compute-starter.ts'
import { nodePortChannel } from '../../../electron/core/port-channel.ts'
import { serveData, serveRpc } from '../../../electron/core/serve-channel.ts'

/** The samples that come with the program. */
export const samplesFolder = fileURLToPath(new URL('../../../resources/samples/', import.meta.url))

/** A core in a folder of its own, with real compute processes. */
export interface TestWorkbench {
  readonly workbench: Workbench
  readonly folder: string
  close(): Promise<void>
}

/** Builds it; `npm run build` must have been run, as for all tests with compute processes. */
export async function createTestWorkbench(): Promise<TestWorkbench> {
  const folder = await mkdtemp(join(tmpdir(), 'chronolens-test-'))
  const workbench = new Workbench(createCore({ computeStarter: new NodeComputeStarter() }), {
    version: '0.0.0',
    settingsFolder: join(folder, 'settings'),
    projectsFolder: join(folder, 'projects'),
    samplesFolder,
  })
  return {
    workbench,
    folder,
    close: async () => {
      await workbench.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A host as the desktop is. */
export const desktopHost: SessionHost = {
  info: { kind: 'electron', version: '0.0.0', platform: 'linux', canPick: true, canDrop: true },
  roots: [],
  isConfined: false,
}

/** A client over real message ports. */
export interface PortClient {
  readonly client: CoreClient
  readonly session: Session
  readonly rpcPort: MessagePort
  readonly dataPort: MessagePort
  /** Frames with their physical values, as the page sees them. */
  read(handle: string, read: DataRead): Promise<DataArray>
  close(): Promise<void>
}

/** Connects a client as the desktop does. */
export function connectByPorts(workbench: Workbench, host: SessionHost = desktopHost): PortClient {
  const session = workbench.openSession(host)
  const [rpc, data] = [new MessageChannel(), new MessageChannel()]
  serveRpc(workbench, session, nodePortChannel(rpc.port1))
  serveData(session, nodePortChannel(data.port1))
  rpc.port2.start()
  const waiting = new Map<number, (answer: DataAnswer) => void>()
  data.port2.on('message', (answer: DataAnswer) => waiting.get(answer.id)?.(answer))
  let nextId = 0
  return {
    client: createORPCClient(new RPCLink({ port: rpc.port2 })),
    session,
    rpcPort: rpc.port2,
    dataPort: data.port2,
    read: async (handle, read) => {
      const id = nextId++
      const answer = await new Promise<DataAnswer>((resolve) => {
        waiting.set(id, resolve)
        data.port2.postMessage({ id, handle, read })
      })
      if ('error' in answer) throw AppError.fromWire(answer.error)
      return asPageSees(decodeDataArray(answer.buffer), read)
    },
    close: async () => {
      rpc.port2.close()
      data.port2.close()
      await workbench.closeSession(session)
    },
  }
}

/** A frame's numbers made physical; everything else as it came. */
export function asPageSees(array: DataArray, read: DataRead): DataArray {
  return read.kind === 'frame' ? { ...array, values: floatsOf(array) } : array
}

/** The code of the error a call fails with. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (error instanceof AppError) return error.code
    const { code, data } = error as { code?: string; data?: { code?: string } }
    return code === 'APP_ERROR' ? (data?.code ?? '') : (code ?? String(error))
  }
  return 'no error'
}
