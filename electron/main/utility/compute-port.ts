import type { FromCompute, ToCompute } from '../../compute/protocol.ts'

/** What comes over the port to a compute process: the host's messages, and its receipt for the last word. */
export type OverComputePort = ToCompute | { readonly type: 'received' }

/** Whether a message is the last a compute process says. */
export function isLastWord(message: FromCompute): boolean {
  return message.type === 'result' || message.type === 'error' || message.type === 'cancelled'
}
