import { randomBytes } from 'node:crypto'
import type { HostInfo } from '../../shared/contracts/host.ts'
import type { Session } from '../core/app/session.ts'
import { KeptSessions } from '../core/app/kept-sessions.ts'
import type { Workbench } from '../core/app/workbench.ts'
import { SecretTable } from './access.ts'
import { WaitingBytes } from './waiting-bytes.ts'

/** Bytes of one session's answers that may wait; one answer alone may be as large. */
const mostAnswerBytes = 256 * 1024 * 1024

const forgottenMs = 24 * 60 * 60 * 1000

/** Who has a session. */
export type ClientKind = 'browser' | 'program'

/** One browser, named by its cookie, or the programs that show the owner's token; it may have several connections. */
export interface ClientSession {
  /** Names the session in lists; gives no access. */
  readonly id: string
  readonly kind: ClientKind
  readonly session: Session
  /** ISO date-time. */
  readonly startedAt: string
  /** Open WebSockets, to be ended with the session. */
  readonly sockets: Set<{ readonly bufferedAmount: number; terminate(): void }>
  /** Answers of the data plane that are being made or taken. */
  readonly answers: WaitingBytes
  reads: number
  lastSeen: number
}

/** What is told of a session. */
export interface SessionRow {
  readonly id: string
  readonly kind: ClientKind
  readonly startedAt: string
  readonly connections: number
  readonly idleSeconds: number
}

/** The sessions of browsers that have exchanged a code, and of programs. One that nobody has used for a day is ended. */
export class ClientSessions {
  private readonly table = new SecretTable<ClientSession>()
  private programs: ClientSession | undefined
  private seenAt: number
  private readonly workbench: Workbench
  private readonly roots: readonly string[]
  private readonly now: () => number

  private readonly kept: KeptSessions

  constructor(workbench: Workbench, roots: readonly string[], now: () => number = () => Date.now()) {
    this.workbench = workbench
    this.roots = roots
    this.now = now
    this.seenAt = now()
    this.kept = new KeptSessions(workbench.options.settingsFolder)
  }

  /** Takes the browsers of an earlier run of the server back, so that their pages find it again. */
  async restore(): Promise<void> {
    for (const { id, hash, startedAt, seenAt } of await this.kept.read().catch(() => []))
      if (this.now() - seenAt < forgottenMs)
        this.table.addHashed(hash, { ...this.start('browser'), id, startedAt, lastSeen: seenAt })
  }

  /** Keeps the browsers for the next run. */
  async keep(): Promise<void> {
    const browsers = this.table.values()
    const sessions = browsers.map((client) => {
      const { id, startedAt, lastSeen, sockets } = client
      return { id, startedAt, hash: this.table.hashOf(client), seenAt: sockets.size > 0 ? this.now() : lastSeen }
    })
    // A server whose folder cannot be written to serves all the same; its pages then need a new address after a restart.
    await this.kept.write(sessions).catch(() => undefined)
  }

  /** Starts a browser's session; returns the secret for its cookie. */
  open(): string {
    const secret = this.table.add(this.start('browser'))
    void this.keep()
    return secret
  }

  /** The session of the programs that showed the owner's token. */
  forPrograms(): ClientSession {
    this.programs ??= this.start('program')
    this.touch(this.programs)
    return this.programs
  }

  private start(kind: ClientKind): ClientSession {
    const info: HostInfo = {
      kind: 'server',
      version: this.workbench.options.version,
      platform: process.platform,
      canPick: false,
      canDrop: false,
    }
    const session = this.workbench.openSession({ info, roots: this.roots, isConfined: true })
    const startedAt = new Date().toISOString()
    const id = randomBytes(4).toString('hex')
    const answers = new WaitingBytes(mostAnswerBytes)
    return { id, kind, session, startedAt, sockets: new Set(), answers, reads: 0, lastSeen: this.now() }
  }

  /** The session of a cookie; undefined when there is none (any more). */
  find(secret: string | undefined): ClientSession | undefined {
    const client = secret === undefined ? undefined : this.table.find(secret)
    if (client) this.touch(client)
    return client
  }

  /** All sessions, for their owner. */
  list(): SessionRow[] {
    return this.all().map(({ id, kind, startedAt, sockets, lastSeen }) => {
      const idleSeconds = sockets.size > 0 ? 0 : Math.round((this.now() - lastSeen) / 1000)
      return { id, kind, startedAt, connections: sockets.size, idleSeconds }
    })
  }

  /** Ends a session at once, its connections included; its jobs go on. False when there is none with this id. */
  async revoke(id: string): Promise<boolean> {
    const client = this.all().find((candidate) => candidate.id === id)
    if (client) await this.end(client)
    return client !== undefined
  }

  /** Ends sessions that nobody has used for a day. */
  async endIdle(): Promise<void> {
    for (const client of this.all())
      if (client.sockets.size === 0 && this.now() - client.lastSeen > forgottenMs) await this.end(client)
  }

  /** Notes that somebody was here. */
  touch(client: ClientSession): void {
    client.lastSeen = this.now()
    this.seenAt = client.lastSeen
  }

  /** Milliseconds since anybody was here; 0 while somebody is. */
  get idleMs(): number {
    return this.all().some(({ sockets }) => sockets.size > 0) ? 0 : this.now() - this.seenAt
  }

  private all(): ClientSession[] {
    return [...this.table.values(), ...(this.programs ? [this.programs] : [])]
  }

  private async end(client: ClientSession): Promise<void> {
    this.table.remove(client)
    if (this.programs === client) this.programs = undefined
    for (const socket of client.sockets) socket.terminate()
    await Promise.all([this.keep(), this.workbench.closeSession(client.session)])
  }
}
