import { z } from 'zod'
import type { FromCompute } from '../../compute/protocol.ts'
import type { ComputeEntry } from '../../core/compute-starter.ts'
import { isLastWord, type OverComputePort } from './compute-port.ts'

// Entry of a compute or reader process under Electron: gives its entry the channel it has as a child process of Node
// (`process.send`, the events `message` and `disconnect`), over the port that main hands over, then lets it run.

const { parentPort } = process
const receiptTimeoutMs = 5000
let onReceipt: () => void = () => undefined
const receipt = new Promise<void>((resolve) => {
  onReceipt = resolve
})

function begin(port: Electron.MessagePortMain, entry: ComputeEntry): void {
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
  const started =
    entry === 'reader' ? import('../../compute/reading/reader-entry.ts') : import('../../compute/process-entry.ts')
  void started.then(() => port.start())
}

parentPort.once('message', ({ data, ports }) => {
  const { entry } = z.object({ type: z.literal('host'), entry: z.enum(['compute', 'reader']) }).parse(data)
  const port = ports[0]
  if (port) begin(port, entry)
})
