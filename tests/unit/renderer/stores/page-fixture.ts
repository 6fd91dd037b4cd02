import { MessageChannel } from 'node:worker_threads'
import { createPinia, setActivePinia } from 'pinia'
import { nodePortChannel } from '../../../../electron/core/port-channel.ts'
import { serveData, serveRpc } from '../../../../electron/core/serve-channel.ts'
import { useConnectionStore } from '../../../../renderer/stores/connection.ts'
import { messagePortTransport } from '../../../../renderer/transport/message-port-transport.ts'
import { createTestWorkbench, desktopHost } from '../../../contract/app/workbench-fixture.ts'

/** The page's stores before a real core, over message ports as in the desktop. */
export async function startPage(): Promise<{ close(): Promise<void> }> {
  setActivePinia(createPinia())
  const bench = await createTestWorkbench()
  const session = bench.workbench.openSession(desktopHost)
  const [rpc, data] = [new MessageChannel(), new MessageChannel()]
  serveRpc(bench.workbench, session, nodePortChannel(rpc.port1))
  serveData(session, nodePortChannel(data.port1))
  const connection = useConnectionStore()
  await connection.connect(() =>
    Promise.resolve(messagePortTransport(rpc.port2 as unknown as MessagePort, data.port2 as unknown as MessagePort)),
  )
  return {
    close: async () => {
      connection.transport?.close()
      await bench.workbench.closeSession(session)
      await bench.close()
    },
  }
}
