import type { MessagePort } from 'node:worker_threads'
import type { Channel } from './serve-channel.ts'

/** The end of Electron's `MessagePortMain` that is needed here. */
export interface ElectronPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown
  on(event: 'close', listener: () => void): unknown
  start(): void
}

/** A channel over a port of Electron's, which transfers no buffers; the port is started with the listener. */
export function electronPortChannel(port: ElectronPort): Channel {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.on('message', ({ data }) => listener(data))
      port.start()
    },
    onClose: (listener) => void port.on('close', listener),
  }
}

/** A channel over a port between threads of Node. */
export function nodePortChannel(port: MessagePort): Channel {
  return {
    send: (message, transfer = []) => port.postMessage(message, [...transfer]),
    onMessage: (listener) => void port.on('message', listener),
    onClose: (listener) => void port.on('close', listener),
  }
}
