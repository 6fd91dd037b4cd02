import { AppError } from '../../shared/base/app-error.ts'
import { type DesktopBridge, desktopBridgeName, type PortsMessage } from '../../shared/contracts/desktop-bridge.ts'
import { messagePortTransport } from './message-port-transport.ts'
import type { Transport } from './transport.ts'
import { webSocketTransport } from './web-socket-transport.ts'

const portsWithinMs = 15_000

/** Connects to whatever is behind the page: the desktop's core where there is a bridge, else the server it came from. */
export function connect(): Promise<Transport> {
  const bridge = (window as unknown as Record<string, unknown>)[desktopBridgeName] as DesktopBridge | undefined
  return bridge ? connectDesktop(bridge) : webSocketTransport(location.origin)
}

async function connectDesktop(bridge: DesktopBridge): Promise<Transport> {
  const nonce = crypto.randomUUID()
  const ports = await new Promise<readonly MessagePort[]>((resolve, reject) => {
    const timer = setTimeout(() => {
      window.removeEventListener('message', receive)
      reject(new AppError('page/connection-lost', 'The core did not start in time. Close the window and start again.'))
    }, portsWithinMs)
    const receive = (event: MessageEvent): void => {
      const message = event.data as Partial<PortsMessage> | null
      if (event.source !== window || message?.type !== 'chronolens:ports' || message.nonce !== nonce) return
      clearTimeout(timer)
      window.removeEventListener('message', receive)
      resolve(event.ports)
    }
    window.addEventListener('message', receive)
    bridge.connect(nonce)
  })
  const [rpc, data] = ports
  if (!rpc || !data) throw new AppError('page/connection-lost', 'The core gave no connection.')
  return messagePortTransport(rpc, data, {
    grantDropped: (files) => bridge.grantDroppedFiles(files),
    printReport: (html) => bridge.printReport(html),
  })
}
