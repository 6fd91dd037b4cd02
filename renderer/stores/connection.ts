import { defineStore } from 'pinia'
import { markRaw, ref, shallowRef } from 'vue'
import { AppError } from '../../shared/base/app-error.ts'
import type { CoreClient } from '../../shared/contracts/contract.ts'
import type { DataPlane } from '../../shared/contracts/data-plane.ts'
import type { HostInfo } from '../../shared/contracts/host.ts'
import { ClosableDataPlane } from '../transport/closable-data-plane.ts'
import { coreError } from '../transport/core-error.ts'
import type { Transport } from '../transport/transport.ts'

/** The connection to the core: what is behind the page, and whether it is there. */
export const useConnectionStore = defineStore('connection', () => {
  const transport = shallowRef<Transport | null>(null)
  let plane: ClosableDataPlane | null = null
  const host = shallowRef<HostInfo | null>(null)
  const state = ref<'connecting' | 'ready' | 'lost'>('connecting')
  const problem = shallowRef<AppError | null>(null)
  let makeTransport: (() => Promise<Transport>) | null = null

  /** Connects, and remembers how, so that `reconnect` can try again. */
  async function connect(make: () => Promise<Transport>): Promise<void> {
    makeTransport = make
    state.value = 'connecting'
    problem.value = null
    try {
      const made = markRaw(await make())
      transport.value = made
      plane = new ClosableDataPlane(made.data)
      host.value = await made.client.host.info()
      state.value = 'ready'
      made.onDidClose(() => {
        if (transport.value === made) state.value = 'lost'
      })
    } catch (error) {
      problem.value = coreError(error)
      state.value = 'lost'
    }
  }

  async function reconnect(): Promise<void> {
    if (makeTransport) await connect(makeTransport)
  }

  function present(): Transport {
    if (transport.value) return transport.value
    throw new AppError('page/connection-lost', 'There is no connection to the core.')
  }

  /** The core's services. @throws `page/connection-lost` */
  const core = (): CoreClient => present().client
  /** The way to frames and maps. @throws `page/connection-lost` */
  const data = (): DataPlane => plane ?? present().data

  /** Closes what was opened; what is still read of it is given up. Never fails: with the core, what it held has gone. */
  async function close(handle: string): Promise<void> {
    plane?.giveUp(handle)
    await transport.value?.client.sequences.close({ handle }).catch(() => undefined)
  }

  return { transport, host, state, problem, connect, reconnect, core, data, close }
})
