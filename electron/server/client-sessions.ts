import type { HostInfo } from '../../shared/contracts/host.ts'
import type { Session } from '../core/app/session.ts'
import type { Workbench } from '../core/app/workbench.ts'
import { SecretTable } from './access.ts'

const idleMs = 24 * 60 * 60 * 1000

/** One browser: its cookie names it, and it may have several pages open. */
export interface ClientSession {
  readonly session: Session
  /** Open WebSockets. */
  connections: number
  reads: number
  lastSeen: number
}

/** The browsers that have exchanged a code. A session that nobody has used for a day is ended. */
export class ClientSessions {
  private readonly table = new SecretTable<ClientSession>()
  private readonly workbench: Workbench
  private readonly roots: readonly string[]
  private readonly now: () => number

  constructor(workbench: Workbench, roots: readonly string[], now: () => number = () => performance.now()) {
    this.workbench = workbench
    this.roots = roots
    this.now = now
  }

  /** Starts a session; returns the secret for its cookie. */
  open(): string {
    const info: HostInfo = {
      kind: 'server',
      version: this.workbench.options.version,
      platform: process.platform,
      canPick: false,
      canDrop: false,
    }
    const session = this.workbench.openSession({ info, roots: this.roots, isConfined: true })
    return this.table.add({ session, connections: 0, reads: 0, lastSeen: this.now() })
  }

  /** The session of a cookie; undefined when there is none (any more). */
  find(secret: string | undefined): ClientSession | undefined {
    const client = secret === undefined ? undefined : this.table.find(secret)
    if (client) client.lastSeen = this.now()
    return client
  }

  /** Ends sessions that nobody has used for a day. */
  async endIdle(): Promise<void> {
    for (const client of this.table.values())
      if (client.connections === 0 && this.now() - client.lastSeen > idleMs) {
        this.table.remove(client)
        await this.workbench.closeSession(client.session)
      }
  }
}
