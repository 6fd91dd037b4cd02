import type { FromCompute, ToCompute } from '../../compute/protocol.ts'
import type { FromReader } from '../../compute/reading/read-protocol.ts'

/** What comes over the port to a compute process: the host's messages, and its receipt for the last word. */
export type OverComputePort = ToCompute | { readonly type: 'received' }

const lastWords: ReadonlySet<string> = new Set<(FromCompute | FromReader)['type']>([
  'result',
  'error',
  'cancelled',
  'failed',
])

/** Whether a message is the last a compute or reader process says. */
export function isLastWord(message: { readonly type: string }): boolean {
  return lastWords.has(message.type)
}
