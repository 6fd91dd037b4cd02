import { z } from 'zod'
import type { FromCompute } from '../../compute/protocol.ts'
import { isLastWord, type OverComputePort } from './compute-port.ts'

// Entry of a compute process under Electron: gives the compute entry the channel it has as a child process of Node
// (`process.send`, the events `message` and `disconnect`), over the port that main hands over, then lets it run.

const { parentPort } = process
const receiptTimeoutMs = 5000
let onReceipt: () => void = () => undefined
const receipt = new Promise<void>((resolve) => {
  onReceipt = resolve
})

function begin(port: Electron.MessagePortMain): void {
  const disconnect = (): void => {
    Object.assign(process, { connected: false })
    onReceipt()
    process.emit('disconnect')
  }
  const send = (message: FromCompute, _handle?: unknown, _options?: unknown, onSent?: () => void): boolean => {
    port.postMessage(message)
    // Leaving at once would lose the last word, so that it waits for the host's receipt.
    if (!isLastWord(message)) onSent?.()
    else {
      setTimeout(onReceipt, receiptTimeoutMs).unref()
      void receipt.then(onSent)
    }
    return true
  }
  Object.assign(process, { connected: true, send })
  port.on('message', ({ data }) => {
    const message = data as OverComputePort
    if (message.type === 'received') onReceipt()
    else process.emit('message', message, undefined)
  })
  port.on('close', disconnect)
  parentPort.on('message', disconnect)
  void import('../../compute/process-entry.ts').then(() => port.start())
}

parentPort.once('message', ({ data, ports }) => {
  z.object({ type: z.literal('host') }).parse(data)
  const port = ports[0]
  if (port) begin(port)
})
