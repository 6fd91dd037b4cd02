import { join } from 'node:path'
import { z } from 'zod'
import { readJsonFile, writeJsonFile } from '../../store/json-file.ts'

const keptSessionSchema = z.object({
  id: z.string().max(100),
  /** SHA-256 of the session's secret, hex; the secret itself is known to the browser alone. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  startedAt: z.string().max(100),
  /** When it was last seen, in ms since 1970. */
  seenAt: z.number(),
})
/** A browser's session as it is kept while the server does not run. */
export type KeptSession = z.infer<typeof keptSessionSchema>

/** The sessions of a server's browsers, kept so that an open page finds the server again after its restart. */
export class KeptSessions {
  private readonly path: string
  private writing: Promise<void> = Promise.resolve()

  constructor(settingsFolder: string) {
    this.path = join(settingsFolder, 'server-sessions.json')
  }

  /** @throws `store/not-readable` */
  async read(): Promise<KeptSession[]> {
    return readJsonFile(this.path, z.array(keptSessionSchema), [])
  }

  /** Writes one state after the other. @throws `store/*` */
  async write(sessions: readonly KeptSession[]): Promise<void> {
    this.writing = this.writing.catch(() => undefined).then(() => writeJsonFile(this.path, sessions))
    return this.writing
  }
}
